"""Move a ticket."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from operations.kit.problems import problem
from sources.ports.directory import Person


@given
class Given:
    """Which ticket, and where to."""

    ticket: NodeId = asked("The ticket.", node="Ticket")
    queue: str | None = asked("The queue it goes to; without it, it stays.", most=100, default=None)
    status: str | None = asked(
        "Its status from now on; without it, it stays.",
        choices=("NEW", "OPEN", "WAITING", "RESOLVED", "REJECTED"),
        default=None,
    )


class MoveTicket(Operation[Given]):
    """Give a ticket to another queue, another status, or both."""

    name = "move_ticket"
    event = "ticket.moved"
    ports = ("tickets",)
    given = Given
    undone_by = "move_ticket"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the ticket's queue and status, taken back by the ones before."""
        ticket = await look.ticket(employee, given.ticket)
        if given.queue is None and given.status is None:
            raise problem("BadInput", "say a queue, a status, or both", path=("input", "queue"))
        queue, status = given.queue or ticket.queue, given.status or ticket.status
        move = write(
            "tickets", ticket.source, "update_ticket", number=ticket.number, queue=given.queue, status=given.status
        )
        back = write(
            "tickets", ticket.source, "update_ticket", number=ticket.number, queue=ticket.queue, status=ticket.status
        )
        call = move.showing(shows("queue", queue), shows("status", status))
        again = back.showing(shows("queue", ticket.queue), shows("status", ticket.status))
        return Draft.of(step("move", "Ticket", call, again, passes=True), about=ticket)
