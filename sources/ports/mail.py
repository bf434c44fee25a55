"""Port `mail`: an employee's mailbox."""

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
class OutOfOffice:
    """The automatic reply of a mailbox."""

    enabled: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox. Units: quota and use in bytes."""

    source: str
    address: str
    enabled: bool
    aliases: tuple[str, ...] = ()
    quota_bytes: int | None = None
    used_bytes: int | None = None
    forwards_to: str | None = None
    out_of_office: OutOfOffice | None = None
    last_opened_at: datetime | None = None


class Mail(Protocol):
    """A mail system."""

    @question(key=EmployeeRef, record=Mailbox)
    async def mailbox_of(self, keys: Sequence[EmployeeRef], need: Need, call: CallContext) -> Sequence[Answer[Mailbox]]:
        """The mailbox of each."""
        ...

    @write(readback="mailbox_of", key="holder")
    async def set_out_of_office(self, holder: EmployeeRef, reply: OutOfOffice, call: CallContext) -> Written:
        """Set the automatic reply, or clear it by one that is not enabled."""
        ...

    @write(readback="mailbox_of", key="holder")
    async def add_alias(self, holder: EmployeeRef, alias: str, call: CallContext) -> Written:
        """Give a mailbox one more address."""
        ...

    @write(readback="mailbox_of", key="holder")
    async def remove_alias(self, holder: EmployeeRef, alias: str, call: CallContext) -> Written:
        """Take an address from a mailbox."""
        ...
