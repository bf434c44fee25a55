"""Beginning: a wish that has been looked at becomes a run, with its steps and with whom it waits for."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from authz.policy import OperationDecision
from operations.kit.composing import kept_parts, names_of
from operations.kit.deciding import Deciding
from operations.kit.drafting import Draft
from operations.kit.given import kept
from operations.kit.journal import Journal, KeyTaken, Limit, LimitReached
from operations.kit.obligations import APPROVALS, Obligation
from operations.kit.operation import Operation
from operations.kit.plan import Plan, encoded
from operations.kit.problems import OperationProblem, problem
from operations.kit.recording import recorded
from operations.kit.runner import Runner
from operations.kit.sending import Sender
from operations.kit.tables import (
    ALREADY,
    AWAITING,
    RUNNING,
    SUCCEEDED,
    WAITING,
    OperationApproval,
    OperationRun,
    OperationStep,
)
from operations.kit.wish import Awaited, Behind, Wish, fingerprint, shown
from resolvers.asking import Viewer
from sources.ports.directory import Person

APPROVAL_FOR: Final = timedelta(hours=24)


def too_many(most: int) -> OperationProblem:
    """A caller has run an operation as often as they may within an hour."""
    return problem("LimitReached", f"{most} an hour at most; ask a colleague, or wait")


@dataclass(frozen=True, slots=True)
class Ready:
    """A wish that has been looked at: whom, what, and how it was decided."""

    operation: Operation[Any]
    given: Any
    employee: Person
    draft: Draft
    plan: Plan
    decision: OperationDecision
    obligations: tuple[Obligation, ...]


def asked_of(viewer: Viewer, ready: Ready, kind: str) -> str | None:
    """Who has to agree: `login:` or `team:`; None for anybody else who may run it."""
    if kind != "owner_approval":
        return None
    sources = {each.call.source for each in ready.draft.steps}
    for ceiling in viewer.policy.rights.ceilings:
        for name in (ready.operation.name, *names_of(ready.draft)):
            if ceiling.source in sources and name in ceiling.approved_by:
                return f"team:{ceiling.approved_by[name]}"
    return f"login:{ready.draft.owner.casefold()}" if ready.draft.owner else None


def awaited(viewer: Viewer, ready: Ready, now: datetime) -> tuple[Awaited, ...]:
    """Whom a run would wait for, were it asked for now."""
    wanted = [each.kind for each in ready.obligations if each.kind in APPROVALS and not each.fulfilled]
    return tuple(Awaited(kind, asked_of(viewer, ready, kind), now + APPROVAL_FOR) for kind in wanted)


class Beginning:
    """Begins runs."""

    def __init__(
        self,
        journal: Journal,
        runner: Runner,
        sender: Sender,
        deciding: Deciding,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._runner = runner
        self._sender = sender
        self._deciding = deciding
        self._clock = clock

    async def begin(self, asking: Behind, ready: Ready, wish: Wish, waits_for: list[str]) -> OperationRun:
        """Write a run down, and let it go where nothing is waited for. Raises: OperationProblem; TrailUnavailable."""
        run = self.run_of(asking, ready, wish)
        run.state = AWAITING if waits_for else SUCCEEDED if ready.plan.already else RUNNING
        if ready.plan.already:
            run.ended_at = run.created_at
        if waits_for:
            run.expires_at = run.created_at + APPROVAL_FOR
        steps = [
            OperationStep(
                run=run.id,
                number=number,
                name=each.step.name,
                state=ALREADY if each.already else WAITING,
                step=encoded(each.step),
            )
            for number, each in enumerate(ready.plan.steps)
        ]
        approvals = [
            OperationApproval(
                run=run.id,
                kind=kind,
                plan_hash=run.plan_hash,
                asked_of=asked_of(asking.viewer, ready, kind),
                deadline=run.created_at + APPROVAL_FOR,
            )
            for kind in waits_for
        ]
        first = next((each for each in ready.plan.steps if not each.already), None)
        lease = self._sender.lease(first.step.call.source) if run.state == RUNNING and first is not None else None
        event = recorded(
            run,
            ready.operation.event,
            "decision",
            "success",
            changes=ready.plan.changes,
            detail={
                "state": run.state,
                "plan": run.plan_hash,
                "obligations": [each.kind for each in ready.obligations],
            },
        )
        # counted again where it is written down: of two that are begun at once, one may be too many
        most = ready.operation.limit
        limit = (
            None if ready.plan.already or wish.origin == "BULK" else Limit(most, run.created_at - timedelta(hours=1))
        )
        try:
            hold = await self._journal.begin(run, steps, approvals, event, lease=lease, limit=limit)
        except LimitReached:
            raise too_many(most) from None
        except KeyTaken as taken:  # the same key at the same moment, twice: one of them has begun
            if taken.run.fingerprint != run.fingerprint:
                raise problem("KeyConflict", "this key was used for something else; take a new one") from None
            return taken.run
        if run.state == RUNNING:
            self._runner.start(hold, run)
        return run

    def run_of(self, asking: Behind, ready: Ready, wish: Wish) -> OperationRun:
        """The run that a wish would be."""
        now, viewer = self._clock(), asking.viewer
        return OperationRun(
            id=uuid.uuid4().hex,
            name=ready.operation.name,
            state=RUNNING,
            caller=viewer.login,
            team=viewer.active_team.id if viewer.active_team else None,
            viewer=self._deciding.written(viewer),
            employee_id=ready.employee.employee_id,
            employee_login=ready.employee.login,
            given=kept(ready.given),
            key=wish.key,
            fingerprint=fingerprint(ready.operation.name, wish),
            plan={**shown(ready.plan, ready.decision), **kept_parts(ready.draft)},
            plan_hash=ready.plan.hash,
            reason=wish.purpose.reason,
            ticket=wish.purpose.ticket,
            policy=viewer.policy.version,
            origin=wish.origin,
            parent=wish.parent,
            reveals=ready.operation.reveals,
            created_at=now,
            changed_at=now,
            due_at=None if ready.plan.reverts_at is None else datetime.fromisoformat(ready.plan.reverts_at),
            trace=asking.call.trace_id,
        )
