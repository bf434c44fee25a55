"""What a database is to a connector: rows of plain values, and the wire that carries statements."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

Row = Mapping[str, Any]

DOWN: Final = "08006"
"""SQLSTATE of a connection that failed. Source: the SQL standard's classes as in PostgreSQL's appendix A."""
CANCELLED: Final = "57014"
UNREADABLE: Final = "OKBAD"
"""Of our own: the answer is none that can be used."""


class SqlRefusal(Exception):
    """The database said no, or nothing that can be used. Shape: `state` is an SQLSTATE, or UNREADABLE."""

    def __init__(self, state: str, text: str) -> None:
        super().__init__(f"SQL {state}: {text}")
        self.state = state


class SqlWire(Protocol):
    """Carries one statement at a time. Units: `seconds` for the whole call. Raises: SqlRefusal, TimeoutError."""

    async def run(self, statement: str, values: Mapping[str, object], *, write: bool, seconds: float) -> list[Row]:
        """The rows of one statement, in a transaction of its own that is READ ONLY unless it writes."""
        ...

    async def close(self) -> None:
        """Give back every connection."""
        ...
