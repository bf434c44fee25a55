"""Export: the trail as one file that can be verified without the database.

Shape: lines of JSON. The first says the version of this form; then the public keys; then, in the order of the tree, ranges:
a line `range` with place, writer, number of its first record, how many, and the hash that the first is linked to, then the
records, each with its hash and its body to the letter, and with `value` what a record commits to, where wished for. A
checkpoint stands behind the records it is over. Ranges without a place are not signed for yet. The last line counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.copies import FORM
from audit.keys import Announced
from audit.moment import written
from audit.publishing import kept
from audit.record import FIRST
from audit.tables import AuditProtected, AuditRange, AuditRecord, AuditWriter

_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Range:
    place: int | None
    writer: str
    first: int
    count: int


async def export(
    engine: AsyncEngine,
    keys: Sequence[Announced],
    now: datetime,
    write: Callable[[bytes], object],
    *,
    values: bool = False,
) -> int:
    """Write a copy, with the personal values that are kept only where asked for. Returns: how many records it holds."""
    async with engine.execution_options(okno_writes=False).connect() as connection:
        if connection.dialect.name == "postgresql":  # one state of the database from the first line to the last
            await connection.execution_options(isolation_level="REPEATABLE READ")
        return await connection.run_sync(_export, keys, now, write, values)


def _export(
    connection: Connection, keys: Sequence[Announced], now: datetime, write: Callable[[bytes], object], values: bool
) -> int:
    def line(said: dict[str, Any]) -> None:
        write(orjson.dumps(said) + b"\n")

    line({"okno_audit": FORM, "at": written(now)})
    for key in keys:
        write(key.line.encode() + b"\n")
    checkpoints = iter(kept(connection))
    checkpoint = next(checkpoints, None)
    count = size = 0
    for each in _ranges(connection):
        while each.place is not None and checkpoint is not None and checkpoint.size <= each.place:
            write(checkpoint.line.encode() + b"\n")
            checkpoint = next(checkpoints, None)
        count += _records(connection, each, write, values=values)
        size = size if each.place is None else each.place + each.count
        while checkpoint is not None and checkpoint.size <= size:
            write(checkpoint.line.encode() + b"\n")
            checkpoint = next(checkpoints, None)
    while checkpoint is not None:
        write(checkpoint.line.encode() + b"\n")
        checkpoint = next(checkpoints, None)
    line({"end": count})
    return count


def _ranges(connection: Connection) -> Iterator[_Range]:
    """All there is in the order of the tree, then what has no place yet."""
    last = -1
    while True:
        wanted = select(
            col(AuditRange.place), col(AuditRange.writer), col(AuditRange.first_seq), col(AuditRange.count)
        ).where(col(AuditRange.place) > last)
        rows = connection.execute(wanted.order_by(col(AuditRange.place)).limit(_MOST)).all()
        for row in rows:
            yield _Range(*row)
        if len(rows) < _MOST:
            break
        last = rows[-1][0]
    yield from _unplaced(connection)


def _unplaced(connection: Connection) -> Iterator[_Range]:
    writers = connection.execute(select(col(AuditWriter.writer), col(AuditWriter.sequenced))).all()
    known = {writer: int(done) for writer, done in writers}
    # a chain whose writer was struck out of the list is still a chain
    for writer in connection.execute(select(col(AuditRecord.writer)).distinct()).scalars().all():
        known.setdefault(writer, 0)
    for writer, done in sorted(known.items()):
        placed = select(col(AuditRange.first_seq), col(AuditRange.count)).where(col(AuditRange.writer) == writer)
        row = connection.execute(placed.order_by(col(AuditRange.first_seq).desc()).limit(1)).first()
        first = done + 1 if row is None else int(row[0]) + int(row[1])
        numbers = select(col(AuditRecord.seq)).where(col(AuditRecord.writer) == writer, col(AuditRecord.seq) >= first)
        last = connection.execute(numbers.order_by(col(AuditRecord.seq).desc()).limit(1)).scalar()
        while last is not None and first <= last:
            yield _Range(None, writer, first, min(_MOST, int(last) - first + 1))
            first += _MOST


def _records(connection: Connection, each: _Range, write: Callable[[bytes], object], *, values: bool) -> int:
    wanted = (
        select(col(AuditRecord.seq), col(AuditRecord.prev_hash), col(AuditRecord.hash), col(AuditRecord.body))
        .where(
            col(AuditRecord.writer) == each.writer,
            col(AuditRecord.seq).between(each.first, each.first + each.count - 1),
        )
        .order_by(col(AuditRecord.seq))
    )
    rows = connection.execute(wanted).all()
    beside = _values(connection, each) if values else {}
    before = rows[0].prev_hash if rows else FIRST
    write(orjson.dumps({"range": [each.place, each.writer, each.first, each.count, before]}) + b"\n")
    for seq, prev_hash, hash_, body in rows:
        if prev_hash != before:  # told, so that what was changed can be named
            write(orjson.dumps({"link": prev_hash}) + b"\n")
        write(b'{"hash":"' + hash_.encode() + b'","body":' + body.encode() + b"}\n")
        for value in beside.get(seq, ()):
            write(orjson.dumps({"value": value}) + b"\n")
        before = hash_
    return len(rows)


def _values(connection: Connection, each: _Range) -> dict[int, list[list[str]]]:
    wanted = (
        select(col(AuditProtected.seq), col(AuditProtected.path), col(AuditProtected.salt), col(AuditProtected.value))
        .where(
            col(AuditProtected.writer) == each.writer,
            col(AuditProtected.seq).between(each.first, each.first + each.count - 1),
        )
        .order_by(col(AuditProtected.seq), col(AuditProtected.path))
    )
    found: dict[int, list[list[str]]] = {}
    for seq, path, salt, value in connection.execute(wanted):
        found.setdefault(seq, []).append([path, salt, value])
    return found
