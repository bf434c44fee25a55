"""Sequencer: brings the chains of all writers into one order, grows the tree by it, and signs how far it is."""

import asyncio
import heapq
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.anchors import Anchor
from audit.checkpoint import Checkpoint, SigningKey
from audit.moment import utc_now, written
from audit.tables import AuditCheckpoint, AuditNode, AuditRecord, AuditTree
from audit.tree import Frontier, leaf_of

log = logging.getLogger("okno.audit")

ORIGIN: Final = "okno.audit"
_MOST: Final = 5_000
_LOCK: Final = 0x6F6B6E6F
"""The advisory lock of PostgreSQL that only one sequencer holds."""


class Sequencer:
    """One at a time over all processes: the database sees to that. Units: `every`, `sign_every` in seconds."""

    def __init__(
        self,
        engine: AsyncEngine,
        key: Callable[[], SigningKey],
        anchors: Sequence[Anchor] = (),
        *,
        every: float = 1.0,
        sign_every: float = 60.0,
        sign_after: int = 1_000,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._key = key
        self._anchors = tuple(anchors)
        self._every = every
        self._sign_every = sign_every
        self._sign_after = sign_after
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for new records."""
        self._task = asyncio.create_task(self._keep(), name="audit sequencer")

    async def close(self) -> None:
        """Place what there is, sign it, and stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            with suppress(Exception):
                await self.place()
                await self.sign()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        signed_at = loop.time()
        while True:
            await asyncio.sleep(self._every)
            try:
                while await self.place() == _MOST:
                    pass
                lag = await self.unsigned()
                if lag >= self._sign_after or (lag and loop.time() - signed_at >= self._sign_every):
                    await self.sign()
                    signed_at = loop.time()
                await self.anchor()
            except Exception:
                log.exception("the trail cannot be sequenced now; it is tried again")

    async def place(self) -> int:
        """Give the next records their places. Returns: how many."""
        async with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            rows = await self._waiting(connection)
            if not rows:
                return 0
            tree = await _frontier(connection)
            begin = tree.size
            whole: list[dict[str, Any]] = []
            for each in rows:
                whole += [
                    {"level": level, "place": place, "hash": root.hex()}
                    for level, place, root in tree.append(leaf_of(each.hash))
                ]
            await connection.execute(
                text("UPDATE audit_record SET place = :place WHERE writer = :writer AND seq = :seq AND place IS NULL"),
                [{"place": begin + number, "writer": each.writer, "seq": each.seq} for number, each in enumerate(rows)],
            )
            if whole:
                await connection.execute(insert(AuditNode), whole)
            roots = orjson.dumps([[level, root.hex()] for level, root in tree.roots]).decode()
            await connection.execute(update(AuditTree).values(size=tree.size, roots=roots))
        return len(rows)

    async def _waiting(self, connection: AsyncConnection) -> list[Any]:
        """Records without a place, by time, each writer's in its own order whatever its clock says."""
        wanted = (
            select(col(AuditRecord.writer), col(AuditRecord.seq), col(AuditRecord.at), col(AuditRecord.hash))
            .where(col(AuditRecord.place).is_(None))
            .order_by(col(AuditRecord.writer), col(AuditRecord.seq))
            .limit(_MOST)
        )
        chains: dict[str, list[Any]] = {}
        for row in await connection.execute(wanted):
            chains.setdefault(row.writer, []).append(row)
        return list(heapq.merge(*chains.values(), key=lambda row: row.at))

    async def unsigned(self) -> int:
        """How many records have a place and no checkpoint behind them yet."""
        async with self._engine.connect() as connection:
            size = (await connection.execute(select(col(AuditTree.size)))).scalar_one()
            last = (await connection.execute(text("SELECT max(size) FROM audit_checkpoint"))).scalar()
        return int(size) - int(last or 0)

    async def sign(self) -> str | None:
        """Sign the tree as it is; None where it is signed already."""
        key = self._key()
        async with self._engine.begin() as connection:
            tree = await _frontier(connection)
            known = await connection.execute(
                select(col(AuditCheckpoint.size)).where(col(AuditCheckpoint.size) == tree.size)
            )
            if tree.size == 0 or known.first() is not None:
                return None
            note = Checkpoint(ORIGIN, tree.size, tree.root()).signed(key)
            row = {"size": tree.size, "at": written(self._clock()), "note": note, "anchored_at": None}
            await connection.execute(insert(AuditCheckpoint), [row])
        await self.anchor()
        return note

    async def anchor(self) -> None:
        """Put checkpoints where the database's administrator cannot write. What cannot be reached is tried again."""
        if not self._anchors:
            return
        async with self._engine.connect() as connection:
            wanted = (
                select(col(AuditCheckpoint.size), col(AuditCheckpoint.note))
                .where(col(AuditCheckpoint.anchored_at).is_(None))
                .order_by(col(AuditCheckpoint.size))
            )
            waiting = (await connection.execute(wanted)).all()
        for size, note in waiting:
            for anchor in self._anchors:
                await anchor.publish(note)
            async with self._engine.begin() as connection:
                await connection.execute(
                    update(AuditCheckpoint)
                    .where(col(AuditCheckpoint.size) == size)
                    .values(anchored_at=written(self._clock()))
                )


async def _frontier(connection: AsyncConnection) -> Frontier:
    row = (await connection.execute(select(col(AuditTree.size), col(AuditTree.roots)))).one()
    return Frontier(int(row.size), [(int(level), bytes.fromhex(root)) for level, root in orjson.loads(row.roots)])
