"""Acts on callers: whoever calls proves to be who they say they are."""

from dataclasses import MISSING, dataclass, field, replace
from datetime import datetime
from typing import Final

import strawberry

from audit.event import Event
from operations.kit.acts.act import Act, Given, Room, named
from operations.kit.looking import Look
from operations.kit.problems import problem
from operations.kit.telling import decided, told
from operations.kit.verifying import CALL_BACK, CODE, MANAGER, METHODS
from operations.kit.views import ProblemView
from operations.kit.wish import employee_of, fresh
from resolvers.asking import Asking
from schema.desk import CallerMethod, VerificationPayload
from sources.ports.directory import Person


@dataclass(frozen=True, slots=True)
class VerificationView:
    """What comes of verifying a caller."""

    id: str | None = None
    verified_until: datetime | None = None
    problems: list[ProblemView] = field(default_factory=list)


async def _verify(room: Room, asking: Asking, given: Given) -> VerificationView:
    async def act() -> VerificationView:
        assert room.verifying is not None
        assert room.acting is not None
        viewer, method = asking.viewer, named(given["method"])
        employee = await employee_of(str(given["employee"]), Look(asking.desk, fresh(asking.call)))
        if employee.login.casefold() == viewer.login.casefold() or viewer.service:
            raise problem("NotAllowed", "nobody verifies themselves")
        if not asking.sight.of(employee).sees("Employee", "login") or not _may_run_something(asking):
            raise problem("NotAllowed", "your rights do not let you act for this employee")
        event = decided(asking, "caller.checked", employee, {"method": method, "note": given.get("note")})
        note = (given.get("note") or "").strip()
        if method == CALL_BACK:
            if len(note) < 5:
                raise problem("ReasonRequired", "say which number was called back", path=("input", "note"))
            until = await room.verifying.called_back(employee.employee_id, viewer.login, note, event)
            return VerificationView(verified_until=until)
        if method == MANAGER:
            manager = await _manager(asking, employee)
            return VerificationView(
                await room.verifying.ask_manager(employee.employee_id, viewer.login, manager, event)
            )
        return VerificationView(await _code_sent(room, asking, employee, event))

    return await told(room.acting, asking, "verify_caller", act, lambda problems: VerificationView(problems=problems))


async def _code_sent(room: Room, asking: Asking, employee: Person, event: Event) -> str:
    """A code on its way, by every way there is. Returns: the verification. Raises: OperationProblem where there is none."""
    assert room.verifying is not None
    assert room.acting is not None
    seen_here = room.acting.deciding.is_known(employee.login)
    letters = room.notifying is not None and room.notifying.reaches_people
    if not (seen_here or letters or room.codes is not None):
        raise problem("NotPossible", "no way to send codes is set up, and the employee does not sign in here")
    id_, code = await room.verifying.send_code(employee.employee_id, asking.viewer.login, event)
    if room.codes is not None:
        await room.codes(employee.employee_id, code)
    if room.notifying is not None:
        await room.notifying.code(id_, employee.employee_id)
    return id_


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code as its employee sees it."""

    id: str
    code: str
    asked_by: str
    good_until: datetime


async def codes_of_viewer(room: Room, _root: object, asking: Asking, _info: object) -> list[CodeView]:
    """The codes that the viewer may read out now; that they were shown is recorded before."""
    viewer = asking.viewer
    if viewer.service or room.verifying is None or room.acting is None:
        return []
    mine = await asking.quiet.load("directory", "people_by_login", viewer.login.casefold())
    if not isinstance(mine, Person):
        return []
    found = await room.verifying.codes_for(mine.employee_id)
    if found:
        seen = decided(asking, "secret.shown", mine, {"verifications": [row.id for row, _code in found]})
        await room.acting.journal.trail.append(replace(seen, stage="read"))
    return [CodeView(row.id, code, row.operator, row.until) for row, code in found]


async def _manager(asking: Asking, employee: Person) -> str:
    look = Look(asking.desk, fresh(asking.call))
    found = await look.ask("directory", "people_by_id", employee.manager_id) if employee.manager_id else None
    if not isinstance(found, Person):
        raise problem("NotPossible", "the directory names no manager")
    return found.login


async def _confirm(room: Room, asking: Asking, given: Given) -> VerificationView:
    async def act() -> VerificationView:
        assert room.verifying is not None
        id_, code = str(given["verification"]), given.get("code")
        right = decided(asking, "caller.verified", None, {"verification": id_})
        if code is None:
            await room.verifying.manager_says(id_, asking.viewer.login, right)
            return VerificationView(id_)
        wrong = decided(asking, "caller.checked", None, {"verification": id_, "wrong": True})
        until = await room.verifying.code_said(id_, asking.viewer.login, str(code), right, wrong)
        return VerificationView(id_, until)

    return await told(room.acting, asking, "confirm_caller", act, lambda problems: VerificationView(problems=problems))


def _may_run_something(asking: Asking) -> bool:
    viewer = asking.viewer
    return any(viewer.policy.operation(viewer.actor, name).permits for name in viewer.policy.rights.operations)


_NOTE: Final = (str | None, "What there is to say about it.", None)

CALLER_ACTS: Final = (
    Act(
        "verify_caller",
        "Begin to verify that a caller is who they say they are; holds for you, for half an hour.",
        "caller.checked",
        "LOW",
        {
            "employee": (strawberry.ID, "Who they say they are.", MISSING),
            "method": (CallerMethod, f"How: {', '.join(METHODS)}.", MISSING),
            "note": _NOTE,
        },
        VerificationPayload,
        _verify,
    ),
    Act(
        "confirm_caller",
        f"Say the code that the caller has read out ({CODE}), or, as their manager, that it is them ({MANAGER}).",
        "caller.verified",
        "LOW",
        {
            "verification": (strawberry.ID, "The verification that was begun.", MISSING),
            "code": (str | None, "What the caller has read out.", None),
        },
        VerificationPayload,
        _confirm,
    ),
)
