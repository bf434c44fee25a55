"""Add a mail alias."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import has, lacks
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.operation import Operation
from sources.ports.directory import Person
from sources.ports.mail import Mailbox


@given
class Given:
    """Which address."""

    alias: str = asked("The address.", most=200, pattern=r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")


class AddMailAlias(Operation[Given]):
    """Give a mailbox one more address."""

    name = "add_mail_alias"
    event = "mail_alias.added"
    ports = ("mail",)
    given = Given
    undone_by = "add_mail_alias"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the mailbox's addresses, taken back by taking it away."""
        mailbox = await look.one_of(Mailbox, "mail", "mailbox_of", employee.ref, lambda _each: True, "mailbox")
        alias = given.alias.lower()
        add = write("mail", mailbox.source, "add_alias", holder=employee.ref, alias=alias)
        remove = write("mail", mailbox.source, "remove_alias", holder=employee.ref, alias=alias)
        return Draft.of(
            step("add", "Mailbox", add.showing(has("aliases", alias)), remove.showing(lacks("aliases", alias)))
        )
