"""Create a ticket."""

from operations.kit.drafting import Draft, signed, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """What it says."""

    queue: str = asked("The queue it goes into.", most=100)
    subject: str = asked("What it is about, in a line.", most=200)
    text: str = asked("What there is to say.", most=8000)


class CreateTicket(Operation[Given]):
    """Open a ticket for somebody."""

    name = "create_ticket"
    event = "ticket.created"
    ports = ("tickets",)
    given = Given

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven when the ticket can be read by its number."""
        source = look.only_source("tickets", "create_ticket")
        create = write(
            "tickets",
            source,
            "create_ticket",
            requester=employee.ref,
            queue=given.queue,
            subject=given.subject,
            text=signed(given.text),
        )
        return Draft.of(step("create", "Ticket", create.showing(shows("subject", given.subject))))
