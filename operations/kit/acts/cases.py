"""Acts on cases: an operator takes a ticket in hand, and puts it down."""

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field
from datetime import datetime
from typing import Final

import strawberry

from operations.kit.acts.act import Act, Given, Room
from operations.kit.cases_tables import COMMENT, WAITING, OperationCase, OperationMessage
from operations.kit.looking import Look
from operations.kit.problems import problem
from operations.kit.telling import decided, told
from operations.kit.views import ProblemView, run_id
from operations.kit.wish import employee_of, fresh
from resolvers.asking import Asking
from schema.case import CasePayload
from sources.ports.directory import Person
from sources.ports.tickets import Ticket

_OPEN: Final = ("NEW", "OPEN", "WAITING")
_PATH: Final = ("input", "ticket")


@dataclass(frozen=True, slots=True)
class WriteBackView:
    """What came of a run, told in its ticket."""

    operation: str
    state: str
    attempts: int
    problem: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A ticket in hand."""

    id: str
    ticket: str
    opened_at: datetime
    write_backs: Sequence[WriteBackView]
    employee_id: str


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What comes of taking a ticket in hand, or putting it down."""

    case: CaseView | None = None
    problems: list[ProblemView] = field(default_factory=list)


async def in_hand(room: Room, _root: object, asking: Asking, _info: object) -> CaseView | None:
    """The ticket that the viewer has in hand."""
    assert room.cases is not None
    if asking.viewer.service:
        return None
    case = await room.cases.of(asking.viewer.login, asking.viewer.session)
    return None if case is None else await _view(room, case)


async def _view(room: Room, case: OperationCase) -> CaseView:
    told_back = [] if room.notifying is None else await room.notifying.outbox.of_ticket(case.ticket, case.opened_at)
    return CaseView(case.id, case.ticket, case.opened_at, [_write_back(each) for each in told_back], case.employee_id)


def _write_back(message: OperationMessage) -> WriteBackView:
    assert message.kind == COMMENT
    next_at = message.next_at if message.state == WAITING else None
    return WriteBackView(run_id(message.about), message.state, message.attempts, message.problem, next_at)


async def _open(room: Room, asking: Asking, given: Given) -> CaseAnswer:
    async def act() -> CaseAnswer:
        assert room.cases is not None
        viewer, number = asking.viewer, str(given["ticket"]).strip().lstrip("#")
        if viewer.service:
            raise problem("NotAllowed", "a program has no case")
        look = Look(asking.desk, fresh(asking.call))
        ticket = await look.ask("tickets", "ticket_by_number", number) if 0 < len(number) <= 40 else None
        if not isinstance(ticket, Ticket) or not await asking.sight.knows("Ticket", ticket):
            raise problem("NotFound", "there is no such ticket", path=_PATH)
        if ticket.status not in _OPEN:
            raise problem("TicketRequired", f"ticket {number} is closed", code="TICKET_CLOSED", path=_PATH)
        employee = await _about(asking, look, ticket, given.get("employee"))
        event = decided(asking, "case.opened", employee, {"ticket": ticket.number})
        case = await room.cases.open(viewer.login, viewer.session, ticket.number, employee.employee_id, event)
        return CaseAnswer(await _view(room, case))

    return await told(room.acting, asking, "open_case", act, lambda problems: CaseAnswer(problems=problems))


async def _about(asking: Asking, look: Look, ticket: Ticket, named: str | None) -> Person:
    """Whom a ticket is about: whoever asked for it. Raises: OperationProblem where that is nobody, or somebody else."""
    email = (ticket.requester_email or "").casefold()
    found = await look.ask("directory", "people_by_email", email) if email else None
    if not isinstance(found, Person) or not asking.sight.of(found).sees("Employee", "login"):
        raise problem("NotPossible", "nobody that you know of has asked for this ticket", path=_PATH)
    if named is not None and (await employee_of(str(named), look)).employee_id != found.employee_id:
        raise problem("TicketRequired", f"ticket {ticket.number} is not one of this employee", path=_PATH)
    return found


async def _close(room: Room, asking: Asking, given: Given) -> CaseAnswer:
    async def act() -> CaseAnswer:
        assert room.cases is not None
        viewer = asking.viewer
        case = await room.cases.of(viewer.login, viewer.session)
        detail = {} if case is None else {"ticket": case.ticket}
        event = decided(asking, "case.closed", None, detail, given.get("note"))
        if not await room.cases.close(viewer.login, viewer.session, event):
            raise problem("AlreadyDecided", "no ticket is in hand")
        return CaseAnswer()

    return await told(room.acting, asking, "close_case", act, lambda problems: CaseAnswer(problems=problems))


CASE_ACTS: Final = (
    Act(
        "open_case",
        "Take a ticket in hand: it is the purpose of what you read and do until you put it down or take another.",
        "case.opened",
        "LOW",
        {
            "ticket": (str, "The ticket's number; it is open, and you may know of it.", MISSING),
            "employee": (
                strawberry.ID | None,
                "Whom you take it to be about; refused where it is somebody else.",
                None,
            ),
        },
        CasePayload,
        _open,
    ),
    Act(
        "close_case",
        "Put the ticket down that you have in hand.",
        "case.closed",
        "LOW",
        {"note": (str | None, "What there is to say about it.", None)},
        CasePayload,
        _close,
    ),
)
