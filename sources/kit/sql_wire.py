"""What a database is to a connector: rows of plain values, and the wire that carries statements."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

Row = Mapping[str, Any]
Step = tuple[str, Mapping[str, object]]
"""A statement and its values."""

DOWN: Final = "08006"
"""SQLSTATE of a connection that failed. Source: the SQL standard's classes as in PostgreSQL's appendix A."""
CANCELLED: Final = "57014"
IN_DOUBT: Final = "08007"
"""SQLSTATE of a transaction of which nobody knows whether it was kept."""
UNREADABLE: Final = "OKBAD"
"""Of our own: the answer is none that can be used."""


class SqlRefusal(Exception):
    """The database said no, or nothing that can be used. Shape: `state` is an SQLSTATE, or UNREADABLE."""

    def __init__(self, state: str, text: str) -> None:
        super().__init__(f"SQL {state}: {text}")
        self.state = state


class SqlWire(Protocol):
    """Carries one transaction at a time. Units: `seconds` for the whole call. Raises: SqlRefusal, TimeoutError."""

    async def run(self, steps: Sequence[Step], *, write: bool, seconds: float) -> list[Row]:
        """The rows of the last of these statements, all in one transaction that is READ ONLY unless it writes."""
        ...

    async def close(self) -> None:
        """Give back every connection."""
        ...
