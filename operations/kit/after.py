"""After: what people do with runs that wait, hang, or are over: agree, cancel, take over, find out, take back."""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from audit.event import Event
from audit.trail import TrailUnavailable
from operations.kit.acting import Acting
from operations.kit.composing import goes_on, parts_of
from operations.kit.drafting import Step
from operations.kit.looking import Look
from operations.kit.plan import encoded
from operations.kit.problems import OperationProblem, Problem, problem, unrecorded
from operations.kit.recording import recorded
from operations.kit.sending import Sender, done, inverses
from operations.kit.tables import (
    AWAITING,
    CANCELLED,
    DONE,
    FAILED,
    FROZEN,
    IN_DOUBT,
    INTENDED,
    REFUSED,
    REJECTED,
    RUNNING,
    SUCCEEDED,
    UNKNOWN,
    WAITING,
    OperationApproval,
    OperationRun,
    OperationStep,
)
from operations.kit.wish import Payload, employee_by, fresh
from resolvers.asking import Asking, Viewer
from sources.ports.errors import SourceError
from sources.ports.question import Desk

LOOK: Final = "LOOK"
HAPPENED: Final = "HAPPENED"
DID_NOT: Final = "DID_NOT_HAPPEN"
_LEAST_NOTE: Final = 5
_OVER_TO: Final = (UNKNOWN, AWAITING, FROZEN)


class After:
    """Acts on runs. Each is decided by who the viewer is to the run, recorded, and told as a payload."""

    def __init__(self, acting: Acting, sender: Sender, desk: Desk) -> None:
        self._acting = acting
        self._journal = acting.journal
        self._sender = sender
        self._desk = desk

    async def decide(self, asking: Asking, id_: str, plan_hash: str, *, agrees: bool, note: str | None) -> Payload:
        """Agree to a run's plan, or not: neither whoever asked for it nor whom it is about, not even as the last resort."""
        return await self._told(asking, id_, self._decide, plan_hash, agrees, note)

    async def _decide(
        self, asking: Asking, run: OperationRun, payload: Payload, plan_hash: str, agrees: bool, note: str | None
    ) -> None:
        viewer = asking.viewer
        if run.state != AWAITING or (run.expires_at is not None and run.expires_at <= self._journal.clock()):
            raise problem("AlreadyDecided", "it does not wait for anybody any more")
        if run.name not in self._acting.operations:
            raise problem("NotPossible", "to an act on rights one agrees by approveHold, approveGrant or approvePolicy")
        if same(viewer.login, run.caller) or same(viewer.login, run.employee_login) or same(viewer.login, run.holder):
            raise problem(
                "NotAllowed", "whoever asked for it, and whom it is about, do not agree to it, in whatever team"
            )
        if viewer.service:
            raise problem("NotAllowed", "a program does not agree to anything")
        if plan_hash != run.plan_hash:
            raise problem("StalePlan", "this is another plan than the one that waits", path=("input", "planHash"))
        wanted = [each for each in await self._journal.approvals(run.id) if each.decision is None]
        mine = [each for each in wanted if await self._asked(asking, run, each)]
        resort = not mine and await self._is_last_resort(viewer, run)
        if resort:
            mine = wanted
        if not mine:
            raise problem("NotAllowed", "you are not among those who are asked")
        values = {
            "decision": "APPROVED" if agrees else "REJECTED",
            "decided_by": viewer.login,
            "decided_team": team_of(viewer),
            "decided_at": self._journal.clock(),
            "note": note,
        }
        code = "approval.given" if agrees else "approval.refused"
        detail: dict[str, Any] = {"kind": mine[0].kind, "plan": plan_hash}
        if resort:
            detail["lastResort"] = team_of(viewer)
        event = recorded(run, code, "decision", "success", approver=viewer.login, detail=detail)
        if not await self._journal.decide(run.id, mine[0].kind, values, event):
            raise problem("AlreadyDecided", "somebody has decided already")
        if not agrees:
            ended = recorded(
                run, self._code(run), "outcome", "denied", approver=viewer.login, detail={"state": REJECTED}
            )
            await self._journal.change(
                run.id, (AWAITING,), {"state": REJECTED, "ended_at": self._journal.clock()}, ended
            )
        elif len(wanted) == 1 and not run.reveals:
            await self._go_on(run, payload)

    async def _go_on(self, run: OperationRun, payload: Payload) -> None:
        hindrance = await self._acting.approved(run)
        if hindrance is not None:
            payload.problems.append(hindrance)

    async def _asked(self, asking: Asking, run: OperationRun, approval: OperationApproval) -> bool:
        """Whether the viewer is among those who are asked."""
        viewer = asking.viewer
        if approval.asked_of is not None:
            kind, _, name = approval.asked_of.partition(":")
            return (kind == "login" and same(viewer.login, name)) or (kind == "team" and team_of(viewer) == name)
        return await self.may(asking, run)

    async def _is_last_resort(self, viewer: Viewer, run: OperationRun) -> bool:
        """Whether the viewer's team was called in, since nobody who was asked has decided and the time is nearly over."""
        resort = self._acting.deciding.last_resort
        return resort is not None and await resort.may_decide(team_of(viewer), run.id)

    async def may(self, asking: Asking, run: OperationRun) -> bool:
        """Whether the viewer may run the same operation on the same employee."""
        call = fresh(asking.call)
        try:
            employee = await employee_by(run.employee_id, Look(self._desk, call))
        except (OperationProblem, SourceError):
            return False
        facts = await self._acting.deciding.facts(asking.viewer, employee, None, call, None)
        decide, names = asking.viewer.policy.decide, (run.name, *parts_of(run.plan))
        return all(decide(asking.viewer.actor, name, facts).allowed for name in names)

    async def cancel(self, asking: Asking, id_: str, note: str | None) -> Payload:
        """Take a wish back before it has begun."""
        return await self._told(asking, id_, self._cancel, note)

    async def _cancel(self, asking: Asking, run: OperationRun, _payload: Payload, note: str | None) -> None:
        if not (same(asking.viewer.login, run.caller) or same(asking.viewer.login, run.holder)):
            raise problem("NotAllowed", "only whoever asked for it cancels it")
        event = recorded(run, self._code(run), "outcome", "failure", detail={"state": CANCELLED, "note": note})
        values = {"state": CANCELLED, "ended_at": self._journal.clock()}
        if not await self._journal.change(run.id, (AWAITING, FROZEN), values, event):
            raise problem("AlreadyDecided", "it has begun, or is over")

    async def take(self, asking: Asking, id_: str, note: str | None) -> Payload:
        """Answer for a run from now on, in place of whoever did: the next shift takes over. The trail names both."""
        return await self._told(asking, id_, self._take, note)

    async def _take(self, asking: Asking, run: OperationRun, _payload: Payload, note: str | None) -> None:
        viewer = asking.viewer
        if same(viewer.login, run.employee_login) or viewer.service or not await self.may(asking, run):
            raise problem("NotAllowed", "only who may do the same to the same employee takes it over")
        approved = [each.decided_by for each in await self._journal.approvals(run.id) if each.decided_by]
        if any(same(viewer.login, each) for each in approved):
            raise problem("NotAllowed", "whoever has agreed to it does not take it over")
        event = recorded(run, "operation.handed_over", "decision", "success", detail={"to": viewer.login, "note": note})
        if not await self._journal.change(run.id, _OVER_TO, {"holder": viewer.login}, event):
            raise problem("AlreadyDecided", "it does not wait for anybody any more")

    async def resolve(self, asking: Asking, id_: str, how: str, note: str | None) -> Payload:
        """Find out what became of a run that nobody knows of: by a look at the source, or by what a person has seen there."""
        return await self._told(asking, id_, self._resolve, how, note)

    async def _resolve(self, asking: Asking, run: OperationRun, payload: Payload, how: str, note: str | None) -> None:
        if run.state != UNKNOWN:
            raise problem("AlreadyDecided", "what became of it is known")
        if same(asking.viewer.login, run.employee_login) or not await self.may(asking, run):
            raise problem("NotAllowed", "only who may do the same to the same employee finds out")
        rows = await self._journal.steps(run.id)
        row = next(each for each in rows if each.state in (IN_DOUBT, INTENDED))
        call = done(run, rows, row)
        looked = await self._sender.look(call, run) if call.proof.key is not None else None
        if how == LOOK:
            if looked is None:
                payload.problems.append(
                    Problem("NotPossible", "NOT_SHOWN", "the source does not show it now; it may still come")
                )
                return
        elif len((note or "").strip()) < _LEAST_NOTE:
            raise problem("ReasonRequired", "say what you have seen at the source", path=("input", "note"))
        elif how == DID_NOT and looked is not None:
            raise problem("NotPossible", "the source shows that it happened")
        happened = looked is not None or how == HAPPENED
        now = self._journal.clock()
        event = recorded(
            run,
            "operation.resolved",
            "outcome",
            "success" if happened else "failure",
            step=row.name,
            source=call.source,
            detail={"how": how, "note": note, "by": asking.viewer.login, "shown": looked is not None},
        )
        # the run goes on, or ends, by the same runner that every run goes through
        values = {"state": RUNNING, "holder": asking.viewer.login, "lease_owner": None, "lease_until": now}
        if not await self._journal.change(run.id, (UNKNOWN,), values, event):
            raise problem("AlreadyDecided", "somebody has found out already")
        hold = await self._journal.claim(run.id, self._sender.lease(call.source))
        if hold is None:
            return
        state = DONE if happened else REFUSED
        seen = None if looked is None or looked.seen is None else dict(looked.seen)
        await self._journal.outcome(
            hold, row.number, {"state": state, "seen": seen, "read_back_at": now if seen else None, "problem": note}
        )
        if not happened and not goes_on(run.plan):
            values = {"state": FAILED, "ended_at": now, "lease_owner": None, "lease_until": None, "due_at": None}
            await self._journal.move(
                hold, values, recorded(run, self._code(run), "outcome", "failure", detail={"state": FAILED})
            )
            return
        run.state = RUNNING
        self._acting.runner.start(hold, run)

    async def undo(self, asking: Asking, id_: str, key: str, reason: str | None, *, apply: bool) -> Payload:
        """Take a run back, if what it has left is still so."""
        return await self._told(asking, id_, self._undo, key, reason, apply)

    async def _undo(
        self, asking: Asking, run: OperationRun, payload: Payload, key: str, reason: str | None, apply: bool
    ) -> None:
        operation = self._acting.operations.get(run.name)
        if operation is None or operation.undone_by is None:
            raise problem("NotPossible", "this cannot be taken back")
        known = await self._journal.by_key(asking.viewer.login, key)
        if known is not None:
            if known.parent != run.id:
                raise problem("KeyConflict", "this key was used for something else; take a new one")
            payload.run, payload.replayed = known, True
            hindrance = await self._acting.thawed(known) if known.state == FROZEN else None
            if hindrance is not None:
                raise OperationProblem(hindrance)
            return
        if run.state != SUCCEEDED or run.undone_by is not None:
            raise problem("AlreadyDecided", "it was taken back already, or never done")
        rows = await self._journal.steps(run.id)
        steps = inverses(run, rows)
        if not steps:
            raise problem("NotPossible", "nothing was changed that could be taken back")
        call = fresh(asking.call)
        employee = await employee_by(run.employee_id, Look(self._desk, call))
        payload.employee = employee
        decision, _facts = await self._acting.deciding.decide(
            asking.viewer, operation.undone_by, employee, None, call, run.ticket
        )
        if not decision.allowed:
            raise problem("NotAllowed", f"taking it back needs the rights to run {operation.undone_by}")
        if "reason" in decision.obligations and len((reason or "").strip()) < _LEAST_NOTE:
            raise problem("ReasonRequired", "say why it is taken back", path=("input", "reason"))
        for row in rows:
            if row.state == DONE and await self._sender.look(done(run, rows, row), run) is None:
                raise problem(
                    "StalePlan", f"what {row.name} has left is not so any more; there is nothing to take back"
                )
        sources = [each.call.source for each in steps]
        frozen = await self._acting.freezing.over(
            run.name, asking.viewer.login, team_of(asking.viewer), asking.viewer.session, sources
        )
        if frozen is not None:
            raise OperationProblem(frozen)
        if not apply:
            return
        await self._begin_undo(asking, run, steps, key, reason, payload)

    async def _begin_undo(
        self, asking: Asking, run: OperationRun, steps: Sequence[Step], key: str, reason: str | None, payload: Payload
    ) -> None:
        now, viewer = self._journal.clock(), asking.viewer
        child = OperationRun(
            id=uuid.uuid4().hex,
            name=run.name,
            state=RUNNING,
            caller=viewer.login,
            team=team_of(viewer),
            viewer=self._acting.deciding.written(viewer),
            employee_id=run.employee_id,
            employee_login=run.employee_login,
            given={},
            key=key,
            fingerprint=run.fingerprint,
            plan={"changes": [], "sideEffects": [], "revertsAt": None},
            plan_hash=run.plan_hash,
            reason=reason,
            ticket=run.ticket,
            policy=viewer.policy.version,
            origin="UNDO",
            parent=run.id,
            created_at=now,
            changed_at=now,
            trace=asking.call.trace_id,
        )
        marked = recorded(run, "operation.undone", "decision", "success", detail={"by": viewer.login, "run": child.id})
        if not await self._journal.change(run.id, (SUCCEEDED,), {"undone_by": child.id, "due_at": None}, marked):
            raise problem("AlreadyDecided", "it was taken back already")
        rows = [
            OperationStep(run=child.id, number=number, name=each.name, state=WAITING, step=encoded(each))
            for number, each in enumerate(steps)
        ]
        begun = recorded(child, self._code(run), "decision", "success", detail={"state": RUNNING, "undo": run.id})
        hold = await self._journal.begin(child, rows, [], begun, lease=self._sender.lease(steps[0].call.source))
        payload.run = child
        await self._acting.runner.start(hold, child)
        payload.run = await self._journal.run(child.id) or child

    def _code(self, run: OperationRun) -> str:
        operation = self._acting.operations.get(run.name)
        return "operation.ended" if operation is None else operation.event

    async def _told(self, asking: Asking, id_: str, act: Any, *more: Any) -> Payload:
        payload = Payload()
        run = await self._journal.run(id_)
        try:
            if run is None:
                raise problem("NotFound", "there is no such run", path=("input", "operation"))
            await act(asking, run, payload, *more)
        except OperationProblem as refused:
            payload.problems.append(refused.problem)
            await self._denied(asking, id_, refused.problem, payload)
        except SourceError as failure:
            payload.problems.append(Problem("SourceUnreachable", failure.code, str(failure)))
        except TrailUnavailable as failure:
            payload.problems.append(unrecorded(failure))
        if payload.run is None and run is not None:
            payload.run = await self._settled(run.id)
        return payload

    async def _settled(self, id_: str) -> OperationRun | None:
        payload = Payload(run=await self._journal.run(id_))
        if payload.run is not None and payload.run.state == RUNNING:
            await self._acting.follow(payload)
        return payload.run

    async def _denied(self, asking: Asking, id_: str, refused: Problem, payload: Payload) -> None:
        viewer = asking.viewer
        event = Event(
            code="operation.denied",
            stage="denied",
            outcome="denied",
            operator=viewer.login,
            team=team_of(viewer),
            session=viewer.session,
            policy=viewer.policy.version,
            operation=id_[:40],
            trace=asking.call.trace_id,
            detail={"problem": refused.code},
        )
        try:
            await self._journal.trail.append(event)
        except TrailUnavailable:
            payload.problems[:] = [
                Problem("AuditUnavailable", "AUDIT_UNAVAILABLE", "it cannot be recorded now, so nothing is done")
            ]


def same(one: str | None, other: str | None) -> bool:
    """Whether two logins are one person's."""
    return one is not None and other is not None and one.casefold() == other.casefold()


def team_of(viewer: Viewer) -> str | None:
    """The team that a viewer acts for."""
    return viewer.active_team.id if viewer.active_team else None
