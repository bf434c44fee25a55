"""Port `sessions`: where an employee is signed in through the company's identity provider."""

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
class IdentitySession:
    """One sign-in that is still good."""

    source: str
    session_id: str
    application: str
    started_at: datetime
    last_seen_at: datetime | None = None
    expires_at: datetime | None = None
    ip: str | None = None
    user_agent: str | None = None


class Sessions(Protocol):
    """An identity provider's sessions."""

    @question(key=EmployeeRef, record=IdentitySession, many=True)
    async def sessions_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[IdentitySession, ...]]]:
        """Sessions of each, the latest seen first."""
        ...

    @write(readback="sessions_of", key="holder")
    async def terminate(self, holder: EmployeeRef, session_id: str, call: CallContext) -> Written:
        """End one sign-in of the holder. One that the holder does not have has ended."""
        ...

    @write(readback="sessions_of", key="holder")
    async def terminate_all(self, holder: EmployeeRef, call: CallContext) -> Written:
        """End every sign-in of somebody."""
        ...
