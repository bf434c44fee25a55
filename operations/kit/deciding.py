"""Deciding: whether an operation may run, by the facts of the employee, the thing and the moment, now and again later."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from authz.policy import OperationDecision
from authz.vocabulary import UNKNOWN, Fact
from operations.kit.composing import Composed, parts_of
from operations.kit.freezing import Freezing
from operations.kit.given import reopened
from operations.kit.journal import Journal
from operations.kit.last_resort import LastResort
from operations.kit.operation import Operation
from operations.kit.problems import Problem, problem
from operations.kit.runs import RunsWanted
from operations.kit.tables import (
    COMPENSATED,
    COMPENSATING,
    RUNNING,
    SUCCEEDED,
    OperationRun,
)
from operations.kit.tables import UNKNOWN as IN_DOUBT
from operations.kit.verifying import Verifying
from resolvers.asking import Viewer
from resolvers.circumstances import case_requester
from resolvers.facts import Circumstances, facts_of
from sources.ports.call import CallContext, utc_now
from sources.ports.directory import Person
from sources.ports.errors import SourceError
from sources.ports.question import EVERYTHING, Desk

RECENT: Final[Mapping[str, tuple[str, ...]]] = {
    "recent_password_reset": ("reset_password",),
    "recent_second_factor_reset": ("reset_second_factor", "remove_second_factor", "disable_second_factor"),
}
"""What counts as done lately to an employee, by whomever."""
WITHIN: Final = timedelta(hours=24)
_HAPPENED: Final = (RUNNING, SUCCEEDED, IN_DOUBT, COMPENSATING, COMPENSATED)
_AGAIN_FOR: Final = 10.0


class People(Protocol):
    """Who tells what rights a login has now."""

    def viewer(
        self,
        login: str,
        team: str | None = None,
        groups: frozenset[str] = frozenset(),
        *,
        scopes: frozenset[str] = frozenset(),
        country: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Viewer | None:
        """The viewer for a login in one of their teams. None for a team not theirs."""
        ...


class Caller(Protocol):
    """Whoever has asked for something that goes on without them, as it is kept. Shape: `viewer` as `Deciding.written`."""

    caller: str
    team: str | None
    viewer: dict[str, Any]


class Deciding:
    """Asks the policy, with facts that are looked up for it. Shape: `last_resort` may agree where nobody else does in time."""

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        verifying: Verifying,
        freezing: Freezing,
        people: People,
        operations: Mapping[str, Operation[Any]],
        clock: Callable[[], datetime] = utc_now,
        last_resort: LastResort | None = None,
    ) -> None:
        self.last_resort = last_resort
        self._desk = desk
        self._journal = journal
        self._verifying = verifying
        self._freezing = freezing
        self._people = people
        self._operations = operations
        self._clock = clock

    async def decide(
        self, viewer: Viewer, name: str, employee: Person, about: object, call: CallContext, ticket: str | None
    ) -> tuple[OperationDecision, Mapping[str, Fact]]:
        """The policy's decision on one operation on one employee, and the facts it was made by."""
        facts = await self.facts(viewer, employee, about, call, ticket)
        return viewer.policy.decide(viewer.actor, name, facts), facts

    async def of_parts(
        self,
        viewer: Viewer,
        employee: Person,
        draft: Composed,
        whole: OperationDecision,
        call: CallContext,
        ticket: str | None,
    ) -> tuple[Composed, OperationDecision]:
        """The decision on a scenario: every part that has something to do, and all that any of them asks for.

        Raises: OperationProblem naming the part that is not allowed; nothing of the others is done then.
        """
        asked, owners = set(whole.obligations), set()
        known: dict[int, Mapping[str, Fact]] = {}  # by the thing it is done to: the rest of the facts is the same
        for piece in draft.active:
            if id(piece.about) not in known:
                known[id(piece.about)] = await self.facts(viewer, employee, piece.about, call, ticket)
            decision = viewer.policy.decide(viewer.actor, piece.operation, known[id(piece.about)])
            if not decision.allowed:
                raise problem("NotAllowed", f"a part of it, {piece.operation}, is not yours to run on this employee")
            asked |= set(decision.obligations)
            if "owner_approval" in decision.obligations:
                owners.add(piece.owner)
        if len(owners) > 1:
            raise problem(
                "NotPossible", "its parts have several owners, who agree to each by itself: run them one by one"
            )
        return replace(draft, owner=next(iter(owners), None)), replace(whole, obligations=tuple(sorted(asked)))

    async def facts(
        self, viewer: Viewer, employee: Person, about: object, call: CallContext, ticket: str | None
    ) -> Mapping[str, Fact]:
        """Every fact an operation may depend on. What cannot be found out counts against."""
        manager = None if viewer.service else await self.manager_of(viewer, call)
        case = await case_requester(ticket, viewer, self._desk, call) if ticket else None
        return await self.facts_by(viewer, employee, about, manager, case)

    async def facts_by(
        self, viewer: Viewer, employee: Person, about: object, manager: str | None, case_email: str | None = None
    ) -> Mapping[str, Fact]:
        """The same, where it is known who the viewer's manager is, and whose the case in hand."""
        until = await self._verifying.verified_until(employee.employee_id, viewer.login)
        moment = Circumstances(
            login=viewer.login,
            manager_id=manager,
            country=viewer.country or UNKNOWN,
            case_email=case_email,
            caller_verified=until is not None,
            department_classes=viewer.policy.rights.department_classes,
        )
        return {**facts_of(employee, moment, about), **await self._lately(employee)}

    async def manager_of(self, viewer: Viewer, call: CallContext) -> str | None:
        """The number of a viewer's manager; None where they have none."""
        (answer,) = await self._desk.ask("directory", "people_by_login", [viewer.login.casefold()], EVERYTHING, call)
        if isinstance(answer, SourceError):
            return UNKNOWN
        return answer.manager_id if isinstance(answer, Person) else None

    async def _lately(self, employee: Person) -> dict[str, Fact]:
        since = self._clock() - WITHIN
        found = await self._journal.runs(RunsWanted(employee.employee_id, states=_HAPPENED, since=since), 500)
        names = {name for each in found if each.origin != "COMPENSATION" for name in (each.name, *parts_of(each.plan))}
        return {fact: not names.isdisjoint(several) for fact, several in RECENT.items()}

    async def hindrance(self, run: OperationRun, sources: Sequence[str]) -> Problem | None:
        """What stands in the way of a run now: a freeze, or rights that have ended.

        What takes a change back goes on: temporary rights end on time, whatever is frozen.
        """
        if run.origin in ("COMPENSATION", "REVERT"):
            return None
        names = (run.name, *parts_of(run.plan))
        for name in names:
            frozen = await self._freezing.over(name, run.caller, run.team, run.viewer.get("session"), sources)
            if frozen is not None:
                return frozen
        if run.origin == "CASE":  # what came of a run is told by the gateway itself
            return None
        viewer = self.again(run)
        if viewer is None:
            return Problem("NotAllowed", "NOT_ALLOWED", "whoever asked for it is not in the team any more")
        if run.origin == "UNDO":
            return None  # decided when it was begun, under the rights of the operation that it stands for
        call = self.call_of(run, viewer)
        (employee,) = await self._desk.ask("directory", "people_by_id", [run.employee_id], EVERYTHING, call)
        if not isinstance(employee, Person):
            return Problem("SourceUnreachable", "SOURCE_UNAVAILABLE", "whom it is about cannot be looked up")
        facts = await self.facts(viewer, employee, None, call, run.ticket)
        for name in names:
            if not viewer.policy.decide(viewer.actor, name, facts).allowed:
                return Problem("NotAllowed", "NOT_ALLOWED", f"the rights to run {name} on this employee have ended")
        return None

    def is_known(self, login: str) -> bool:
        """Whether whoever has this login can sign in here, by what teams name outright."""
        return self._people.viewer(login) is not None

    def again(self, run: Caller) -> Viewer | None:
        """Whoever asked for something, with the rights they have now."""
        said = run.viewer
        return self._people.viewer(
            run.caller,
            run.team,
            frozenset(said.get("groups", ())),
            scopes=frozenset(said.get("scopes", ())),
            country=said.get("country"),
            on_behalf_of=said.get("on_behalf_of"),
        )

    def call_of(self, run: OperationRun, viewer: Viewer) -> CallContext:
        """A call of its own for what is looked at again."""
        return self.call_for(viewer, run.trace or run.id)

    def call_for(self, viewer: Viewer, trace: str) -> CallContext:
        """A call of its own for somebody who is not there to wait for it."""
        return CallContext(viewer.partition, time.monotonic() + _AGAIN_FOR, trace, viewer.login, fresh=True)

    def given(self, operation: Operation[Any], run: OperationRun) -> Any:
        """The input of a run. Raises: OperationProblem."""
        return reopened(operation.given, run.given)

    def written(self, viewer: Viewer) -> dict[str, Any]:
        """What is kept of a viewer, to ask again for the same person."""
        return {
            "groups": sorted(viewer.groups),
            "scopes": sorted(viewer.scopes),
            "country": viewer.country,
            "session": viewer.session,
            "on_behalf_of": viewer.on_behalf_of,
            "service": viewer.service,
            "roles": sorted({each.role for each in viewer.actor.assignments}),
        }
