"""Ticket: what somebody asked support for."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.connection import After, Connection, First
from schema.declare import PERSONAL, Lookup, argument, boundary, noun, value
from schema.node import Node

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="Where a ticket stands.")
class TicketStatus(Enum):
    NEW = strawberry.enum_value("NEW", description="Nobody has taken it.")
    OPEN = strawberry.enum_value("OPEN", description="Being worked on.")
    WAITING = strawberry.enum_value("WAITING", description="Waiting for somebody.")
    RESOLVED = strawberry.enum_value("RESOLVED", description="Done.")
    REJECTED = strawberry.enum_value("REJECTED", description="Not to be done.")
    OTHER = strawberry.enum_value("OTHER", description="The desk uses a word of its own.")


@strawberry.enum(description="What an entry of a ticket's history is.")
class TicketEventKind(Enum):
    CREATED = strawberry.enum_value("CREATED", description="It was opened.")
    COMMENT = strawberry.enum_value("COMMENT", description="A note for colleagues.")
    REPLY = strawberry.enum_value("REPLY", description="An answer to the requester, or from them.")
    STATUS = strawberry.enum_value("STATUS", description="Its state changed.")
    ASSIGNED = strawberry.enum_value("ASSIGNED", description="Somebody took it.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else.")


@noun(domain="ticket")
class TicketEvent:
    """An entry of a ticket's history."""

    event_id: str = value("Its number.")
    kind: TicketEventKind = value("What it is.")
    at: datetime = value("When.")
    author: str | None = value("By whom, as the desk names them.")
    text: str | None = value("What was said.", PERSONAL)


@noun(domain="ticket", keys=("id",), lookup=Lookup("tickets", "ticket_by_number", "number"), owner="requester")
class Ticket(Node):
    """A ticket of a service desk."""

    number: str = value("Its number as people say it.")
    subject: str | None = value("What it is about, in the requester's words.", PERSONAL)
    status: TicketStatus = value("Where it stands.")
    queue: str | None = value("The queue it is in.")
    priority: int | None = value("Priority, from 0 to 100.")
    created_at: datetime | None = value("When it was opened.")
    updated_at: datetime | None = value("When it last changed.")
    resolved_at: datetime | None = value("When it was done.")

    @boundary("directory", "people_by_email", key="requester_email")
    def requester(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Who asked."""

    @boundary("directory", "people_by_login", key="assignee_login")
    def assignee(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Who works on it."""

    @boundary("tickets", "history_of", key="number")
    def history(self, first: First = 50, after: After = None) -> Connection[TicketEvent] | None:
        """What happened in it, the oldest first."""


@strawberry.input(description="Which tickets to list; all given conditions hold at once.")
class TicketFilter:
    queue: str | None = strawberry.field(
        default=None, description="Only of this queue; without it, of the active team's."
    )
    status: list[TicketStatus] | None = strawberry.field(default=None, description="Only in one of these states.")
    mine: bool = strawberry.field(default=False, description="Only those that the viewer works on, in any queue.")
    requester: strawberry.ID | None = strawberry.field(
        default=None, description="Only those this employee asked for, in any queue."
    )


@strawberry.input(one_of=True, description="How a ticket is named.")
class TicketKey:
    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="By its id in the graph.")
    number: str | None = strawberry.field(default=strawberry.UNSET, description="By its number, as people say it.")


TicketConnection = Connection[Ticket]
TicketsArgument = Annotated[TicketFilter | None, argument("Which tickets; the active team's open queue without it.")]
