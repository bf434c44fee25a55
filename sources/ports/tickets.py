"""Port `tickets`: what people asked support for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, Page, Window, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket. Shape: `status` is NEW, OPEN, WAITING, RESOLVED, REJECTED; `number` as people say it.

    Units: `priority` 0 (none) to 100.
    """

    source: str
    number: str
    subject: str
    status: str
    queue: str | None = None
    priority: int | None = None
    requester_email: str | None = None
    assignee_login: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """One entry of a ticket's history. Shape: `kind` is CREATED, COMMENT, REPLY, STATUS, ASSIGNED, OTHER."""

    source: str
    event_id: str
    kind: str
    at: datetime
    author: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class TicketsFilter:
    """Which tickets to list. All given conditions hold at once; an empty tuple does not restrict."""

    queues: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    assignee_login: str | None = None
    requester_email: str | None = None


class Tickets(Protocol):
    """A service desk."""

    @question(key=EmployeeRef, record=Ticket, many=True)
    async def tickets_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Ticket, ...]]]:
        """Tickets each asked for, the newest first; the latest two hundred of each at most."""
        ...

    @question(key=str, record=Ticket)
    async def ticket_by_number(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Ticket]]:
        """Tickets by number."""
        ...

    @question(key=str, record=TicketEvent, many=True)
    async def history_of(
        self, keys: Sequence[str], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[TicketEvent, ...]]]:
        """The history of each ticket, the oldest entry first."""
        ...

    async def tickets(self, page: Page, call: CallContext, *, wanted: TicketsFilter) -> Window[Ticket]:
        """A page of tickets, the newest first. Shape: the cursor is the number of the last one seen."""
        ...

    @write(readback="ticket_by_number", key=None)
    async def create_ticket(
        self, requester: EmployeeRef, queue: str, subject: str, text: str, call: CallContext
    ) -> Written:
        """Open a ticket for somebody. Shape: its number is the key of what was made."""
        ...

    @write(readback="history_of", key="number")
    async def comment_ticket(self, number: str, text: str, call: CallContext) -> Written:
        """Add a comment that the requester does not see; histories tell its text unchanged."""
        ...

    @write(readback="history_of", key="number")
    async def reply_ticket(self, number: str, text: str, call: CallContext) -> Written:
        """Answer the requester; histories tell the text unchanged."""
        ...

    @write(readback="ticket_by_number", key="number")
    async def update_ticket(self, number: str, queue: str | None, status: str | None, call: CallContext) -> Written:
        """Move a ticket to another queue, another status, or both; None leaves it."""
        ...
