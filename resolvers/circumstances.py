"""Circumstances: what must be found out about the viewer and the moment before anything can be decided."""

from typing import Any, Final

from authz.vocabulary import UNKNOWN
from resolvers.asking import Viewer
from resolvers.facts import Circumstances
from sources.ports.call import CallContext
from sources.ports.errors import SourceError
from sources.ports.question import Desk, Need

_OPEN: Final = ("NEW", "OPEN", "WAITING")


async def circumstances(
    viewer: Viewer, desk: Desk, call: CallContext, ticket: str | None, *, conditional: bool
) -> Circumstances:
    """Of the viewer and the moment, no more than the viewer's rights depend on. A source that fails leaves it unknown."""
    wanted = frozenset(viewer.profile.attrs if conditional else ())
    own = None
    asked = {"is_my_manager"} if viewer.country else {"is_my_manager", "operator_country"}
    if not viewer.service and not wanted.isdisjoint(asked):
        need = Need(frozenset({"employee_id", "login", "manager_id", "workplace"}))
        own = await _one(desk, "directory", "people_by_login", viewer.login.casefold(), need, call)
    return Circumstances(
        login=viewer.login,
        manager_id=own.manager_id if own is not None else None if viewer.service else UNKNOWN,
        country=viewer.country or (own.workplace.country if own is not None and own.workplace else None) or UNKNOWN,
        case_email=await case_requester(ticket, viewer, desk, call) if ticket and "case_open" in wanted else None,
        department_classes=viewer.policy.rights.department_classes,
    )


async def case_requester(ticket: str, viewer: Viewer, desk: Desk, call: CallContext) -> str | None:
    """Who asked for the ticket in hand, if it is open and the viewer's to work on: theirs, or of their team's queue."""
    found = await _one(desk, "tickets", "ticket_by_number", ticket.strip().lstrip("#"), Need(), call)
    if found is None or found.status not in _OPEN:
        return None
    queue = viewer.active_team.queue if viewer.active_team else None
    theirs = found.assignee_login == viewer.login or (queue is not None and found.queue == queue)
    return found.requester_email if theirs else None


async def _one(desk: Desk, port: str, question: str, key: str, need: Need, call: CallContext) -> Any:
    (answer,) = await desk.ask(port, question, [key], need, call)
    return None if isinstance(answer, SourceError) else answer
