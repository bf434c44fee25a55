"""Trail: where records are made durable, in one transaction with what they tell of, many at a time.

Each process writes a chain of its own, so none waits for another; a sequencer brings the chains into one order later.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.at_once import AtOnce
from audit.catalogue import About
from audit.chain import Batch, Receipt
from audit.event import Event
from audit.moment import utc_now, written
from audit.record import FIRST, Drawn, drawn
from audit.tables import AuditWriter

__all__ = ["Receipt", "Trail", "TrailUnavailable", "UnknownCode", "Work"]

Work = Callable[[AsyncConnection], Awaitable[bool]]
"""What is done in the same transaction, before the records. False: nothing of it is kept."""
_MOST_TOGETHER: Final = 500
_MOST_WAITING: Final = 10_000
_PATIENCE: Final = 10.0
"""Seconds within which the disk has to answer."""
# one name for all of them: each statement of its own text would be prepared by a server, and kept
_SAVE: Final = "SAVEPOINT of_one"
_KEEP: Final = "RELEASE SAVEPOINT of_one"
_BACK: Final = "ROLLBACK TO SAVEPOINT of_one"


class TrailUnavailable(Exception):
    """It cannot be recorded now. Whatever should have been recorded must not happen.

    Shape: `unsure` where it may still become durable, or has and nobody could say so: a wait that was too long, an answer to
    a commit that was lost. Otherwise nothing of it is kept, and nothing will be.
    """

    def __init__(self, said: str, *, unsure: bool = False) -> None:
        super().__init__(said)
        self.unsure = unsure


class UnknownCode(Exception):
    """A record of a code that no list has, or at a stage that it does not have: a mistake of ours, found while it is made."""


@dataclass(slots=True)
class _Item:
    work: Work | None
    events: Sequence[Drawn]
    done: "asyncio.Future[tuple[Receipt, ...] | None]"
    apart: bool = True
    given_up: bool = False
    taken: bool = False


def fresh_writer() -> str:
    """A name that no other writer has or had."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"


class Trail:
    """The writer of this process. One task takes all that waits and commits it at once.

    Shape: `codes` are those that may stand in it; without them any may.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        writer: str | None = None,
        codes: Mapping[str, About] | None = None,
        clock: Callable[[], datetime] = utc_now,
        patience: float = _PATIENCE,
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        self.writer = writer or fresh_writer()
        self.codes = codes
        self._engine = engine.execution_options(okno_writes=True)
        self._clock = clock
        self._patience = patience
        self._queue: asyncio.Queue[_Item] = asyncio.Queue(most_waiting)
        self._seq = 0
        self._hash = FIRST
        self._task: asyncio.Task[None] | None = None
        self._connection: AsyncConnection | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._write(), name="audit trail")

    async def close(self) -> None:
        """Write what waits, then stop."""
        if self._task is None:
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._queue.join()
                await self._ended()
        except Exception:  # noqa: BLE001, S110  # a chain without an end is as good; the database may be what is gone
            pass
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        await self._disconnected()

    @property
    def reading(self) -> AsyncEngine:
        """The database that it is in, to look records up."""
        return self._engine.execution_options(okno_writes=False)

    async def append(self, *events: Event) -> tuple[Receipt, ...]:
        """Record events; durable when it returns. Raises: TrailUnavailable; TypeError for an event that is no JSON."""
        receipts = await self._put(None, events)
        assert receipts is not None
        return receipts

    async def together(self, work: Work, *events: Event, apart: bool = True) -> tuple[Receipt, ...] | None:
        """Do work and record events, both or neither; None where the work says that there is nothing to keep.

        Shape: work that is not `apart` is done with others like it, which is cheaper; it must have done nothing where it says
        so, and may be done again from the beginning where one of the others fails.

        Raises: TrailUnavailable; whatever the work raises, which touches no neighbour.
        """
        return await self._put(work, events, apart)

    async def _put(self, work: Work | None, events: Sequence[Event], apart: bool = True) -> tuple[Receipt, ...] | None:
        if self._task is None or self._task.done():
            raise TrailUnavailable("the trail is closed")
        for each in events:
            self._known(each)
        item = _Item(work, [drawn(each) for each in events], asyncio.get_running_loop().create_future(), apart)
        item.done.add_done_callback(_heard)
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            raise TrailUnavailable("too much waits to be recorded") from None
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(item.done)
        except TimeoutError:
            if item.done.done():  # the work's own
                return item.done.result()
            # what the writer has not taken yet it leaves alone from now on
            raise TrailUnavailable("the record was not durable in time", unsure=item.taken) from None
        finally:
            item.given_up = not item.done.done()

    def _known(self, event: Event) -> None:
        if self.codes is None:
            return
        about = self.codes.get(event.code)
        if about is None or event.stage not in about.stages:
            raise UnknownCode(f"{event.code}, {event.stage}: no list of codes has this")

    async def _write(self) -> None:
        while True:
            items = [await self._queue.get()]
            while len(items) < _MOST_TOGETHER and not self._queue.empty():
                items.append(self._queue.get_nowait())
            try:
                wanted = [each for each in items if not each.given_up]
                if wanted:
                    await self._committed(wanted)
            finally:
                for _ in items:
                    self._queue.task_done()

    async def _committed(self, items: Sequence[_Item]) -> None:
        batch = Batch(self.writer, self._seq, self._hash, self._clock)
        for each in items:
            each.taken = True
        try:
            connection = await self._connected()
            # a network may never answer; a file always does in the end, and its thread cannot be left
            patience = self._patience if connection.dialect.name == "postgresql" else None
            async with asyncio.timeout(patience):
                results = await _in_one(connection, items, batch)
                if results is None:
                    results = await _side_by_side(connection, items, batch)
        except asyncio.CancelledError:
            _fail(items, TrailUnavailable("the trail was closed", unsure=batch.committing))
            raise
        except Exception as problem:  # noqa: BLE001  # a disk that is full, a database that went away: nothing of it is kept
            _fail(
                items, TrailUnavailable(f"it could not be recorded: {type(problem).__name__}", unsure=batch.committing)
            )
            # whether the commit was lost on its way is not known: a chain never goes on behind a record that may not be
            self.writer, self._seq, self._hash = fresh_writer(), 0, FIRST
            await self._disconnected()
            return
        self._seq, self._hash = batch.seq, batch.prev_hash
        for item, result in zip(items, results, strict=True):
            if item.done.done():
                continue
            if isinstance(result, BaseException):
                item.done.set_exception(result)
            else:
                item.done.set_result(result)

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            connection = await self._engine.connect()
            if connection.dialect.name == "postgresql":
                # a server may be set to answer before it has written
                await connection.exec_driver_sql("SET synchronous_commit = on")
                await connection.commit()
            driver = (await connection.get_raw_connection()).driver_connection
            if isinstance(driver, AtOnce):
                driver.at_once = True  # it is used for nothing else, and thrown away afterwards
            self._connection = connection
        return self._connection

    async def _disconnected(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.invalidate()
            await connection.close()
        except Exception:  # noqa: BLE001, S110  # it is given away because something is wrong with it
            pass

    async def _ended(self) -> None:
        if self._seq and self._connection is not None:
            async with self._connection.begin():
                ended = update(AuditWriter).where(col(AuditWriter.writer) == self.writer)
                await self._connection.execute(ended.values(ended_at=written(self._clock())))


_Result = tuple[Receipt, ...] | BaseException | None


async def _in_one(connection: AsyncConnection, items: Sequence[_Item], batch: Batch) -> list[_Result] | None:
    """A batch of which nothing has to be kept apart from the rest; None where it has to be done side by side.

    One item is alone in its transaction, and work that may be done again is, where one of it fails: no savepoints are needed.
    """
    alone = len(items) == 1
    if not alone and any(each.apart for each in items):
        return None
    before, wrong = batch.mark(), None
    found: list[_Result] = []
    async with connection.begin() as transaction:
        try:
            for each in items:
                found.append(await _bare(connection, each, batch))  # noqa: PERF401  # one after another
        except Exception as problem:
            if isinstance(problem, DBAPIError) and problem.connection_invalidated:
                raise
            wrong = problem
        if wrong is not None or (alone and found[0] is None):
            await transaction.rollback()
            batch.back_to(before)
        else:
            await batch.commit(connection)
    if wrong is None:
        return found
    return [wrong] if alone else None


async def _side_by_side(connection: AsyncConnection, items: Sequence[_Item], batch: Batch) -> list[_Result]:
    """A batch of which each part is kept or not for itself."""
    found: list[_Result] = []
    async with connection.begin():
        for apart, some in groupby(items, key=lambda each: each.apart):
            found += await (_each if apart else _together)(connection, list(some), batch)
        await batch.commit(connection)
    return found


async def _together(connection: AsyncConnection, items: Sequence[_Item], batch: Batch) -> list[_Result]:
    """Work that may share a savepoint; where one of them fails, all are done again, each by itself."""
    before = batch.mark()
    await connection.exec_driver_sql(_SAVE)
    try:
        found: list[_Result] = [await _bare(connection, each, batch) for each in items]
    except Exception:  # noqa: BLE001  # whose it is shows when each is done by itself
        await _go_back(connection)
        batch.back_to(before)
        return await _each(connection, items, batch)
    await connection.exec_driver_sql(_KEEP)
    return found


async def _each(connection: AsyncConnection, items: Sequence[_Item], batch: Batch) -> list[_Result]:
    """Work that is done by itself: what it raises is told to its caller alone."""
    found: list[_Result] = []
    for item in items:
        if item.work is None:
            found.append(await _bare(connection, item, batch))
            continue
        await connection.exec_driver_sql(_SAVE)
        try:
            kept = await _bare(connection, item, batch)
        except Exception as problem:  # noqa: BLE001  # the caller's own
            await _go_back(connection)
            found.append(problem)
            continue
        await (_go_back(connection) if kept is None else connection.exec_driver_sql(_KEEP))
        found.append(kept)
    return found


async def _go_back(connection: AsyncConnection) -> None:
    await connection.exec_driver_sql(_BACK)
    await connection.exec_driver_sql(_KEEP)  # it stands still, and another of its name would hide it


async def _bare(connection: AsyncConnection, item: _Item, batch: Batch) -> tuple[Receipt, ...] | None:
    if item.given_up or (item.work is not None and not await item.work(connection)):
        return None
    return tuple(batch.add(each) for each in item.events)


def _fail(items: Sequence[_Item], problem: TrailUnavailable) -> None:
    for item in items:
        if not item.done.done():
            item.done.set_exception(problem)


def _heard(done: "asyncio.Future[tuple[Receipt, ...] | None]") -> None:
    # who asked may have gone; what came of it needs no complaint
    if not done.cancelled():
        done.exception()
