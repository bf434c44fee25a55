"""Journal: every change of a run's state, each in one transaction with its record in the trail."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail
from operations.kit.tables import (
    AWAITING,
    COMPENSATING,
    INTENDED,
    RUNNING,
    OperationApproval,
    OperationRun,
    OperationStep,
)
from sources.ports.call import utc_now

UNDER_WAY: Final = (RUNNING, COMPENSATING)
"""States in which some process has to be at work."""


class Fenced(Exception):
    """Another process has taken the run over; whatever this one was about to do must not happen."""


class KeyTaken(Exception):
    """The caller's key stands for another run already. Shape: `run` is that one."""

    def __init__(self, run: OperationRun) -> None:
        super().__init__(run.id)
        self.run = run


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

    async def begin(
        self,
        run: OperationRun,
        steps: Sequence[OperationStep],
        approvals: Sequence[OperationApproval],
        *events: Event,
        lease: timedelta | None = None,
    ) -> Hold:
        """Write a run down, with everything of it. With a `lease` this process goes on at once.

        Raises: KeyTaken; AuditUnavailable.
        """
        if lease is not None:
            run.epoch, run.lease_owner, run.lease_until = 1, self.owner, self.clock() + lease

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(OperationRun), [_row(run)])
            if steps:
                await connection.execute(insert(OperationStep), [_row(each) for each in steps])
            if approvals:
                await connection.execute(insert(OperationApproval), [_row(each) for each in approvals])
            return True

        try:
            await self.trail.together(work, *events)
        except IntegrityError:
            taken = await self.by_key(run.caller, run.key)
            if taken is None:
                raise
            raise KeyTaken(taken) from None
        return Hold(run.id, run.epoch)

    async def claim(self, run: str, lease: timedelta, *events: Event) -> Hold | None:
        """Take a run that nobody is at work on; None where somebody is, or it is not under way."""
        now = self.clock()
        free = or_(col(OperationRun.lease_until).is_(None), col(OperationRun.lease_until) <= now)

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(OperationRun)
                .where(col(OperationRun.id) == run, col(OperationRun.state).in_(UNDER_WAY), free)
                .values(epoch=col(OperationRun.epoch) + 1, lease_owner=self.owner, lease_until=now + lease)
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
            {"lease_until": now + lease, "changed_at": now},
            _step(hold.run, number).values(
                state=INTENDED, intended_at=now, attempts=col(OperationStep.attempts) + 1, problem=None
            ),
            events,
        )

    async def renew(self, hold: Hold, lease: timedelta) -> None:
        """Keep a run for as long again. Raises: Fenced; TrailUnavailable."""
        await self._held(hold, {"lease_until": self.clock() + lease}, None, ())

    async def outcome(self, hold: Hold, number: int, values: Mapping[str, Any], *events: Event) -> None:
        """Write down what came of a step. Raises: Fenced; AuditUnavailable."""
        await self._held(hold, {"changed_at": self.clock()}, _step(hold.run, number).values(**values), events)

    async def move(self, hold: Hold, values: Mapping[str, Any], *events: Event) -> None:
        """Change the run's own state. Raises: Fenced; AuditUnavailable."""
        await self._held(hold, {"changed_at": self.clock(), **values}, None, events)

    async def _held(self, hold: Hold, values: Mapping[str, Any], step: Any, events: Sequence[Event]) -> None:
        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(OperationRun)
                .where(
                    col(OperationRun.id) == hold.run,
                    col(OperationRun.epoch) == hold.epoch,
                    col(OperationRun.lease_owner) == self.owner,
                )
                .values(**values)
            )
            if not done.rowcount:
                return False
            if step is not None:
                await connection.execute(step)
            return True

        if await self.trail.together(work, *events) is None:
            raise Fenced(hold.run)

    async def change(self, run: str, among: Sequence[str], values: Mapping[str, Any], *events: Event) -> bool:
        """Change a run that nobody is at work on, if it is in one of these states still."""

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
            col(OperationRun.state).in_(UNDER_WAY), col(OperationRun.lease_until) <= self.clock(), most=most
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
        wanted = select(func.count()).where(
            col(OperationRun.caller) == caller, col(OperationRun.name) == name, col(OperationRun.created_at) >= since
        )
        async with self._engine.connect() as connection:
            return int((await connection.execute(wanted)).scalar_one())

    async def _runs(self, *conditions: ColumnElement[bool], most: int = 1) -> list[OperationRun]:
        wanted = (
            select(OperationRun)
            .where(*conditions)
            .order_by(col(OperationRun.created_at).desc(), col(OperationRun.id).desc())
            .limit(most)
        )
        async with self._engine.connect() as connection:
            return [OperationRun(**row) for row in (await connection.execute(wanted)).mappings()]


def _row(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).model_fields}


def _step(run: str, number: int) -> Any:
    return update(OperationStep).where(col(OperationStep.run) == run, col(OperationStep.number) == number)
