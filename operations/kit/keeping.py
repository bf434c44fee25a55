"""Keeping: looks after runs that nobody is at work on. Takes up what a dead process left, takes back what is due, ends what waited too long."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final

from audit.event import Outcome
from audit.trail import TrailUnavailable
from operations.kit.journal import Fenced, Journal
from operations.kit.last_resort import LastResort
from operations.kit.recording import recorded
from operations.kit.runner import Runner
from operations.kit.sending import Sender, inverses
from operations.kit.tables import AWAITING, EXPIRED, FAILED, IN_DOUBT, SUCCEEDED, UNKNOWN, OperationRun

_ENDS: Final[Mapping[str, Outcome]] = {SUCCEEDED: "success", FAILED: "failure", UNKNOWN: "unknown"}
log = logging.getLogger("okno.operations")

EVERY: Final = 1.0
"""Seconds between two looks."""
AGAIN: Final = timedelta(minutes=1)
"""After this a change that could not be taken back is tried again."""


class Keeper:
    """One of each process; the journal sees to it that each run is kept by one."""

    def __init__(
        self,
        journal: Journal,
        runner: Runner,
        sender: Sender,
        every: float = EVERY,
        again: timedelta = AGAIN,
        last_resort: LastResort | None = None,
    ) -> None:
        self._last_resort = last_resort
        self._journal = journal
        self._runner = runner
        self._sender = sender
        self._every = every
        self._again = again
        self._task: asyncio.Task[None] | None = None
        self._taking_back: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._keep(), name="operations keeper")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        left = list(self._taking_back.values())
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._journal.bell.close()

    async def _keep(self) -> None:
        while True:
            await self._journal.bell.rest(self._every)
            try:
                await self.look()
            except TrailUnavailable:
                log.warning("runs cannot be looked after: the trail cannot be written")
            except Exception:
                log.exception("runs cannot be looked after now")

    async def look(self) -> None:
        """One look at everything."""
        for run in await self._journal.orphans():
            await self._alone(run, self._take_up)
        for run in await self._journal.overdue():
            event = recorded(run, self._runner.code(run), "outcome", "denied", detail={"state": EXPIRED})
            await self._journal.change(
                run.id, (AWAITING,), {"state": EXPIRED, "ended_at": self._journal.clock()}, event
            )
        for run in await self._journal.due():
            # an effect may take minutes to show; others are looked after meanwhile
            if run.id not in self._taking_back:
                task = asyncio.create_task(self._alone(run, self._take_back), name=f"taking back {run.id}")
                self._taking_back[run.id] = task
                task.add_done_callback(partial(self._taken_back, run.id))
        if self._last_resort is not None:
            await self._last_resort.look()

    def _taken_back(self, run: str, _task: "asyncio.Task[None]") -> None:
        del self._taking_back[run]

    async def _alone(self, run: OperationRun, kept: Callable[[OperationRun], Awaitable[None]]) -> None:
        """Look after one run; what is wrong with it keeps no other from being looked after."""
        try:
            await kept(run)
        except TrailUnavailable:
            log.warning("operation %s cannot be looked after: the trail cannot be written", run.id)
        except Exception:
            log.exception("operation %s cannot be looked after now", run.id)

    async def _take_up(self, run: OperationRun) -> None:
        source = await self._next_source(run)
        taken = recorded(run, "operation.taken_up", "decision", "success", detail={"from": run.lease_owner})
        hold = await self._journal.claim(run.id, self._sender.lease(source), taken)
        if hold is not None:
            log.warning("operation %s is taken up", run.id)
            # whoever had it may have gone on between the look and the claim
            self._runner.start(hold, await self._journal.run(run.id) or run)

    async def _next_source(self, run: OperationRun) -> str:
        rows = await self._journal.steps(run.id)
        open_ = [each for each in rows if each.state in ("WAITING", "INTENDED")] or rows
        return str(open_[0].step["call"]["source"])

    async def _take_back(self, run: OperationRun) -> None:
        """End a temporary change. It goes on whatever is frozen: rights that were lent end on time."""
        if run.state != SUCCEEDED:
            return
        rows = await self._journal.steps(run.id)
        if not inverses(run, rows):
            await self._journal.take_off(run.id, run.due_at, {"due_at": None})  # it was so before, and stays
            return
        try:
            # each attempt is a run of its own, named after the moment that it was due
            child = await self._runner.take_back(run, rows, "REVERT", f"revert {run.id} {run.due_at}")
        except Fenced:
            return
        ended = await self._journal.run(child)
        if ended is None or ended.state not in _ENDS:
            return  # another process is at work on it
        values: dict[str, Any] = {"undone_by": child, "due_at": None}
        if ended.state != SUCCEEDED and await self._may_repeat(child):
            # rights that were lent do not stay because a system was down when they ended
            values = {"due_at": self._journal.clock() + self._again}
        reverted = recorded(run, "operation.reverted", "outcome", _ENDS[ended.state], detail={"run": child})
        await self._journal.take_off(run.id, run.due_at, values, reverted)

    async def _may_repeat(self, run: str) -> bool:
        """Whether a run may be tried again without asking a person: not where a blind call is in doubt."""
        calls = [each.step["call"] for each in await self._journal.steps(run) if each.state == IN_DOUBT]
        return all(self._sender.repeats(str(each["source"]), str(each["write"])) for each in calls)
