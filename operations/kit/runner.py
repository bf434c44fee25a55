"""Runner: carries a run out, step by step, to a state that is true; takes up what a dead process has left."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from audit.trail import TrailUnavailable
from operations.kit.composing import goes_on
from operations.kit.drafting import Call, Step
from operations.kit.ending import End, ending
from operations.kit.journal import Fenced, Hold, Journal, KeyTaken
from operations.kit.plan import encoded
from operations.kit.problems import Problem
from operations.kit.recording import recorded
from operations.kit.sending import Came, Sender, inverses
from operations.kit.tables import (
    ALREADY,
    COMPENSATED,
    COMPENSATING,
    DONE,
    FAILED,
    FROZEN,
    IN_DOUBT,
    INTENDED,
    REFUSED,
    RUNNING,
    SKIPPED,
    SUCCEEDED,
    UNDONE,
    UNKNOWN,
    UNPROVEN,
    WAITING,
    OperationRun,
    OperationStep,
)
from sources.ports.errors import SourceError
from sources.ports.write import Secret

log = logging.getLogger("okno.operations")

_STOPS: Final = (REFUSED, UNPROVEN, IN_DOUBT)
"""States of a step behind which a run does not go on."""
_ATTEMPTS: Final = 3
"""How many processes may fail with a run, one after another, in a way that nobody has foreseen."""
UNSHOWN_FOR: Final = 120.0
"""Seconds that a secret waits in memory for its caller to fetch it."""


class Guard(Protocol):
    """Who is asked again before anything is sent."""

    async def hindrance(self, run: OperationRun, sources: Sequence[str]) -> Problem | None:
        """What stands in the way of a run now: a freeze, or rights that have ended."""
        ...


@dataclass(frozen=True, slots=True)
class Unshown:
    """Secrets of a run that nobody has seen yet, by step. Units: `until` in seconds of `time.monotonic()`."""

    by_step: Mapping[str, Secret]
    until: float


class Runner:
    """The only one that sends anything. Every run of this process is a task of it."""

    def __init__(self, journal: Journal, sender: Sender, guard: Guard, events: Mapping[str, str]) -> None:
        self._journal = journal
        self._sender = sender
        self._guard = guard
        self._events = events
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unshown: dict[str, Unshown] = {}
        self._closing = False

    def start(self, hold: Hold, run: OperationRun) -> "asyncio.Task[None]":
        """Carry a run out beside whatever else goes on."""
        task = asyncio.create_task(self._kept(hold, run), name=f"operation {run.id}")
        self._tasks[run.id] = task
        task.add_done_callback(lambda done: self._forget(run.id, done))
        return task

    def _forget(self, run: str, task: "asyncio.Task[None]") -> None:
        if self._tasks.get(run) is task:  # a process that was late may have taken its own run up again
            del self._tasks[run]

    def code(self, run: OperationRun) -> str:
        """The code of a run's events in the trail; an operation that is gone since has none of its own."""
        return self._events.get(run.name, "operation.ended")

    def _code_of(self, run: OperationRun, row: OperationStep) -> str:
        """The code of one step's events: in a scenario that of the part, so that what was done is found under its name."""
        return self._events.get(str(run.plan.get("parts", {}).get(row.name)), self.code(run))

    async def close(self, patience: float = 5.0) -> None:
        """Let what is under way end. What does not in time is let go, or taken up by another process when its lease is over."""
        if self._tasks:
            _done, left = await asyncio.wait(self._tasks.values(), timeout=patience)
            self._closing = True
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    def take_secrets(self, run: str) -> Mapping[str, Secret]:
        """The secrets of a run, once."""
        now = time.monotonic()
        for name in [name for name, each in self._unshown.items() if each.until < now]:
            del self._unshown[name]
        found = self._unshown.pop(run, None)
        return {} if found is None else found.by_step

    async def _kept(self, hold: Hold, run: OperationRun) -> None:
        try:
            await self._held(hold, run, asyncio.current_task())
        except Fenced:
            log.warning("operation %s was taken over by another process", run.id)
        except TrailUnavailable:
            log.exception("operation %s stops: it cannot be recorded; it is taken up when its lease is over", run.id)
        except asyncio.CancelledError:
            if self._closing:
                with suppress(TrailUnavailable):
                    await self._journal.release(hold)
            raise
        except Exception:
            log.exception("operation %s stops: unforeseen; it is taken up when its lease is over", run.id)
            if hold.epoch >= _ATTEMPTS:
                await self._given_up(hold, run)

    async def _given_up(self, hold: Hold, run: OperationRun) -> None:
        """End a run that nobody can carry out: by what is known of it, which may be that nothing was done."""
        why = f"it could not be carried out, {hold.epoch} times; see the log"
        try:
            rows = await self._journal.steps(run.id)
            row = next((each for each in rows if each.state in (WAITING, INTENDED)), None)
            if row is None or row.state == INTENDED or run.state == COMPENSATING:
                await self._finish(hold, run, UNKNOWN, why)
            else:
                await self._stopped(hold, run, row, Came(SKIPPED, why))
        except (Fenced, TrailUnavailable):
            log.warning("operation %s is left to whoever takes it up", run.id)
        except Exception:
            log.exception("operation %s cannot be ended either", run.id)

    async def _held(self, hold: Hold, run: OperationRun, task: "asyncio.Task[None] | None" = None) -> None:
        """Carry a run out and keep it meanwhile. Shape: `task` ends at once when another process has taken the run over."""
        beat = asyncio.create_task(self._beat(hold, run.id, task), name=f"lease of {run.id}")
        try:
            await self.carry_out(hold, run)
        finally:
            beat.cancel()

    async def _beat(self, hold: Hold, run: str, task: "asyncio.Task[None] | None") -> None:
        """Renew a run's lease as long as it is worked on: an effect may be waited for longer than a lease lasts."""
        rows = await self._journal.steps(run)
        lease = max((self._sender.lease(str(each.step["call"]["source"])) for each in rows), default=None)
        while lease is not None:
            await asyncio.sleep(lease.total_seconds() / 3)
            try:
                await self._journal.renew(hold, lease)
            except Fenced:
                if task is not None:
                    task.cancel()
                return
            except TrailUnavailable:
                continue  # the next beat tries again; if none succeeds, another process takes the run up

    async def carry_out(self, hold: Hold, run: OperationRun) -> None:
        """Take a run to its end. Raises: Fenced; TrailUnavailable."""
        rows = await self._journal.steps(run.id)
        if run.state == COMPENSATING:
            await self._compensate(hold, run, rows)
            return
        shown: dict[str, Secret] = {}
        made = {row.name: row.made for row in rows if row.made is not None}
        for row in rows:
            if row.state in _STOPS and self._may_fail(run, row.state):
                continue
            if row.state in _STOPS:
                # a process has written down what came of the step, and died before it could end the run
                await self._stopped(hold, run, row, Came(row.state, row.problem))
                return
            if row.state not in (WAITING, INTENDED):
                continue
            if row.state == WAITING and await self._bereft(hold, run, row):
                continue
            hindered = await self._hindered(hold, run, row)
            if hindered:
                return
            last = row is rows[-1] and not goes_on(run.plan) and not shown
            success = partial(self._success, run) if last else None
            came = await self._sender.send(hold, run, row, self._code_of(run, row), made, success)
            if came.ended:
                run.state = SUCCEEDED
                return
            if came.made is not None:
                made[row.name] = came.made
            if came.secret is not None:
                shown[row.name] = came.secret
            if came.state != DONE and not self._may_fail(run, came.state):
                await self._stopped(hold, run, row, came)
                return
        if shown:
            self._unshown[run.id] = Unshown(shown, time.monotonic() + UNSHOWN_FOR)
        await self._ended(hold, run)

    def _success(self, run: OperationRun) -> End:
        return ending(run, self.code(run), SUCCEEDED, self._journal.clock())

    def _may_fail(self, run: OperationRun, state: str) -> bool:
        """Whether a run goes on behind a step that ended so: never where nobody knows what was done."""
        return state != IN_DOUBT and goes_on(run.plan)

    async def _bereft(self, hold: Hold, run: OperationRun, row: OperationStep) -> bool:
        """Whether an earlier step of the same part has failed; the rest of that part is then left."""
        if not goes_on(run.plan):
            return False
        part = row.name.partition(".")[0]
        rows = await self._journal.steps(run.id)
        if not any(each.state in _STOPS and each.name.partition(".")[0] == part for each in rows):
            return False
        why = "an earlier step of the same part has failed"
        await self._journal.outcome(hold, row.number, {"state": SKIPPED, "problem": why})
        return True

    async def _ended(self, hold: Hold, run: OperationRun) -> None:
        """Every step has had its turn: a run that went on behind one that failed, or left a part out, is no success."""
        rows = await self._journal.steps(run.id) if goes_on(run.plan) else []
        failed = [each for each in rows if each.state in _STOPS]
        wrong = [f"{each.name}: {each.problem}" for each in failed] + list(run.plan.get("leftOut", ()))
        if wrong:
            first = failed[0].name if failed else None
            await self._finish(hold, run, FAILED, f"the rest was done, but {'; '.join(wrong)}", step=first)
            return
        await self._finish(hold, run, SUCCEEDED)

    async def _hindered(self, hold: Hold, run: OperationRun, row: OperationStep) -> bool:
        """Whether something has come in the way since. A call that may be under way already is followed to its end."""
        if row.state == INTENDED:
            if not run.reveals:
                return False
            # the secret was in the memory of a process that is gone: nothing to show, so nothing to repeat
            came = Came(IN_DOUBT, "the process that made it ended; nobody has seen the secret")
            await self._sender.write_down(hold, run, row, self._code_of(run, row), came, row.attempts)
            await self._stopped(hold, run, row, came)
            return True
        found = await self._guard.hindrance(run, [str(row.step["call"]["source"])])
        if found is None:
            return False
        state = FROZEN if found.kind == "Frozen" else FAILED
        done = [each for each in await self._journal.steps(run.id) if each.state == DONE]
        if done and state == FAILED:
            await self._stopped(hold, run, row, Came(SKIPPED, found.message))
        else:
            await self._finish(hold, run, state, found.message, kind=found.kind)
        return True

    async def _stopped(self, hold: Hold, run: OperationRun, row: OperationStep, came: Came) -> None:
        """A step did not come to its end: what was done before is taken back, unless nobody knows what was done."""
        if came.state == IN_DOUBT:
            await self._finish(hold, run, UNKNOWN, came.problem)
            return
        rows = await self._journal.steps(run.id)
        if not goes_on(run.plan) and any(each.state == DONE and each.step["inverse"] is not None for each in rows):
            note = {"kind": "SourceRejected", "code": "SOURCE_REJECTED", "message": came.problem, "step": row.name}
            await self._journal.move(
                hold,
                {"state": COMPENSATING, "problem": note},
                recorded(run, self.code(run), "outcome", "failure", detail={"state": COMPENSATING}),
            )
            run.state, run.problem = COMPENSATING, note
            await self._compensate(hold, run, rows)
            return
        await self._finish(hold, run, FAILED, came.problem, step=row.name)

    async def _compensate(self, hold: Hold, run: OperationRun, rows: Sequence[OperationStep]) -> None:
        """Take back what was done, by a run of its own."""
        child = await self.take_back(run, rows, "COMPENSATION", f"compensate {run.id}")
        ended = await self._journal.run(child)
        if ended is None or ended.state in (RUNNING, COMPENSATING):
            return  # another process is at work on it; this run is taken up again when the lease is over
        state = COMPENSATED if ended.state == SUCCEEDED else FAILED
        if state == COMPENSATED:
            for row in rows:
                if row.state == DONE and row.step["inverse"] is not None:
                    await self._journal.outcome(hold, row.number, {"state": UNDONE})
        message = None if run.problem is None else run.problem.get("message")
        if state == FAILED:
            message = f"{message}; what was done before could not all be taken back"
        await self._finish(hold, run, state, message)

    async def take_back(self, run: OperationRun, rows: Sequence[OperationStep], origin: str, key: str) -> str:
        """Run the inverses of a run's steps, the last one first, to their end. Returns: the id of that run."""
        steps = inverses(run, rows)
        child = self._child(run, origin, key, [encoded(each) for each in steps])
        begun = await self._journal.by_key(child.caller, key)
        if begun is None:
            try:
                await self._held(await self._begin(run, child, steps), child)
                return child.id
            except KeyTaken as taken:
                begun = taken.run
        # it was begun before, when there was more to take back than there may be now
        source = str(begun.plan["steps"][0]["call"]["source"])
        hold = await self._journal.claim(begun.id, self._sender.lease(source))
        if hold is not None:
            await self._held(hold, begun)
        return begun.id

    async def _begin(self, run: OperationRun, child: OperationRun, steps: Sequence[Step]) -> Hold:
        made = [
            OperationStep(
                run=child.id,
                number=number,
                name=each.name,
                state=ALREADY if await self._is_so(each.call, child) else WAITING,
                step=encoded(each),
            )
            for number, each in enumerate(steps)
        ]
        begun = recorded(child, self.code(run), "decision", "success", detail={"parent": run.id})
        return await self._journal.begin(child, made, [], begun, lease=self._sender.lease(steps[0].call.source))

    async def _is_so(self, call: Call, run: OperationRun) -> bool:
        """Whether somebody has brought about already what a call would: then it is left alone."""
        try:
            return await self._sender.look(call, run) is not None
        except SourceError:
            return False

    def _child(self, run: OperationRun, origin: str, key: str, steps: list[dict[str, Any]]) -> OperationRun:
        now = self._journal.clock()
        return OperationRun(
            id=f"{run.id[:30]}-{origin[:1].lower()}{hash_of(key)}",
            name=run.name,
            state=RUNNING,
            caller=run.caller if origin == "UNDO" else "okno",
            team=run.team,
            viewer=run.viewer,
            employee_id=run.employee_id,
            employee_login=run.employee_login,
            given={},
            key=key,
            fingerprint=run.fingerprint,
            plan={"steps": steps},
            plan_hash=run.plan_hash,
            reason=run.reason,
            ticket=run.ticket,
            policy=run.policy,
            origin=origin,
            parent=run.id,
            created_at=now,
            changed_at=now,
            trace=run.trace,
        )

    async def _finish(
        self,
        hold: Hold,
        run: OperationRun,
        state: str,
        message: str | None = None,
        *,
        kind: str = "SourceRejected",
        step: str | None = None,
    ) -> None:
        end = ending(run, self.code(run), state, self._journal.clock(), message, kind=kind, step=step)
        await self._journal.move(hold, end.values, end.event)
        run.state = state


def hash_of(text: str) -> str:
    """A few letters that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:7]
