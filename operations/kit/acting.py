"""Acting: the one road of a write. Who asks, about whom, what would change, what is asked for first; then it is done."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from audit.event import Event
from audit.trail import TrailUnavailable
from operations.kit.beginning import Beginning, Ready, awaited, too_many
from operations.kit.composing import Composed, names_of, plan_of
from operations.kit.deciding import Deciding
from operations.kit.freezing import Freezing
from operations.kit.given import checked, kept
from operations.kit.journal import Journal
from operations.kit.looking import Look
from operations.kit.obligations import APPROVALS, Obligations, Purpose
from operations.kit.operation import Operation
from operations.kit.problems import OperationProblem, Problem, bad_field, problem, unrecorded
from operations.kit.recording import recorded
from operations.kit.runner import Runner
from operations.kit.sending import Sender
from operations.kit.tables import (
    AWAITING,
    EXPIRED,
    FROZEN,
    RUNNING,
    SUCCEEDED,
    OperationRun,
)
from operations.kit.wish import Behind, Payload, Wish, bound_to, employee_by, employee_of, fingerprint, fresh
from sources.ports.call import CallContext, utc_now
from sources.ports.errors import SourceError
from sources.ports.question import Desk

_KEY: Final = 200


class Acting:
    """Takes wishes to runs. Never raises for anything a caller or a source does."""

    def __init__(
        self,
        operations: Mapping[str, Operation[Any]],
        journal: Journal,
        runner: Runner,
        sender: Sender,
        deciding: Deciding,
        obligations: Obligations,
        freezing: Freezing,
        desk: Desk,
        *,
        patience: float = 3.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.operations = operations
        self.journal = journal
        self.runner = runner
        self.deciding = deciding
        self.freezing = freezing
        self._sender = sender
        self._obligations = obligations
        self._desk = desk
        self._patience = patience
        self._beginning = Beginning(journal, runner, sender, deciding, clock)
        self._clock = clock

    async def act(self, asking: Behind, name: str, wish: Wish) -> Payload:
        """Plan a wish, or do it."""
        payload = Payload()
        try:
            await self._act(asking, self.operations[name], wish, payload)
        except OperationProblem as refused:
            payload.problems.append(refused.problem)
            await self._denied(asking, name, wish, payload, refused.problem)
        except SourceError as failure:
            kind = "SourceRejected" if failure.code == "SOURCE_REJECTED" else "SourceUnreachable"
            payload.problems.append(Problem(kind, failure.code, str(failure)))
        except TrailUnavailable as failure:
            payload.problems.append(unrecorded(failure))
            payload.unseen()
        return payload

    async def _act(self, asking: Behind, operation: Operation[Any], wish: Wish, payload: Payload) -> None:
        if not 0 < len(wish.key.strip()) <= _KEY:
            raise OperationProblem(bad_field("idempotency_key", f"takes 1 to {_KEY} characters"))
        call = fresh(asking.call)
        if wish.apply and await self._replayed(asking, operation, wish, payload):
            return
        ready = await self._ready(asking, operation, wish, call, payload)
        if not wish.apply:
            await self.journal.trail.append(self._planned(asking, ready, wish))
            return
        if wish.plan_hash is not None and wish.plan_hash != ready.plan.hash:
            raise problem(
                "StalePlan", "what the plan was made from has changed; look at the new one", path=("input", "planHash")
            )
        lacking = [each for each in ready.obligations if not each.fulfilled]
        for each in lacking:
            if each.kind not in APPROVALS and each.missing is not None:
                raise each.missing
        payload.run = await self._beginning.begin(asking, ready, wish, [each.kind for each in lacking])
        if lacking:
            payload.problems.append(
                Problem("ApprovalRequired", "APPROVAL_REQUIRED", "it waits until somebody else has agreed")
            )
            return
        await self.follow(payload)

    async def _ready(
        self, asking: Behind, operation: Operation[Any], wish: Wish, call: CallContext, payload: Payload
    ) -> Ready:
        """Everything that has to be known before anything is done. Raises: OperationProblem; SourceError."""
        viewer = asking.viewer
        look = Look(self._desk, call, self._clock)
        employee = await employee_of(wish.employee, look)
        decision, _facts = await self.deciding.decide(viewer, operation.name, employee, None, call, wish.purpose.ticket)
        if not decision.allowed:
            raise _not_allowed(operation.name)
        payload.employee = employee
        given = checked(operation.given, wish.said)
        draft = await operation.draft(employee, given, look)
        # the thing it is done to has attributes of its own
        decision, _facts = await self.deciding.decide(
            viewer, operation.name, employee, draft.about, call, wish.purpose.ticket
        )
        if not decision.allowed:
            raise _not_allowed(operation.name)
        if isinstance(draft, Composed):
            draft, decision = await self.deciding.of_parts(viewer, employee, draft, decision, call, wish.purpose.ticket)
        sources = [each.call.source for each in draft.steps]
        team = viewer.active_team.id if viewer.active_team else None
        for name in (operation.name, *names_of(draft)):
            frozen = await self.freezing.over(name, viewer.login, team, viewer.session, sources)
            if frozen is not None:
                raise OperationProblem(frozen)
        for each in draft.steps:
            if look.retry(each.call.source, each.call.write) is None:
                raise problem("NotPossible", f"{each.call.source} cannot do this")
        plan = await plan_of(draft, look, operation.name, employee.employee_id, kept(given), bound_to(decision))
        payload.plan = plan
        if plan.already:
            payload.obligations = ()
            return Ready(operation, given, employee, draft, plan, decision, ())
        obligations = await self._obligations.looked_at(decision.obligations, employee, wish.purpose, viewer, call)
        payload.obligations = obligations
        await self._within_limit(asking, operation, wish)
        ready = Ready(operation, given, employee, draft, plan, decision, obligations)
        payload.awaited = awaited(viewer, ready, self._clock())
        return ready

    async def _within_limit(self, asking: Behind, operation: Operation[Any], wish: Wish) -> None:
        if not wish.apply or wish.origin == "BULK":  # how many at once is bounded where a bulk begins
            return
        since = self._clock() - timedelta(hours=1)
        if await self.journal.count(asking.viewer.login, operation.name, since) >= operation.limit:
            raise too_many(operation.limit)

    async def _replayed(self, asking: Behind, operation: Operation[Any], wish: Wish, payload: Payload) -> bool:
        """Whether the key stands for a run already: the same wish is answered by it, another one is a conflict."""
        run = await self.journal.by_key(asking.viewer.login, wish.key)
        if run is None:
            return False
        if run.fingerprint != fingerprint(operation.name, wish):
            raise problem(
                "KeyConflict", "this key was used for something else; take a new one", path=("input", "idempotencyKey")
            )
        payload.run, payload.replayed = run, True
        payload.employee = await employee_of(wish.employee, Look(self._desk, fresh(asking.call)))
        # a secret is made when whoever asked for it is there to see it; what was frozen is gone on with if still wanted
        if run.state == FROZEN or (run.state == AWAITING and await self._all_agreed(run)):
            hindrance = await (self.thawed(run) if run.state == FROZEN else self.approved(run))
            if hindrance is not None:
                raise OperationProblem(hindrance)
            payload.replayed = False
            await self.follow(payload)
            return True
        await self.show_secrets(payload)
        return True

    async def _all_agreed(self, run: OperationRun) -> bool:
        return all(each.decision == "APPROVED" for each in await self.journal.approvals(run.id))

    async def follow(self, payload: Payload) -> None:
        """Wait a little for the run's end; a long one is told as it stands, and followed by whoever wants to."""
        assert payload.run is not None
        until = asyncio.get_running_loop().time() + self._patience
        pause = 0.02
        while payload.run.state == RUNNING and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.25)
            payload.run = await self.journal.run(payload.run.id) or payload.run
        await self.show_secrets(payload)

    async def show_secrets(self, payload: Payload) -> None:
        """Give a run's secrets out, once; that they were shown is recorded before they are."""
        run = payload.run
        if run is None or not run.reveals or run.secret_shown_at is not None or run.state != SUCCEEDED:
            return
        found = self.runner.take_secrets(run.id)
        if not found:
            return
        event = recorded(run, "secret.shown", "outcome", "success", detail={"to": run.caller, "steps": sorted(found)})
        if await self.journal.change(run.id, (SUCCEEDED,), {"secret_shown_at": self._clock()}, event):
            payload.secrets = found

    async def approved(self, run: OperationRun) -> Problem | None:
        """Go on with a run that everybody has agreed to. Returns: what stands in the way."""
        hindrance = await self.deciding.hindrance(
            run, [each.step["call"]["source"] for each in await self.journal.steps(run.id)]
        )
        if hindrance is not None:
            return hindrance
        viewer = self.deciding.again(run)
        if viewer is None:
            return Problem("NotAllowed", "NOT_ALLOWED", "whoever asked for it may not do it any more")
        operation = self.operations[run.name]
        call = self.deciding.call_of(run, viewer)
        look = Look(self._desk, call, self._clock)
        try:
            employee = await employee_by(run.employee_id, look)
            draft = await operation.draft(employee, self.deciding.given(operation, run), look)
            plan = await plan_of(draft, look, run.name, run.employee_id, run.given, run.plan["obligations"])
            still = [each for each in run.plan["obligations"] if each in ("ticket", "time_window")]
            purpose = Purpose(run.reason, run.ticket)
            for each in await self._obligations.looked_at(still, employee, purpose, viewer, call):
                if each.missing is not None:
                    return each.missing.problem
        except OperationProblem as refused:
            return refused.problem
        except SourceError as failure:
            return Problem("SourceUnreachable", failure.code, str(failure))
        if plan.hash != run.plan_hash:
            event = recorded(
                run, operation.event, "decision", "failure", detail={"state": EXPIRED, "why": "stale plan"}
            )
            await self.journal.change(run.id, (AWAITING,), {"state": EXPIRED, "ended_at": self._clock()}, event)
            return Problem(
                "StalePlan", "STALE_PLAN", "what was agreed to has changed since; it has to be asked for again"
            )
        return await self._go(run, AWAITING, draft.steps[0].call.source)

    async def thawed(self, run: OperationRun) -> Problem | None:
        """Go on with a run that a freeze has stopped. Returns: what stands in the way still."""
        sources = [str(each.step["call"]["source"]) for each in await self.journal.steps(run.id)]
        hindrance = await self.deciding.hindrance(run, sources)
        return hindrance or await self._go(run, FROZEN, sources[0])

    async def _go(self, run: OperationRun, state: str, source: str) -> Problem | None:
        going = recorded(run, self.operations[run.name].event, "decision", "success", detail={"state": RUNNING})
        values = {"state": RUNNING, "problem": None, "lease_owner": None, "lease_until": self._clock()}
        if not await self.journal.change(run.id, (state,), values, going):
            return Problem("AlreadyDecided", "ALREADY_DECIDED", "it does not wait any more")
        hold = await self.journal.claim(run.id, self._sender.lease(source))
        if hold is not None:
            run.state = RUNNING
            self.runner.start(hold, run)
        return None

    def _planned(self, asking: Behind, ready: Ready, wish: Wish) -> Event:
        event = recorded(
            self._beginning.run_of(asking, ready, wish),
            "operation.planned",
            "decision",
            "success",
            detail={"plan": ready.plan.hash},
        )
        return replace(event, operation=None)

    async def _denied(self, asking: Behind, name: str, wish: Wish, payload: Payload, refused: Problem) -> None:
        """A denial stands in the trail, whether or not anything else could be recorded."""
        viewer = asking.viewer
        event = Event(
            code="operation.denied",
            stage="denied",
            outcome="denied",
            operator=viewer.login,
            team=viewer.active_team.id if viewer.active_team else None,
            session=viewer.session,
            end_user=viewer.on_behalf_of,
            employee=payload.employee.employee_id if payload.employee else None,
            reason=wish.purpose.reason,
            ticket=wish.purpose.ticket,
            policy=viewer.policy.version,
            trace=asking.call.trace_id,
            detail={"name": name, "problem": refused.code, "apply": wish.apply},
        )
        try:
            await self.journal.trail.append(event)
        except TrailUnavailable:
            payload.problems[:] = [
                Problem("AuditUnavailable", "AUDIT_UNAVAILABLE", "it cannot be recorded now, so nothing is done")
            ]
            payload.unseen()


def _not_allowed(name: str) -> OperationProblem:
    return problem("NotAllowed", f"your rights do not let you run {name} on this employee")
