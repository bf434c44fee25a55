"""Store of bulks: every change of one in a transaction with its record in the trail."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail, TrailUnavailable
from operations.kit.bulk_tables import (
    BEGINNING,
    CANCELLED,
    ENDED,
    RUNNING,
    WAITING,
    OperationBulk,
    OperationBulkItem,
)
from operations.kit.tables import OperationRun

LEFT: Final = (WAITING, BEGINNING)
"""States of items that a driver has still to take to their end."""
Bulk, Item = OperationBulk, OperationBulkItem
_TURN: Final = 0.005
"""Seconds after which it is tried again where another process is at the same."""
_TURNS: Final = 400


class BulkKeyTaken(Exception):
    """The caller's key stands for another bulk already. Shape: `bulk` is that one."""

    def __init__(self, bulk: OperationBulk) -> None:
        super().__init__(bulk.id)
        self.bulk = bulk


class TooMany(Exception):
    """The caller has put as many into bulks of this operation as they may. Shape: `before` is how many those are."""

    def __init__(self, before: int) -> None:
        super().__init__(str(before))
        self.before = before


class _Busy(Exception):
    """Another process is beginning a bulk of the same caller and operation at this moment."""


class Stopped(Exception):
    """A bulk is not this process's to drive any more: it rests, is over, or another one has it."""


@dataclass(frozen=True, slots=True)
class Drive:
    """The right of one process to drive a bulk, until its lease ends or another one takes it."""

    bulk: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One item, with the run of its last attempt where there is one."""

    item: OperationBulkItem
    run: OperationRun | None

    @property
    def state(self) -> str:
        """Where it stands: its run's state, or its own where it has none."""
        return self.item.state if self.run is None or self.item.state in LEFT else self.run.state


class BulkStore:
    """The bulks of all processes."""

    def __init__(self, trail: Trail, engine: AsyncEngine, clock: Callable[[], datetime]) -> None:
        self.trail = trail
        self.clock = clock
        self.owner = secrets.token_hex(8)
        self._engine = engine
        self._on_a_server = engine.dialect.name == "postgresql"

    def _now(self) -> Any:
        """Now, as leases are told by: on a server by its clock alone."""
        return func.clock_timestamp(type_=DateTime(timezone=True)) if self._on_a_server else self.clock()

    async def begin(
        self, bulk: OperationBulk, items: Sequence[OperationBulkItem], most: int, since: datetime, event: Event
    ) -> None:
        """Write a bulk down. Raises: BulkKeyTaken; TooMany where `most` since a moment are exceeded by it; TrailUnavailable."""
        counted = select(func.coalesce(func.sum(col(Bulk.size)), 0)).where(
            col(Bulk.caller) == bulk.caller, col(Bulk.name) == bulk.name, col(Bulk.created_at) >= since
        )

        async def work(connection: AsyncConnection) -> bool:
            await self._in_turn(connection, bulk)
            before = int((await connection.execute(counted)).scalar_one())
            if before + bulk.size > most:
                raise TooMany(before)
            await connection.execute(insert(Bulk).values(bulk.model_dump()))
            await connection.execute(insert(Item), [each.model_dump() for each in items])
            return True

        for turn in range(_TURNS):
            try:
                await self.trail.together(work, event)
                return
            except IntegrityError:
                taken = await self.by_key(bulk.caller, bulk.key)
                if taken is None:
                    raise
                raise BulkKeyTaken(taken) from None
            except _Busy:
                if turn == _TURNS - 1:
                    raise TrailUnavailable("too many begin the same at this moment") from None
                await asyncio.sleep(_TURN)

    async def _in_turn(self, connection: AsyncConnection, bulk: OperationBulk) -> None:
        """Let one process at a time count what a caller has begun. A file is written by one at a time as it is. Raises: _Busy."""
        if not self._on_a_server:
            return
        said = hashlib.sha256(f"bulk\0{bulk.caller}\0{bulk.name}".encode()).digest()
        mine = select(func.pg_try_advisory_xact_lock(int.from_bytes(said[:8], signed=True)))
        # not waited for in a transaction of many: two that wait for each other would never end
        if not (await connection.execute(mine)).scalar_one():
            raise _Busy

    async def change(
        self,
        bulk: str,
        among: Sequence[str],
        values: Mapping[str, Any],
        event: Event,
        items: Sequence[tuple[ColumnElement[bool], Mapping[str, Any]]] = (),
    ) -> bool:
        """Change a bulk if it is in one of these states still, and some of its items with it."""

        async def work(connection: AsyncConnection) -> bool:
            wanted = update(Bulk).where(col(Bulk.id) == bulk, col(Bulk.state).in_(among))
            if not (await connection.execute(wanted.values(changed_at=self.clock(), **values))).rowcount:
                return False
            for which, changed in items:
                await connection.execute(update(Item).where(col(Item.bulk) == bulk, which).values(**changed))
            return True

        return await self.trail.together(work, event) is not None

    async def claim(self, bulk: str, lease: timedelta, *events: Event) -> Drive | None:
        """Take a bulk that nobody drives; None where somebody does, or it is not under way."""
        free = or_(col(Bulk.lease_until).is_(None), col(Bulk.lease_until) <= self._now())
        one = select(col(Bulk.id)).where(col(Bulk.id) == bulk, col(Bulk.state) == RUNNING, free)

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(Bulk)
                .where(col(Bulk.id).in_(one.with_for_update(skip_locked=True)))
                .values(epoch=col(Bulk.epoch) + 1, lease_owner=self.owner, lease_until=self._now() + lease)
            )
            return bool(done.rowcount)

        if await self.trail.together(work, *events) is None:
            return None
        found = await self.one(bulk)
        return None if found is None or found.lease_owner != self.owner else Drive(bulk, found.epoch)

    async def renew(self, drive: Drive, lease: timedelta) -> None:
        """Keep a bulk for as long again. Raises: Stopped; TrailUnavailable."""
        await self._driven(drive, {"lease_until": self._now() + lease}, ())

    async def release(self, drive: Drive) -> None:
        """Let a bulk go, to be taken up at once. Raises: Stopped; TrailUnavailable."""
        await self._driven(drive, {"lease_until": None, "lease_owner": None}, ())

    async def take(self, drive: Drive, number: int) -> None:
        """Begin with an item. Raises: Stopped where the bulk is not to be gone on with; TrailUnavailable."""
        taken = and_(col(Item.number) == number, col(Item.state).in_(LEFT))
        await self._driven(drive, {}, ((taken, {"state": BEGINNING}),), among=(RUNNING,))

    async def put(self, drive: Drive, number: int, values: Mapping[str, Any]) -> None:
        """Write down what came of an item. Raises: Stopped; TrailUnavailable."""
        await self._driven(drive, {}, ((col(Item.number) == number, values),))

    async def rest(self, drive: Drive, values: Mapping[str, Any], event: Event) -> None:
        """Let a bulk rest, or end it. Raises: Stopped; TrailUnavailable."""
        await self._driven(drive, values, (), event, among=(RUNNING,))

    async def _driven(
        self,
        drive: Drive,
        values: Mapping[str, Any],
        items: Sequence[tuple[ColumnElement[bool], Mapping[str, Any]]],
        *events: Event,
        among: Sequence[str] = (RUNNING, "PAUSED", CANCELLED, ENDED),
    ) -> None:
        held = and_(
            col(Bulk.id) == drive.bulk,
            col(Bulk.epoch) == drive.epoch,
            col(Bulk.lease_owner) == self.owner,
            col(Bulk.state).in_(among),
        )

        async def work(connection: AsyncConnection) -> bool:
            changed = update(Bulk).where(held).values(changed_at=self.clock(), **values)
            if not (await connection.execute(changed)).rowcount:
                return False
            for which, now in items:
                await connection.execute(update(Item).where(col(Item.bulk) == drive.bulk, which).values(**now))
            return True

        if await self.trail.together(work, *events) is None:
            raise Stopped(drive.bulk)

    async def one(self, id_: str) -> OperationBulk | None:
        """One bulk."""
        return next(iter(await self._bulks(col(Bulk.id) == id_)), None)

    async def by_key(self, caller: str, key: str) -> OperationBulk | None:
        """The bulk that a caller's key stands for."""
        return next(iter(await self._bulks(col(Bulk.caller) == caller, col(Bulk.key) == key)), None)

    async def several(self, caller: str | None, before: tuple[datetime, str] | None, most: int) -> list[OperationBulk]:
        """Bulks, the newest first; of one caller, or all."""
        conditions: list[ColumnElement[bool]] = [] if caller is None else [col(Bulk.caller) == caller]
        if before is not None:
            at, id_ = before
            conditions.append(or_(col(Bulk.created_at) < at, and_(col(Bulk.created_at) == at, col(Bulk.id) < id_)))
        return await self._bulks(*conditions, most=most)

    async def undriven(self, most: int = 20) -> list[OperationBulk]:
        """Bulks under way that no process drives."""
        free = or_(col(Bulk.lease_until).is_(None), col(Bulk.lease_until) <= self._now())
        return await self._bulks(col(Bulk.state) == RUNNING, free, most=most)

    async def items(self, bulk: str) -> list[Standing]:
        """The items of a bulk, in order, with their runs."""
        wanted = select(Item).where(col(Item.bulk) == bulk).order_by(col(Item.number))
        async with self._engine.connect() as connection:
            items = [Item(**row) for row in (await connection.execute(wanted)).mappings()]
            runs = select(OperationRun).where(col(OperationRun.id).in_([each.run for each in items if each.run]))
            found = {row["id"]: OperationRun(**row) for row in (await connection.execute(runs)).mappings()}
        return [Standing(each, found.get(each.run or "")) for each in items]

    async def _bulks(self, *conditions: ColumnElement[bool], most: int = 1) -> list[OperationBulk]:
        wanted = select(Bulk).where(*conditions).order_by(col(Bulk.created_at).desc(), col(Bulk.id).desc()).limit(most)
        async with self._engine.connect() as connection:
            return [Bulk(**row) for row in (await connection.execute(wanted)).mappings()]
