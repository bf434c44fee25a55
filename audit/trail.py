"""Trail: where records are made durable, in one transaction with what they tell of, many at a time.

Each process writes a chain of its own, so none waits for another; a sequencer brings the chains into one order later.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from audit.event import Event
from audit.moment import utc_now, written
from audit.record import FIRST, Guarded, body_of, linked
from audit.tables import AuditProtected, AuditRecord

Work = Callable[[AsyncConnection], Awaitable[bool]]
"""What is done in the same transaction, before the records. False: nothing of it is kept."""
_MOST_TOGETHER: Final = 500
_MOST_WAITING: Final = 10_000
_PATIENCE: Final = 10.0
"""Seconds within which the disk has to answer."""


class TrailUnavailable(Exception):
    """It cannot be recorded now. Whatever should have been recorded must not happen."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a record stands."""

    writer: str
    seq: int
    hash: str


@dataclass(slots=True)
class _Item:
    work: Work | None
    events: Sequence[Event]
    done: "asyncio.Future[tuple[Receipt, ...] | None]"
    given_up: bool = False


@dataclass(slots=True)
class _Batch:
    """What one transaction adds. Shape: `results` by item, an exception for work that raised."""

    seq: int
    prev_hash: str
    records: list[dict[str, Any]] = field(default_factory=list)
    guarded: list[dict[str, Any]] = field(default_factory=list)
    results: list[tuple[Receipt, ...] | BaseException | None] = field(default_factory=list)


def fresh_writer() -> str:
    """A name that no other writer has or had."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"


class Trail:
    """The writer of this process. One task takes all that waits and commits it at once."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        writer: str | None = None,
        clock: Callable[[], datetime] = utc_now,
        patience: float = _PATIENCE,
    ) -> None:
        self.writer = writer or fresh_writer()
        self._engine = engine
        self._clock = clock
        self._patience = patience
        self._queue: asyncio.Queue[_Item] = asyncio.Queue(_MOST_WAITING)
        self._seq = 0
        self._hash = FIRST
        self._task: asyncio.Task[None] | None = None

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
        except TimeoutError:
            pass
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def append(self, *events: Event) -> tuple[Receipt, ...]:
        """Record events; durable when it returns. Raises: TrailUnavailable."""
        receipts = await self._put(None, events)
        assert receipts is not None
        return receipts

    async def together(self, work: Work, *events: Event) -> tuple[Receipt, ...] | None:
        """Do work and record events, both or neither; None where the work says that there is nothing to keep.

        Raises: TrailUnavailable; whatever the work raises, which touches no neighbour.
        """
        return await self._put(work, events)

    async def _put(self, work: Work | None, events: Sequence[Event]) -> tuple[Receipt, ...] | None:
        if self._task is None or self._task.done():
            raise TrailUnavailable("the trail is closed")
        item = _Item(work, events, asyncio.get_running_loop().create_future())
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            raise TrailUnavailable("too much waits to be recorded") from None
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(item.done)
        except TimeoutError:
            item.given_up = True
            raise TrailUnavailable("the record was not durable in time") from None

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
        batch = _Batch(self._seq, self._hash)
        try:
            async with self._engine.begin() as connection:
                for item in items:
                    batch.results.append(await self._done(connection, item, batch))
                if batch.records:
                    await connection.execute(insert(AuditRecord), batch.records)
                if batch.guarded:
                    await connection.execute(insert(AuditProtected), batch.guarded)
        except asyncio.CancelledError:
            _fail(items, TrailUnavailable("the trail was closed"))
            raise
        except Exception as problem:  # noqa: BLE001  # a disk that is full, a database that went away: nothing of it is kept
            _fail(items, TrailUnavailable(f"it could not be recorded: {type(problem).__name__}"))
            # whether the commit was lost on its way is not known: a chain never goes on behind a record that may not be
            self.writer, self._seq, self._hash = fresh_writer(), 0, FIRST
            return
        self._seq, self._hash = batch.seq, batch.prev_hash
        for item, result in zip(items, batch.results, strict=True):
            if item.done.done():
                continue
            if isinstance(result, BaseException):
                item.done.set_exception(result)
            else:
                item.done.set_result(result)

    async def _done(
        self, connection: AsyncConnection, item: _Item, batch: _Batch
    ) -> tuple[Receipt, ...] | BaseException | None:
        if item.work is not None:
            savepoint = await connection.begin_nested()
            try:
                kept = await item.work(connection)
            except Exception as problem:  # noqa: BLE001  # the caller's own, told to the caller alone
                await savepoint.rollback()
                return problem
            if not kept:
                await savepoint.rollback()
                return None
            await savepoint.commit()
        return tuple(self._added(each, batch) for each in item.events)

    def _added(self, event: Event, batch: _Batch) -> Receipt:
        at = self._clock()
        batch.seq += 1
        body, guarded = body_of(event, self.writer, batch.seq, at)
        record = {
            "writer": self.writer,
            "seq": batch.seq,
            "at": written(at),
            "code": event.code,
            "stage": event.stage,
            "outcome": event.outcome,
            "operator": event.operator,
            "employee": event.employee,
            "operation": event.operation,
            "body": body,
            "prev_hash": batch.prev_hash,
            "hash": linked(batch.prev_hash, body),
        }
        batch.prev_hash = str(record["hash"])
        batch.records.append(record)
        batch.guarded += [self._row(batch.seq, each) for each in guarded]
        return Receipt(self.writer, batch.seq, batch.prev_hash)

    def _row(self, seq: int, guarded: Guarded) -> dict[str, Any]:
        return {
            "writer": self.writer,
            "seq": seq,
            "path": guarded.path[:200],
            "salt": guarded.salt,
            "value": guarded.value,
        }


def _fail(items: Sequence[_Item], problem: TrailUnavailable) -> None:
    for item in items:
        if not item.done.done():
            item.done.set_exception(problem)
