"""Journal: every change of a run's state, each in one transaction with its record in the trail.

Processes on several machines have several clocks: on a server leases are told by its clock alone, on a file by the only
machine that there is.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    Table,
    Update,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail, TrailUnavailable
from operations.kit.runs import UNDER_WAY, Runs, counted
from operations.kit.tables import (
    AWAITING,
    INTENDED,
    OperationApproval,
    OperationRun,
    OperationStep,
)
from operations.kit.waking import Bell
from sources.ports.call import utc_now

_RUNS: Final = cast("Table", OperationRun.__table__)  # type: ignore[attr-defined]  # a mapped class is an order dearer
_STEPS: Final = cast("Table", OperationStep.__table__)  # type: ignore[attr-defined]  # as above
# statements are made once: to make one costs more than the database takes for it
_UNTIL: Final = func.clock_timestamp(type_=DateTime(timezone=True)) + bindparam("held_for", type_=Interval)
_BEGIN: Final = insert(_RUNS)
_BEGIN_HELD: Final = _BEGIN.values(lease_until=_UNTIL)
_HELD: Final = update(_RUNS).where(
    _RUNS.c.id == bindparam("held_run"),
    _RUNS.c.epoch == bindparam("held_epoch"),
    _RUNS.c.lease_owner == bindparam("held_owner"),
)
_HELD_ON: Final = _HELD.values(lease_until=_UNTIL)
_STEP: Final = update(_STEPS).where(_STEPS.c.run == bindparam("held_run"), _STEPS.c.number == bindparam("held_step"))
_TRIED: Final = _STEP.values(attempts=_STEPS.c.attempts + 1)

NO_END: Final[Mapping[str, Any]] = {}
"""Values of a run that does not end."""
_DEADLOCK: Final = "40P01"
_TURN: Final = 0.005
"""Seconds after which it is tried again where another process is at the same."""
_TURNS: Final = 400


class Fenced(Exception):
    """Another process has taken the run over; whatever this one was about to do must not happen."""


class KeyTaken(Exception):
    """The caller's key stands for another run already. Shape: `run` is that one."""

    def __init__(self, run: OperationRun) -> None:
        super().__init__(run.id)
        self.run = run


class LimitReached(Exception):
    """The caller has begun as many runs of this operation as they may; nothing is kept of this one."""


class _Busy(Exception):
    """Another process is beginning a run of the same caller and operation at this moment."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many runs of an operation a caller may begin since a moment, this one counted."""

    most: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """The right of one process to work on a run, until its lease ends or another one takes it."""

    run: str
    epoch: int


class Journal(Runs):
    """The runs of all processes. Everything that changes goes through the trail's writer; nothing is done without record."""

    def __init__(self, trail: Trail, engine: AsyncEngine, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(engine, clock)
        self.trail = trail
        self.owner = secrets.token_hex(8)
        self.bell = Bell(engine)

    async def begin(
        self,
        run: OperationRun,
        steps: Sequence[OperationStep],
        approvals: Sequence[OperationApproval],
        *events: Event,
        lease: timedelta | None = None,
        limit: Limit | None = None,
    ) -> Hold:
        """Write a run down, with everything of it. With a `lease` this process goes on at once.

        Raises: KeyTaken; LimitReached; TrailUnavailable, which says whether the run may stand in the journal all the same.
        """
        if lease is not None:
            run.epoch, run.lease_owner, run.lease_until = 1, self.owner, self.clock() + lease
        start, row = _BEGIN, _row(run)
        if lease is not None and self._on_a_server:
            start, row = _BEGIN_HELD, {**row, "held_for": lease}
            del row["lease_until"]

        async def work(connection: AsyncConnection) -> bool:
            if limit is not None:
                await self._in_turn(connection, run)
            await connection.execute(start, row)
            if steps:
                await connection.execute(insert(_STEPS), [_row(each) for each in steps])
            if approvals:
                await connection.execute(insert(OperationApproval), [_row(each) for each in approvals])
            if limit is not None and await counted(connection, run.caller, run.name, limit.since) > limit.most:
                raise LimitReached
            return True

        for turn in range(_TURNS):
            try:
                # who is told to try again would make all the others do so
                await self.trail.together(work, *events, apart=limit is not None and self._on_a_server)
                break
            except IntegrityError:
                taken = await self.by_key(run.caller, run.key)
                if taken is None:
                    raise
                raise KeyTaken(taken) from None
            except (_Busy, DBAPIError) as problem:
                deadlock = isinstance(problem, DBAPIError) and getattr(problem.orig, "sqlstate", None) == _DEADLOCK
                if not (deadlock or isinstance(problem, _Busy)):
                    raise
                if turn == _TURNS - 1:
                    raise TrailUnavailable("too many begin the same at this moment") from problem
                await asyncio.sleep(_TURN)
            except TrailUnavailable as failure:
                if not (failure.unsure and await self._is_there(run)):
                    raise
                break  # the answer was late, or lost, and the run is there: it goes on
        return Hold(run.id, run.epoch)

    async def _in_turn(self, connection: AsyncConnection, run: OperationRun) -> None:
        """Let one process at a time count a caller's runs. A file is written by one at a time as it is. Raises: _Busy."""
        if not self._on_a_server:
            return
        said = hashlib.sha256(f"{run.caller}\0{run.name}".encode()).digest()
        mine = select(func.pg_try_advisory_xact_lock(int.from_bytes(said[:8], signed=True)))
        # not waited for in a transaction of many: two that wait for each other would never end
        if not (await connection.execute(mine)).scalar_one():
            raise _Busy

    async def _is_there(self, run: OperationRun) -> bool:
        try:
            found = await self.by_key(run.caller, run.key)
        except Exception:  # noqa: BLE001  # the database is what is in doubt here
            return False
        return found is not None and found.id == run.id and found.epoch == run.epoch

    async def claim(self, run: str, lease: timedelta, *events: Event) -> Hold | None:
        """Take a run that nobody is at work on; None where somebody is, or it is not under way."""
        free = or_(col(OperationRun.lease_until).is_(None), col(OperationRun.lease_until) <= self._now())
        # whoever changes it at this moment has it: nobody waits, and no two wait for each other
        one = select(col(OperationRun.id)).where(
            col(OperationRun.id) == run, col(OperationRun.state).in_(UNDER_WAY), free
        )

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(OperationRun)
                .where(col(OperationRun.id).in_(one.with_for_update(skip_locked=True)))
                .values(epoch=col(OperationRun.epoch) + 1, lease_owner=self.owner, lease_until=self._now() + lease)
            )
            return bool(done.rowcount)

        if await self.trail.together(work, *events) is None:
            return None
        found = await self.run(run)
        return Hold(run, found.epoch) if found is not None and found.lease_owner == self.owner else None

    async def intend(self, hold: Hold, number: int, lease: timedelta, *events: Event) -> None:
        """Write down that a call is about to be made. Raises: Fenced; AuditUnavailable: then it must not be made."""
        now = self.clock()
        step = {"held_step": number, "state": INTENDED, "intended_at": now, "problem": None}
        await self._held(hold, {"changed_at": now}, events, lease=lease, step=(_TRIED, step))

    async def renew(self, hold: Hold, lease: timedelta) -> None:
        """Keep a run for as long again. Raises: Fenced; TrailUnavailable."""
        await self._held(hold, {}, (), lease=lease)

    async def release(self, hold: Hold) -> bool:
        """Let go of a run before its lease ends, for others to take up; not one of which a call may be on its way still."""

        async def work(connection: AsyncConnection) -> bool:
            sent = exists().where(col(OperationStep.run) == hold.run, col(OperationStep.state) == INTENDED)
            done = await connection.execute(
                update(OperationRun)
                .where(*self._mine(hold), col(OperationRun.state).in_(UNDER_WAY), ~sent)
                .values(lease_until=self._now(), lease_owner=None)
            )
            if done.rowcount:
                await self.bell.ring(connection, hold.run)
            return bool(done.rowcount)

        return await self.trail.together(work) is not None

    async def outcome(
        self, hold: Hold, number: int, values: Mapping[str, Any], *events: Event, end: Mapping[str, Any] = NO_END
    ) -> None:
        """Write down what came of a step. Shape: `end` are values of the run itself, where it ends with it.

        Raises: Fenced; TrailUnavailable.
        """
        step = (_STEP, {**values, "held_step": number})
        await self._held(hold, {"changed_at": self.clock(), **end}, events, step=step)

    async def move(self, hold: Hold, values: Mapping[str, Any], *events: Event) -> None:
        """Change the run's own state. Raises: Fenced; AuditUnavailable."""
        await self._held(hold, {"changed_at": self.clock(), **values}, events)

    async def _held(
        self,
        hold: Hold,
        values: Mapping[str, Any],
        events: Sequence[Event],
        *,
        lease: timedelta | None = None,
        step: tuple[Update, Mapping[str, Any]] | None = None,
    ) -> None:
        """Change a run, and one step of it, as long as this process holds it. Raises: Fenced; TrailUnavailable."""
        mine = {"held_run": hold.run, "held_epoch": hold.epoch, "held_owner": self.owner}
        change, said = _HELD, {**values, **mine}
        if lease is not None and self._on_a_server:
            change, said["held_for"] = _HELD_ON, lease
        elif lease is not None:
            said["lease_until"] = self.clock() + lease

        async def work(connection: AsyncConnection) -> bool:
            if not (await connection.execute(change, said)).rowcount:
                return False
            if step is not None:
                await connection.execute(step[0], {**step[1], "held_run": hold.run})
            return True

        if await self.trail.together(work, *events, apart=False) is None:
            raise Fenced(hold.run)

    def _mine(self, hold: Hold) -> tuple[ColumnElement[bool], ...]:
        return (
            col(OperationRun.id) == hold.run,
            col(OperationRun.epoch) == hold.epoch,
            col(OperationRun.lease_owner) == self.owner,
        )

    async def change(self, run: str, among: Sequence[str], values: Mapping[str, Any], *events: Event) -> bool:
        """Change a run that nobody is at work on, if it is in one of these states still.

        Shape: a `lease_until` among the values lets it go now, whatever this process takes for now.
        """
        if values.get("lease_until") is not None:
            values = {**values, "lease_until": self._now()}

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(OperationRun)
                .where(col(OperationRun.id) == run, col(OperationRun.state).in_(among))
                .values(changed_at=self.clock(), **values)
            )
            return bool(done.rowcount)

        return await self.trail.together(work, *events) is not None

    async def take_off(self, run: str, due: datetime | None, values: Mapping[str, Any], *events: Event) -> bool:
        """Change a run whose time is over, if it was due at that moment still: one process alone does."""

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(OperationRun)
                .where(
                    col(OperationRun.id) == run, col(OperationRun.due_at) == due, col(OperationRun.undone_by).is_(None)
                )
                .values(changed_at=self.clock(), **values)
            )
            return bool(done.rowcount)

        return await self.trail.together(work, *events) is not None

    async def decide(self, run: str, kind: str, values: Mapping[str, Any], *events: Event) -> bool:
        """Write an approval down, if the run waits for it still."""

        async def work(connection: AsyncConnection) -> bool:
            waits = select(col(OperationRun.id)).where(col(OperationRun.id) == run, col(OperationRun.state) == AWAITING)
            done = await connection.execute(
                update(OperationApproval)
                .where(
                    col(OperationApproval.run) == run,
                    col(OperationApproval.kind) == kind,
                    col(OperationApproval.decision).is_(None),
                    waits.exists(),
                )
                .values(**values)
            )
            return bool(done.rowcount)

        return await self.trail.together(work, *events) is not None


def _row(record: Any) -> dict[str, Any]:
    said = vars(record)  # not by attributes: each is looked after by the mapper
    return {name: said[name] for name in type(record).model_fields}
