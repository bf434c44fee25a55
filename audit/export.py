"""Export: the trail as one file that can be verified without the database.

Shape: lines of tab-separated columns, the first of which says what a line is. `record`: place (empty where it has none
yet), writer, seq, hash before, hash, body. `value`: writer, seq, path, salt, value. `checkpoint`: the note as JSON. `key`:
the verifier key. The first line is `okno-trail`, the version of this form and the moment of the export.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.checkpoint import VerifierKey
from audit.moment import written
from audit.tables import AuditCheckpoint, AuditProtected, AuditRecord

FORM: Final = "1"
_MOST: Final = 5_000


async def exported(
    engine: AsyncEngine, keys: Sequence[VerifierKey], now: datetime, *, values: bool = True
) -> AsyncIterator[str]:
    """The lines of an export. Shape: with `values` also the personal values that have not been erased."""
    yield f"okno-trail\t{FORM}\t{written(now)}\n"
    for key in keys:
        yield f"key\t{key.written()}\n"
    async with engine.connect() as connection:
        async for line in _placed(connection):
            yield line
        async for line in _unplaced(connection):
            yield line
        notes = select(col(AuditCheckpoint.note)).order_by(col(AuditCheckpoint.size))
        for (note,) in await connection.execute(notes):
            yield f"checkpoint\t{orjson.dumps(note).decode()}\n"
        if values:
            async for line in _values(connection):
                yield line


_COLUMNS: Final = (
    col(AuditRecord.place),
    col(AuditRecord.writer),
    col(AuditRecord.seq),
    col(AuditRecord.prev_hash),
    col(AuditRecord.hash),
    col(AuditRecord.body),
)


async def _placed(connection: AsyncConnection) -> AsyncIterator[str]:
    last = -1
    while True:
        wanted = select(*_COLUMNS).where(col(AuditRecord.place) > last).order_by(col(AuditRecord.place)).limit(_MOST)
        rows = (await connection.execute(wanted)).all()
        for row in rows:
            yield "record\t" + "\t".join(str(each) for each in row) + "\n"
        if len(rows) < _MOST:
            return
        last = int(rows[-1][0] or 0)


async def _unplaced(connection: AsyncConnection) -> AsyncIterator[str]:
    wanted = (
        select(*_COLUMNS)
        .where(col(AuditRecord.place).is_(None))
        .order_by(col(AuditRecord.writer), col(AuditRecord.seq))
    )
    for row in await connection.execute(wanted):
        yield "record\t\t" + "\t".join(str(each) for each in row[1:]) + "\n"


async def _values(connection: AsyncConnection) -> AsyncIterator[str]:
    wanted = select(
        col(AuditProtected.writer),
        col(AuditProtected.seq),
        col(AuditProtected.path),
        col(AuditProtected.salt),
        col(AuditProtected.value),
    ).order_by(col(AuditProtected.writer), col(AuditProtected.seq), col(AuditProtected.path))
    for row in await connection.execute(wanted):
        yield "value\t" + "\t".join(str(each) for each in row) + "\n"
