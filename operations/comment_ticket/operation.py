"""Comment on a ticket."""

from operations.kit.drafting import REFERENCE, Draft, signed, step, write
from operations.kit.expecting import mentions
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """Which ticket, and what to say."""

    ticket: NodeId = asked("The ticket.", node="Ticket")
    text: str = asked("What there is to say.", most=8000)
    reply: bool = asked("Whether the requester is to read it.", default=False)


class CommentTicket(Operation[Given]):
    """Add to a ticket what the requester does not see, or answer them."""

    name = "comment_ticket"
    event = "ticket.commented"
    ports = ("tickets",)
    given = Given

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven when the ticket's history tells the text with the reference of the run."""
        ticket = await look.ticket(employee, given.ticket)
        name = "reply_ticket" if given.reply else "comment_ticket"
        say = write("tickets", ticket.source, name, number=ticket.number, text=signed(given.text))
        return Draft.of(step("say", "TicketEvent", say.showing(where=(mentions("text", REFERENCE),))), about=ticket)
