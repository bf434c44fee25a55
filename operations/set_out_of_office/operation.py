"""Set the automatic reply."""

from datetime import UTC, datetime

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import Expected, shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.operation import Operation
from operations.kit.problems import problem
from sources.ports.directory import Person
from sources.ports.mail import Mailbox, OutOfOffice


@given
class Given:
    """What it says, and when; nothing clears it."""

    message: str | None = asked("What it says; without it the reply is switched off.", most=4000, default=None)
    starts_at: datetime | None = asked("From when; without it, at once.", default=None)
    ends_at: datetime | None = asked("Until when; without it, until it is cleared.", default=None)


class SetOutOfOffice(Operation[Given]):
    """Set or clear the automatic reply of a mailbox."""

    name = "set_out_of_office"
    event = "out_of_office.set"
    ports = ("mail",)
    given = Given
    undone_by = "set_out_of_office"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the mailbox, taken back by the reply before."""
        mailbox = await look.one_of(Mailbox, "mail", "mailbox_of", employee.ref, lambda _each: True, "mailbox")
        if given.starts_at and given.ends_at and given.ends_at <= given.starts_at:
            raise problem("BadInput", "endsAt: lies before startsAt", path=("input", "endsAt"))
        reply = OutOfOffice(given.message is not None, _utc(given.starts_at), _utc(given.ends_at), given.message)
        before = mailbox.out_of_office or OutOfOffice(enabled=False)
        call = write("mail", mailbox.source, "set_out_of_office", holder=employee.ref, reply=reply)
        back = write("mail", mailbox.source, "set_out_of_office", holder=employee.ref, reply=before)
        return Draft.of(
            step("set", "Mailbox", call.showing(*_showing(reply)), back.showing(*_showing(before)), passes=True)
        )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC).replace(microsecond=0)


def _showing(reply: OutOfOffice) -> tuple[Expected, ...]:
    """What a mailbox shows with this reply. One that is off may still keep its words."""
    if not reply.enabled:
        return (shows("out_of_office.enabled", value=False),)
    return (shows("out_of_office.enabled", value=True), shows("out_of_office.message", reply.message))
