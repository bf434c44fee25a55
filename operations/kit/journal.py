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

from sqlalchemy import ColumnElement, DateTime, Table, and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail, TrailUnavailable
from operations.kit.tables import (
    AWAITING,
    COMPENSATING,
    INTENDED,
    RUNNING,
    OperationApproval,
    OperationRun,
    OperationStep,
)
from operations.kit.waking import Bell
from sources.ports.call import utc_now

_RUNS: Final = cast("Table", OperationRun.__table__)  # type: ignore[attr-defined]  # a mapped class is an order dearer
_STEPS: Final = cast("Table", OperationStep.__table__)  # type: ignore[attr-defined]  # as above
_BEGIN: Final = insert(_RUNS)
_HELD: Final = update(_RUNS).where(
    _RUNS.c.id == bindparam("held_run"),
    _RUNS.c.epoch == bindparam("held_epoch"),
    _RUNS.c.lease_owner == bindparam("held_owner"),
)
UNDER_WAY: Final = (RUNNING, COMPENSATING)
"""States in which some process has to be at work."""


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


@dataclass(frozen=True, slots=True)
class RunsWanted:
    """Which runs to list. All given conditions hold at once."""

    employee_id: str | None = None
    caller: str | None = None
    states: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    before: tuple[datetime, str] | None = None
    since: datetime | None = None


class Journal:
    """The runs of all processes. Everything that changes goes through the trail's writer; nothing is done without record."""

    def __init__(self, trail: Trail, engine: AsyncEngine, clock: Callable[[], datetime] = utc_now) -> None:
        self.trail = trail
        self.clock = clock
        self.owner = secrets.token_hex(8)
        self._engine = engine
        self._on_a_server = engine.dialect.name == "postgresql"
        self.bell = Bell(engine)

    def _now(self) -> Any:
        """Now, as leases are told by."""
        return func.clock_timestamp(type_=DateTime(timezone=True)) if self._on_a_server else self.clock()

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
        row = _row(run)
        if lease is not None:
            run.epoch, run.lease_owner, run.lease_until = 1, self.owner, self.clock() + lease
            row = {**_row(run), "lease_until": self._now() + lease}

        async def work(connection: AsyncConnection) -> bool:
            if limit is not None:
                await self._in_turn(connection, run)
            await connection.execute(*_split(_BEGIN, row))
            if steps:
                await connection.execute(insert(_STEPS), [_row(each) for each in steps])
            if approvals:
                await connection.execute(insert(OperationApproval), [_row(each) for each in approvals])
            if limit is not None and await _counted(connection, run.caller, run.name, limit.since) > limit.most:
                raise LimitReached
            return True

        for turn in range(_TURNS):
            try:
                await self.trail.together(work, *events)
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
        await self._held(
            hold,
            {"lease_until": self._now() + lease, "changed_at": now},
            _step(hold.run, number).values(
                state=INTENDED, intended_at=now, attempts=col(OperationStep.attempts) + 1, problem=None
            ),
            events,
        )

    async def renew(self, hold: Hold, lease: timedelta) -> None:
        """Keep a run for as long again. Raises: Fenced; TrailUnavailable."""
        await self._held(hold, {"lease_until": self._now() + lease}, None, ())

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

    async def outcome(self, hold: Hold, number: int, values: Mapping[str, Any], *events: Event) -> None:
        """Write down what came of a step. Raises: Fenced; AuditUnavailable."""
        await self._held(hold, {"changed_at": self.clock()}, _step(hold.run, number).values(**values), events)

    async def move(self, hold: Hold, values: Mapping[str, Any], *events: Event) -> None:
        """Change the run's own state. Raises: Fenced; AuditUnavailable."""
        await self._held(hold, {"changed_at": self.clock(), **values}, None, events)

    async def _held(self, hold: Hold, values: Mapping[str, Any], step: Any, events: Sequence[Event]) -> None:
        async def work(connection: AsyncConnection) -> bool:
            mine = {"held_run": hold.run, "held_epoch": hold.epoch, "held_owner": self.owner}
            done = await connection.execute(*_split(_HELD, values, **mine))
            if not done.rowcount:
                return False
            if step is not None:
                await connection.execute(step)
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

    async def run(self, id_: str) -> OperationRun | None:
        """One run."""
        return next(iter(await self._runs(col(OperationRun.id) == id_)), None)

    async def by_key(self, caller: str, key: str) -> OperationRun | None:
        """The run that a caller's key stands for."""
        return next(
            iter(await self._runs(and_(col(OperationRun.caller) == caller, col(OperationRun.key) == key))), None
        )

    async def runs(self, wanted: RunsWanted, most: int) -> list[OperationRun]:
        """Runs, the newest first."""
        conditions: list[ColumnElement[bool]] = []
        if wanted.employee_id is not None:
            conditions.append(col(OperationRun.employee_id) == wanted.employee_id)
        if wanted.caller is not None:
            conditions.append(or_(col(OperationRun.caller) == wanted.caller, col(OperationRun.holder) == wanted.caller))
        if wanted.states:
            conditions.append(col(OperationRun.state).in_(wanted.states))
        if wanted.names:
            conditions.append(col(OperationRun.name).in_(wanted.names))
        if wanted.since is not None:
            conditions.append(col(OperationRun.created_at) >= wanted.since)
        if wanted.before is not None:
            at, id_ = wanted.before
            here = col(OperationRun.created_at)
            conditions.append(or_(here < at, and_(here == at, col(OperationRun.id) < id_)))
        return await self._runs(*conditions, most=most)

    async def orphans(self, most: int = 50) -> list[OperationRun]:
        """Runs under way whose process has let its lease end."""
        return await self._runs(
            col(OperationRun.state).in_(UNDER_WAY), col(OperationRun.lease_until) <= self._now(), most=most
        )

    async def due(self, most: int = 50) -> list[OperationRun]:
        """Temporary changes whose time is over."""
        return await self._runs(
            col(OperationRun.due_at) <= self.clock(), col(OperationRun.undone_by).is_(None), most=most
        )

    async def overdue(self, most: int = 50) -> list[OperationRun]:
        """Runs that have waited for an approval too long."""
        return await self._runs(
            col(OperationRun.state) == AWAITING, col(OperationRun.expires_at) <= self.clock(), most=most
        )

    async def steps(self, run: str) -> list[OperationStep]:
        """The steps of a run, in order."""
        wanted = select(OperationStep).where(col(OperationStep.run) == run).order_by(col(OperationStep.number))
        async with self._engine.connect() as connection:
            return [OperationStep(**row) for row in (await connection.execute(wanted)).mappings()]

    async def approvals(self, run: str) -> list[OperationApproval]:
        """What a run waits for, or has waited for."""
        wanted = select(OperationApproval).where(col(OperationApproval.run) == run)
        async with self._engine.connect() as connection:
            return [OperationApproval(**row) for row in (await connection.execute(wanted)).mappings()]

    async def count(self, caller: str, name: str, since: datetime) -> int:
        """How many runs of an operation a caller has begun since."""
        async with self._engine.connect() as connection:
            return await _counted(connection, caller, name, since)

    async def _runs(self, *conditions: ColumnElement[bool], most: int = 1) -> list[OperationRun]:
        wanted = (
            select(OperationRun)
            .where(*conditions)
            .order_by(col(OperationRun.created_at).desc(), col(OperationRun.id).desc())
            .limit(most)
        )
        async with self._engine.connect() as connection:
            return [OperationRun(**row) for row in (await connection.execute(wanted)).mappings()]


def _split(statement: Any, values: Mapping[str, Any], **known: Any) -> tuple[Any, dict[str, Any]]:
    """A statement that is made once, and its values; what the database has to work out becomes a part of it."""
    worked_out = {name: value for name, value in values.items() if isinstance(value, ColumnElement)}
    said = {name: value for name, value in values.items() if name not in worked_out}
    return (statement.values(**worked_out) if worked_out else statement), {**said, **known}


async def _counted(connection: AsyncConnection, caller: str, name: str, since: datetime) -> int:
    wanted = select(func.count()).where(
        col(OperationRun.caller) == caller, col(OperationRun.name) == name, col(OperationRun.created_at) >= since
    )
    return int((await connection.execute(wanted)).scalar_one())


def _row(record: Any) -> dict[str, Any]:
    said = vars(record)  # not by attributes: each is looked after by the mapper
    return {name: said[name] for name in type(record).model_fields}


def _step(run: str, number: int) -> Any:
    return update(_STEPS).where(_STEPS.c.run == run, _STEPS.c.number == number)
