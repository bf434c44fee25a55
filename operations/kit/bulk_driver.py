"""Driver: takes the items of bulks to their ends, a few at once; takes up the bulks of a process that is gone."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from audit.event import Event, Outcome, Stage
from audit.trail import TrailUnavailable
from operations.kit.acting import Acting
from operations.kit.bulk import signed_in_at
from operations.kit.bulk_store import LEFT, BulkStore, Drive, Standing, Stopped
from operations.kit.bulk_tables import BEGUN, ENDED, PAUSED, REFUSED, WAITING, OperationBulk
from operations.kit.given import entries
from operations.kit.obligations import Purpose
from operations.kit.problems import Problem
from operations.kit.runs import UNDER_WAY
from operations.kit.tables import FROZEN, OperationRun
from operations.kit.wish import Payload, Wish
from resolvers import ids
from resolvers.asking import Viewer
from sources.ports.call import CallContext

log = logging.getLogger("okno.operations")
EVERY: Final = 1.0
"""Seconds between two looks for bulks that nobody drives."""
LEASE: Final = timedelta(seconds=15)
_PAUSE: Final = 0.1
"""Seconds between two looks at a run that takes long."""


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """Whoever asked for a bulk, with the rights they have now, and a call of its own for one item."""

    viewer: Viewer
    call: CallContext


class Driver:
    """One of each process; the store sees to it that each bulk is driven by one."""

    def __init__(
        self, store: BulkStore, acting: Acting, *, at_once: int = 4, every: float = EVERY, lease: timedelta = LEASE
    ) -> None:
        self._store = store
        self._acting = acting
        self._at_once = at_once
        self._every = every
        self._lease = lease
        self._task: asyncio.Task[None] | None = None
        self._driving: dict[str, asyncio.Task[None]] = {}
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._keep(), name="bulks")

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    async def close(self) -> None:
        """Stop. What is under way is gone on with by another process at once; items that have begun are not begun again."""
        left = [each for each in (self._task, *self._driving.values()) if each is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._woken.wait()
            self._woken.clear()
            try:
                await self.look()
            except TrailUnavailable:
                log.warning("bulks cannot be looked after: the trail cannot be written")
            except Exception:
                log.exception("bulks cannot be looked after now")

    async def look(self) -> None:
        """Take up every bulk that nobody drives."""
        for bulk in await self._store.undriven():
            if bulk.id in self._driving:
                continue
            taken = [] if bulk.lease_owner is None else [_told(bulk, "bulk.taken_up", "decision", "success")]
            drive = await self._store.claim(bulk.id, self._lease, *taken)
            if drive is not None:
                task = asyncio.create_task(self._driven(drive, bulk), name=f"bulk {bulk.id}")
                self._driving[bulk.id] = task
                task.add_done_callback(partial(self._forget, bulk.id))

    def _forget(self, bulk: str, _task: "asyncio.Task[None]") -> None:
        del self._driving[bulk]

    async def _driven(self, drive: Drive, bulk: OperationBulk) -> None:
        beat = asyncio.create_task(self._beat(drive, asyncio.current_task()), name=f"lease of bulk {bulk.id}")
        try:
            await self.drive(drive, bulk)
        except asyncio.CancelledError:
            with suppress(Stopped, TrailUnavailable):
                await self._store.release(drive)  # this process ends, or is too late
            raise
        except TrailUnavailable:
            log.warning("bulk %s stops: it cannot be recorded; it is taken up when its lease is over", bulk.id)
            return
        except Exception:
            log.exception("bulk %s stops: unforeseen; it is taken up when its lease is over", bulk.id)
            return
        finally:
            beat.cancel()
        with suppress(Stopped, TrailUnavailable):
            await self._store.release(drive)

    async def _beat(self, drive: Drive, task: "asyncio.Task[None] | None") -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                await self._store.renew(drive, self._lease)
            except Stopped:
                if task is not None:
                    task.cancel()  # another process has it
                return
            except TrailUnavailable:
                continue  # the next beat tries again

    async def drive(self, drive: Drive, bulk: OperationBulk) -> None:
        """Take a bulk to its end, or to where it rests. Raises: TrailUnavailable."""
        gate, rests = asyncio.Semaphore(self._at_once), asyncio.Event()
        unrecorded: list[TrailUnavailable] = []

        async def one(standing: Standing) -> None:
            async with gate:
                if rests.is_set():
                    return
                try:
                    goes_on = await self._one(drive, bulk, standing)
                except TrailUnavailable as failure:
                    unrecorded.append(failure)
                    goes_on = False
                if not goes_on:
                    rests.set()

        left = [each for each in await self._store.items(bulk.id) if each.item.state in LEFT]
        async with asyncio.TaskGroup() as group:
            for standing in left:
                group.create_task(one(standing))
        if unrecorded:
            raise unrecorded[0]
        if not rests.is_set():
            with suppress(Stopped):
                await self._end(drive, bulk)

    async def _one(self, drive: Drive, bulk: OperationBulk, standing: Standing) -> bool:
        """Take one item to its end. Returns: whether the bulk goes on. Raises: TrailUnavailable."""
        number = standing.item.number
        try:
            await self._store.take(drive, number)
            behind = self._behind(bulk)
            if behind is None:
                gone = Problem("NotAllowed", "NOT_ALLOWED", "whoever asked for it is not in the team any more")
                return await self._rest(drive, bulk, number, gone)
            payload = await self._acted(behind, bulk, self._wish(bulk, standing))
            stops = next((each for each in payload.problems if each.kind == "Frozen"), None)
            if payload.run is None and stops is not None:
                return await self._rest(drive, bulk, number, stops)
            if any(each.kind == "AuditUnavailable" for each in payload.problems):
                raise TrailUnavailable("an item could not be recorded")
            run = await self._followed(payload.run)
            await self._store.put(drive, number, _came(payload, run))
            if run is not None and run.state == FROZEN:
                why = Problem("Frozen", "FROZEN", str((run.problem or {}).get("message", "it is frozen")))
                return await self._rest(drive, bulk, None, why)
        except Stopped:
            return False
        return True

    async def _acted(self, behind: OnBehalf, bulk: OperationBulk, wish: Wish) -> Payload:
        """What comes of one item. What nobody has foreseen is the end of that item, not of the bulk."""
        try:
            return await self._acting.act(behind, bulk.name, wish)
        except Exception:
            log.exception("an item of bulk %s stops: unforeseen", bulk.id)
            run = await self._acting.journal.by_key(bulk.caller, wish.key)
            why = Problem("NotPossible", "UNFORESEEN", "it could not be carried out; see the log")
            return Payload(run=run, problems=[why])

    async def _followed(self, run: OperationRun | None) -> OperationRun | None:
        """A run that is not under way any more: not more than a few are, at any moment."""
        while run is not None and run.state in UNDER_WAY:
            await asyncio.sleep(_PAUSE)
            run = await self._acting.journal.run(run.id)
        return run

    async def _rest(self, drive: Drive, bulk: OperationBulk, number: int | None, why: Problem) -> bool:
        """Let a bulk rest until somebody lets it go on. Raises: Stopped; TrailUnavailable."""
        if number is not None:
            await self._store.put(drive, number, {"state": WAITING})
        values = {"state": PAUSED, "problem": _note(why)}
        await self._store.rest(drive, values, _told(bulk, "bulk.paused", "decision", "success", {"problem": why.code}))
        return False

    async def _end(self, drive: Drive, bulk: OperationBulk) -> None:
        items = await self._store.items(bulk.id)
        if any(each.item.state in LEFT for each in items):
            return  # it was let go on meanwhile with more; it is taken up again at once
        counted = dict(Counter(each.state for each in items))
        values: dict[str, Any] = {"state": ENDED, "ended_at": self._store.clock()}
        await self._store.rest(drive, values, _told(bulk, "bulk.ended", "outcome", "success", {"counted": counted}))

    def _behind(self, bulk: OperationBulk) -> OnBehalf | None:
        viewer = self._acting.deciding.again(bulk)
        if viewer is None:
            return None
        signed = replace(viewer, session=bulk.viewer.get("session"), authenticated_at=signed_in_at(bulk))
        return OnBehalf(signed, self._acting.deciding.call_for(signed, bulk.trace or bulk.id))

    def _wish(self, bulk: OperationBulk, standing: Standing) -> Wish:
        item = standing.item
        return Wish(
            employee=ids.encode("Employee", "directory", item.employee_id),
            said=_said(self._acting.operations[bulk.name].given, bulk.given),
            purpose=Purpose(bulk.reason, item.ticket),
            # the same however often an item is begun with: a process that takes it up finds the run that there is
            key=f"bulk {bulk.id} {item.number} {item.attempt}",
            apply=True,
            plan_hash=item.plan_hash if item.attempt == 0 else None,
            parent=bulk.id,
            origin="BULK",
        )


def _said(declared: type, kept_as: Mapping[str, Any]) -> dict[str, Any]:
    """The operation's own input as it was given."""
    moments = {each.name for each in entries(declared) if each.kind is datetime}
    return {
        name: datetime.fromisoformat(value) if name in moments else value
        for name, value in kept_as.items()
        if value is not None
    }


def _came(payload: Payload, run: OperationRun | None) -> dict[str, Any]:
    if run is not None:
        return {"state": BEGUN, "run": run.id, "problem": None}
    return {"state": REFUSED, "run": None, "problem": _note(payload.problems[0]) if payload.problems else None}


def _note(problem: Problem) -> dict[str, Any]:
    return {"kind": problem.kind, "code": problem.code, "message": problem.message, "path": list(problem.path)}


def _told(
    bulk: OperationBulk, code: str, stage: Stage, outcome: Outcome, detail: Mapping[str, Any] | None = None
) -> Event:
    return Event(
        code=code,
        stage=stage,
        outcome=outcome,
        operator=bulk.caller,
        team=bulk.team,
        session=bulk.viewer.get("session"),
        reason=bulk.reason,
        policy=bulk.policy,
        trace=bulk.trace,
        detail={"bulk": bulk.id, "name": bulk.name, **(detail or {})},
    )
