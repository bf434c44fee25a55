"""Samples of the port `tickets`."""

import uuid
from typing import Final

from sources.ports.keys import EmployeeRef
from sources.ports.tickets import Ticket, TicketEvent
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Finder, Sample, asked


async def _known(source: Source) -> tuple[EmployeeRef, Ticket, Ticket]:
    """Somebody with a ticket that is not closed, and a ticket of another queue."""
    people = employees(source.company)
    answers = await asked(source, "tickets", "tickets_of", people)
    told = [(who, each) for who, tickets in zip(people, answers, strict=True) for each in tickets]
    who, ticket = next((who, each) for who, each in told if each.status in ("NEW", "OPEN"))
    return who, ticket, next(each for _, each in told if each.queue not in (None, ticket.queue))


def _words() -> str:
    """Words that nobody has said yet."""
    return f"Проверено:\nвсё работает.\n\n[{uuid.uuid4()}]"


async def _create(source: Source) -> Sample:
    who, ticket, _ = await _known(source)
    subject = f"Принтер {uuid.uuid4()}"

    def shows(found: Ticket | None) -> bool:
        mine = (subject, ticket.queue, (who.email or "").casefold())
        return found is not None and (found.subject, found.queue, found.requester_email) == mine

    return Sample((who, ticket.queue, subject, _words()), shows, again="twice")


async def _comment(source: Source) -> Sample:
    return await _said(source, "COMMENT")


async def _reply(source: Source) -> Sample:
    return await _said(source, "REPLY")


async def _said(source: Source, kind: str) -> Sample:
    _, ticket, _ = await _known(source)
    words = _words()

    def shows(events: tuple[TicketEvent, ...]) -> bool:
        return any((each.kind, each.text) == (kind, words) for each in events)

    return Sample((ticket.number, words), shows, again="twice")


async def _update(source: Source) -> Sample:
    _, ticket, other = await _known(source)

    def shows(found: Ticket | None) -> bool:
        return found is not None and (found.queue, found.status) == (other.queue, "WAITING")

    return Sample((ticket.number, other.queue, "WAITING"), shows)


SAMPLES: Final[dict[str, Finder]] = {
    "create_ticket": _create,
    "comment_ticket": _comment,
    "reply_ticket": _reply,
    "update_ticket": _update,
}
