"""Sequencer: brings the chains of all writers into one order, grows the tree by it, and signs how far it is."""

import asyncio
import base64
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.anchors import Anchor
from audit.checkpoint import Head, Published, marks_of
from audit.keys import KeyRing, NoKey
from audit.lease import taken
from audit.moment import utc_now, written
from audit.note import PublicKey
from audit.publishing import publish
from audit.tables import AuditCheckpoint, AuditRange, AuditRecord, AuditWriter
from audit.tiles import extend, root
from audit.tree import leaf

log = logging.getLogger("okno.audit")

_LOCK: Final = 0x6F6B6E6F
"""The advisory lock of PostgreSQL that only one sequencer holds."""
_LEASE: Final = "sequencer"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records of one writer that have no place yet: from `first` to `last`."""

    writer: str
    first: int
    last: int


class Sequencer:
    """One at a time over all processes. Units: `every` and `look_every` in seconds, `most` in records of one checkpoint."""

    def __init__(
        self,
        engine: AsyncEngine,
        keys: KeyRing,
        anchors: Sequence[Anchor] = (),
        *,
        owner: str = "",
        every: float = 60.0,
        most: int = 1_000,
        look_every: float = 1.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine.execution_options(okno_writes=True)
        self._reading = engine.execution_options(okno_writes=False)
        self._keys = keys
        self._anchors = tuple(anchors)
        self._owner = owner or f"sequencer-{id(self):x}-{time.time_ns():x}"
        self._every = every
        self._most = most
        self._look_every = look_every
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._last = 0.0

    def start(self) -> None:
        """Begin to look for new records."""
        self._last = time.monotonic()
        self._task = asyncio.create_task(self._keep(), name="audit sequencer")

    async def close(self) -> None:
        """Sign what there is, and stop."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        try:
            await self.settle()
        except Exception:
            log.exception("the last records of the trail are not signed yet; the next process does it")

    async def settle(self) -> Published | None:
        """Give every record its place, sign and publish. Returns: the last checkpoint made now, if any."""
        made = None
        while (each := await self.turn(whoever=True)) is not None:
            made = each
        await publish(self._engine, self._anchors)
        return made

    async def turn(self, *, whoever: bool = False) -> Published | None:
        """Make one checkpoint over at most so many more records; None where nothing waits, or another is at it.

        Shape: with `whoever` it is made even where it is another's turn, who is waited for. Raises: NoKey where checkpoints
        were signed before and their key is gone.
        """
        async with self._engine.begin() as connection:
            if not await connection.run_sync(self._is_mine, whoever):
                return None
            return await connection.run_sync(self._turn)

    async def rotate(self) -> PublicKey:
        """Sign what waits by the key of now, then make another for all that comes. Raises: NoKey."""
        await self.settle()
        async with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":  # no checkpoint is made meanwhile; SQLite has one writer anyway
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            last = select(func.max(col(AuditCheckpoint.size)))
            return self._keys.rotate(int((await connection.execute(last)).scalar() or 0))

    async def waiting(self) -> int:
        """How many records have no place yet."""
        async with self._reading.connect() as connection:
            return sum(each.last - each.first + 1 for each in await connection.run_sync(_waiting))

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._look_every)
            try:
                count = await self.waiting()
                if count >= self._most or (count and time.monotonic() - self._last >= self._every):
                    while await self.turn() is not None and await self.waiting() >= self._most:
                        pass
                    self._last = time.monotonic()
                await publish(self._engine, self._anchors)
            except Exception:
                log.exception("the trail cannot be sequenced now; it is tried again")

    def _is_mine(self, connection: Connection, whoever: bool) -> bool:
        if connection.dialect.name == "postgresql":
            if whoever:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
                return True
            return bool(connection.execute(text(f"SELECT pg_try_advisory_xact_lock({_LOCK})")).scalar())
        # there a transaction that writes is the only one; the lease only spares others the work
        return whoever or taken(connection, _LEASE, self._owner, self._look_every * 5)

    def _turn(self, connection: Connection) -> Published | None:
        size = _size(connection)
        chosen = _shared(_waiting(connection), self._most)
        leaves: list[bytes] = []
        heads: dict[str, int] = {}
        for each in chosen:
            hashes = _hashes(connection, each)
            if not hashes:
                continue
            place = size + len(leaves)
            row = {"place": place, "writer": each.writer, "first_seq": each.first, "count": len(hashes)}
            connection.execute(insert(AuditRange), [row])
            heads[each.writer] = each.first + len(hashes) - 1
            known = update(AuditWriter).where(col(AuditWriter.writer) == each.writer)
            connection.execute(known.values(sequenced=heads[each.writer]))
            leaves += [leaf(each) for each in hashes]
        if not leaves:
            return None
        extend(connection, size, leaves)
        return self._signed(connection, size + len(leaves), heads, leaves)

    def _signed(self, connection: Connection, size: int, heads: dict[str, int], leaves: Sequence[bytes]) -> Published:
        if not self._keys.announced():
            if connection.execute(select(func.count()).select_from(AuditCheckpoint)).scalar():
                raise NoKey(f"the keys that have signed this trail are not in {self._keys.folder}")
            self._keys.create()
        signer = self._keys.signer()
        note = signer.sign(Head(signer.name, size, root(connection, size)).text)
        made = Published(written(self._clock()), size, note, heads, marks_of(leaves))
        marks = base64.b64encode(made.marks).decode()
        row = {"size": size, "at": made.at, "note": note, "heads": heads, "marks": marks}
        connection.execute(insert(AuditCheckpoint), [row])
        return made


def _size(connection: Connection) -> int:
    last = select(col(AuditRange.place), col(AuditRange.count)).order_by(col(AuditRange.place).desc()).limit(1)
    row = connection.execute(last).first()
    return 0 if row is None else int(row[0]) + int(row[1])


def _waiting(connection: Connection) -> list[Waiting]:
    """What has no place yet, told by each chain alone: a number over all writers would not grow as they commit."""
    newest = (
        select(func.max(col(AuditRecord.seq)))
        .where(col(AuditRecord.writer) == col(AuditWriter.writer))
        .scalar_subquery()
    )
    rows = connection.execute(select(col(AuditWriter.writer), col(AuditWriter.sequenced), newest))
    return [
        Waiting(str(writer), int(done) + 1, int(last))
        for writer, done, last in rows
        if last is not None and last > done
    ]


def _shared(waiting: Sequence[Waiting], most: int) -> list[Waiting]:
    """As many as one checkpoint takes; those with little first, so that a busy writer keeps nobody waiting."""
    chosen: list[Waiting] = []
    left = most
    for each in sorted(waiting, key=lambda one: (one.last - one.first, one.writer)):
        last = min(each.last, each.first + left - 1)
        if last >= each.first:
            chosen.append(Waiting(each.writer, each.first, last))
            left -= last - each.first + 1
    return chosen


def _hashes(connection: Connection, each: Waiting) -> list[bytes]:
    """The records' hashes, as far as none is missing."""
    wanted = (
        select(col(AuditRecord.seq), col(AuditRecord.hash))
        .where(col(AuditRecord.writer) == each.writer, col(AuditRecord.seq).between(each.first, each.last))
        .order_by(col(AuditRecord.seq))
    )
    found: list[bytes] = []
    for seq, hash_ in connection.execute(wanted):
        if seq != each.first + len(found):
            log.critical(
                "the trail lacks record %s of %s: it was there, and is gone", each.first + len(found), each.writer
            )
            break
        found.append(bytes.fromhex(hash_))
    return found
