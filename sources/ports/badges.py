"""Port `badges`: passes to buildings, their zones and recent passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class Passage:
    """One try to open a door."""

    door: str
    at: datetime
    granted: bool


@dataclass(frozen=True, slots=True)
class Badge:
    """One badge. Shape: `kind` is PERMANENT or TEMPORARY; `passages` are the latest, newest first, twenty at most."""

    source: str
    number: str
    kind: str
    zones: tuple[str, ...] = ()
    issued_at: datetime | None = None
    valid_until: datetime | None = None
    blocked_at: datetime | None = None
    passages: tuple[Passage, ...] = ()

    def status_at(self, moment: datetime) -> str:
        """ACTIVE, BLOCKED or EXPIRED at that moment."""
        if self.blocked_at is not None and self.blocked_at <= moment:
            return "BLOCKED"
        return "EXPIRED" if self.valid_until is not None and moment >= self.valid_until else "ACTIVE"


class Badges(Protocol):
    """An access control system."""

    @question(key=EmployeeRef, record=Badge, many=True)
    async def badges_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Badge, ...]]]:
        """Badges of each, by number."""
        ...

    @write(readback="badges_of", key="holder")
    async def block(self, holder: EmployeeRef, number: str, call: CallContext) -> Written:
        """Let a badge of the holder's open no door any more."""
        ...

    @write(readback="badges_of", key="holder")
    async def issue_temporary(
        self, holder: EmployeeRef, zones: tuple[str, ...], valid_until: datetime, call: CallContext
    ) -> Written:
        """Issue a badge until then. Shape: its number is the key of what was made.

        The same holder, zones and end are one badge, however often it is issued.
        """
        ...
