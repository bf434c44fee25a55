"""Desk acts: mutations that are about runs, callers and freezes, not about an employee's things."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import MISSING, dataclass, field
from datetime import datetime
from typing import Any, Final

import strawberry

from operations.kit.acting import Acting
from operations.kit.after import DID_NOT, HAPPENED, LOOK, After
from operations.kit.fields import act_field, input_type, pascal
from operations.kit.freezing import KINDS, Freezing
from operations.kit.looking import Look
from operations.kit.problems import problem
from operations.kit.sending import Sender
from operations.kit.tables import Freeze, OperationRun
from operations.kit.telling import decided, told
from operations.kit.verifying import CALL_BACK, CODE, MANAGER, METHODS, Verifying
from operations.kit.views import PayloadView, ProblemView, RunView, payload_view, run_named, run_view
from operations.kit.wish import Payload, employee_of, fresh
from resolvers.asking import Asking
from schema.desk import CallerMethod, FreezeKind, FreezePayload, Resolution, VerificationPayload
from schema.operation import OperationMode, OperationPayload
from sources.ports.directory import Person

Given = Mapping[str, Any]
_ABOUT_NOBODY: Final = {"is_self": False, "is_my_manager": False, "vip": False}


@dataclass(slots=True)
class Room:
    """Everything that mutations act on, once it is open."""

    acting: Acting | None = None
    after: After | None = None
    verifying: Verifying | None = None
    freezing: Freezing | None = None
    send: Sender | None = None
    codes: Callable[[str, str], Awaitable[None]] | None = None

    @property
    def sender(self) -> Sender:
        """Who makes calls."""
        assert self.send is not None
        return self.send

    async def payload(self, payload: Payload, asking: Asking) -> PayloadView:
        """What comes of a wish, as the viewer may see it."""
        person = payload.employee
        if person is None and payload.run is not None:
            person = await asking.quiet.load("directory", "people_by_id", payload.run.employee_id)
        subject = asking.sight.of(person)
        run = None if payload.run is None else await self.shown(payload.run, asking, person)
        return payload_view(payload, run, asking, subject)

    async def shown(self, run: OperationRun, asking: Asking, person: Person | None = None) -> RunView:
        """A run, as the viewer may see it."""
        assert self.acting is not None
        journal = self.acting.journal
        if person is None:
            found = await asking.quiet.load("directory", "people_by_id", run.employee_id)
            person = found if isinstance(found, Person) else None
        steps, approvals = await journal.steps(run.id), await journal.approvals(run.id)
        return run_view(run, steps, approvals, self.acting.operations.get(run.name), asking, asking.sight.of(person))


@dataclass(frozen=True, slots=True)
class Act:
    """One such mutation. Shape: `fields` by name: type, what it is, default or MISSING."""

    name: str
    about: str
    event: str
    risk: str
    fields: Mapping[str, tuple[Any, str, Any]]
    answer: Any
    run: Callable[[Room, Asking, Given], Awaitable[Any]]

    def field(self) -> Any:
        """The field of `Mutation`."""
        given = input_type(f"{pascal(self.name)}Input", self.about, self.fields)
        return act_field(self.name, self.about, given, self.answer, self.risk, self.event)


@dataclass(frozen=True, slots=True)
class VerificationView:
    """What comes of verifying a caller."""

    id: str | None = None
    verified_until: datetime | None = None
    problems: list[ProblemView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FreezeView:
    """What comes of a freeze."""

    freeze: Freeze | None = None
    problems: list[ProblemView] = field(default_factory=list)


def _after(room: Room) -> After:
    assert room.after is not None
    return room.after


async def _approve(room: Room, asking: Asking, given: Given) -> PayloadView:
    decided = await _after(room).decide(
        asking,
        run_named(str(given["operation"])),
        str(given["plan_hash"]),
        agrees=bool(given["agrees"]),
        note=given.get("note"),
    )
    return await room.payload(decided, asking)


async def _cancel(room: Room, asking: Asking, given: Given) -> PayloadView:
    return await room.payload(
        await _after(room).cancel(asking, run_named(str(given["operation"])), given.get("note")), asking
    )


async def _take(room: Room, asking: Asking, given: Given) -> PayloadView:
    return await room.payload(
        await _after(room).take(asking, run_named(str(given["operation"])), given.get("note")), asking
    )


async def _resolve(room: Room, asking: Asking, given: Given) -> PayloadView:
    how = _named(given["how"])
    return await room.payload(
        await _after(room).resolve(asking, run_named(str(given["operation"])), how, given.get("note")), asking
    )


async def _undo(room: Room, asking: Asking, given: Given) -> PayloadView:
    undone = await _after(room).undo(
        asking,
        run_named(str(given["operation"])),
        str(given["idempotency_key"]),
        given.get("reason"),
        apply=_named(given.get("mode")) == "APPLY",
    )
    return await room.payload(undone, asking)


async def _verify(room: Room, asking: Asking, given: Given) -> VerificationView:
    async def act() -> VerificationView:
        assert room.verifying is not None
        assert room.acting is not None
        viewer, method = asking.viewer, _named(given["method"])
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
        if room.codes is None:
            raise problem("NotPossible", "no way to send codes is set up")
        id_, code = await room.verifying.send_code(employee.employee_id, viewer.login, event)
        await room.codes(employee.employee_id, code)
        return VerificationView(id_)

    return await told(room.acting, asking, "verify_caller", act, lambda problems: VerificationView(problems=problems))


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


async def _freeze(room: Room, asking: Asking, given: Given) -> FreezeView:
    async def act() -> FreezeView:
        assert room.freezing is not None
        kind, name, reason = _named(given["kind"]), str(given["name"]).strip(), str(given["reason"]).strip()
        _demand(asking, "freeze")
        if kind not in KINDS or not name or len(reason) < 5:
            raise problem("ReasonRequired", "say what is frozen, and why", path=("input", "reason"))
        event = decided(asking, "freeze.placed", None, {"kind": kind, "name": name}, reason)
        return FreezeView(await room.freezing.freeze(kind, name, reason, asking.viewer.login, event))

    return await told(room.acting, asking, "freeze", act, lambda problems: FreezeView(problems=problems))


async def _lift(room: Room, asking: Asking, given: Given) -> FreezeView:
    async def act() -> FreezeView:
        assert room.freezing is not None
        _demand(asking, "freeze")
        event = decided(asking, "freeze.lifted", None, {"freeze": str(given["freeze"])}, str(given["reason"]))
        if not await room.freezing.lift(str(given["freeze"]), asking.viewer.login, event):
            raise problem("AlreadyDecided", "it is not frozen any more")
        return FreezeView()

    return await told(room.acting, asking, "lift_freeze", act, lambda problems: FreezeView(problems=problems))


def _may_run_something(asking: Asking) -> bool:
    viewer = asking.viewer
    return any(viewer.policy.operation(viewer.actor, name).permits for name in viewer.policy.rights.operations)


def _demand(asking: Asking, operation: str) -> None:
    viewer = asking.viewer
    if viewer.service or not viewer.policy.decide(viewer.actor, operation, _ABOUT_NOBODY).allowed:
        raise problem("NotAllowed", f"your rights do not let you run {operation}")


def _named(choice: Any) -> str:
    return str(getattr(choice, "value", choice))


_RUN: Final = (strawberry.ID, "The run.", MISSING)
_NOTE: Final = (str | None, "What there is to say about it.", None)

ACTS: Final = (
    Act(
        "approve_operation",
        "Agree to what a run would do, or not.",
        "approval.given",
        "MEDIUM",
        {
            "operation": _RUN,
            "plan_hash": (strawberry.ID, "The plan that is agreed to.", MISSING),
            "agrees": (bool, "Whether you agree.", MISSING),
            "note": _NOTE,
        },
        OperationPayload,
        _approve,
    ),
    Act(
        "cancel_operation",
        "Take back what you asked for, before it has begun.",
        "operation.denied",
        "LOW",
        {"operation": _RUN, "note": _NOTE},
        OperationPayload,
        _cancel,
    ),
    Act(
        "take_operation",
        "Answer for a run that waits, or of which nobody knows what became, in place of whoever did.",
        "operation.handed_over",
        "LOW",
        {"operation": _RUN, "note": _NOTE},
        OperationPayload,
        _take,
    ),
    Act(
        "resolve_operation",
        "Find out what became of a run of which nobody knows.",
        "operation.resolved",
        "MEDIUM",
        {
            "operation": _RUN,
            "how": (
                Resolution,
                f"{LOOK}: by a look at the system; {HAPPENED}, {DID_NOT}: by what you have seen there.",
                MISSING,
            ),
            "note": _NOTE,
        },
        OperationPayload,
        _resolve,
    ),
    Act(
        "undo_operation",
        "Take a run back, if what it has left is still so.",
        "operation.undone",
        "MEDIUM",
        {
            "operation": _RUN,
            "idempotency_key": (strawberry.ID, "Any text of your own that stands for this one wish.", MISSING),
            "reason": (str | None, "Why.", None),
            "mode": (OperationMode, "Only look whether it can be, or do it.", OperationMode.PREVIEW),
        },
        OperationPayload,
        _undo,
    ),
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
    Act(
        "freeze",
        "Stop a person, a session, a team, an operation, or every change in a system, at once and everywhere.",
        "freeze.placed",
        "MEDIUM",
        {
            "kind": (FreezeKind, "What is stopped.", MISSING),
            "name": (str, "Its name: login, session, team, operation or source.", MISSING),
            "reason": (str, "Why; everybody who is stopped is told.", MISSING),
        },
        FreezePayload,
        _freeze,
    ),
    Act(
        "lift_freeze",
        "Let go on what was stopped.",
        "freeze.lifted",
        "MEDIUM",
        {"freeze": (strawberry.ID, "The freeze.", MISSING), "reason": (str, "Why.", MISSING)},
        FreezePayload,
        _lift,
    ),
)
"""All of them."""
