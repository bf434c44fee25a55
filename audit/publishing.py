"""Publishing: what has been signed, carried to the anchors; one that cannot be reached is told later."""

import base64
import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.anchors import Anchor
from audit.checkpoint import Published
from audit.tables import AuditCheckpoint, AuditPublished

log = logging.getLogger("okno.audit")

_AT_ONCE: Final = 200


async def publish(engine: AsyncEngine, anchors: Sequence[Anchor]) -> None:
    """Tell each anchor of every checkpoint that it has not heard of, at least once. Shape: `engine` for writing."""
    reading = engine.execution_options(okno_writes=False)
    for anchor in anchors:
        while True:
            async with reading.connect() as connection:
                told = await connection.run_sync(_told, anchor.name)
                new = await connection.run_sync(kept, told, _AT_ONCE)
            if not new:
                break
            try:
                await anchor.publish(new)
            except OSError as problem:
                log.warning("an anchor of the trail is not reached: %s", problem)
                break
            async with engine.begin() as connection:
                await connection.execute(delete(AuditPublished).where(col(AuditPublished.anchor) == anchor.name))
                await connection.execute(insert(AuditPublished), [{"anchor": anchor.name, "size": new[-1].size}])


def kept(connection: Connection, after: int = 0, most: int | None = None) -> list[Published]:
    """The checkpoints of the database over more than so many records, the smallest first."""
    wanted = select(
        col(AuditCheckpoint.at),
        col(AuditCheckpoint.size),
        col(AuditCheckpoint.note),
        col(AuditCheckpoint.heads),
        col(AuditCheckpoint.marks),
    )
    rows = connection.execute(
        wanted.where(col(AuditCheckpoint.size) > after).order_by(col(AuditCheckpoint.size)).limit(most)
    )
    return [Published(at, size, note, heads, base64.b64decode(marks)) for at, size, note, heads, marks in rows]


def _told(connection: Connection, anchor: str) -> int:
    wanted = select(col(AuditPublished.size)).where(col(AuditPublished.anchor) == anchor)
    return int(connection.execute(wanted).scalar() or 0)
