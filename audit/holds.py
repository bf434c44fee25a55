"""Holds: cases of which nothing is erased. Placing and lifting takes two people: the operation that does it sees to that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from audit.moment import written
from audit.tables import AuditHold
from audit.trail import Work

Case = Literal["employee", "ticket", "operation", "operator"]
"""What a hold is about, by the column of a record."""


def fresh_hold() -> str:
    """An id for a hold."""
    return uuid4().hex


def placing(hold: str, kind: Case, value: str, reason: str, by: str, at: datetime) -> Work:
    """The work that places a hold, to be done together with its record."""

    async def work(connection: AsyncConnection) -> bool:
        row = {"id": hold, "kind": kind, "value": value, "reason": reason, "placed_by": by, "placed_at": written(at)}
        await connection.execute(insert(AuditHold), [row])
        return True

    return work


def lifting(hold: str, by: str, at: datetime) -> Work:
    """The work that lifts a hold; it keeps nothing where there is none that holds."""

    async def work(connection: AsyncConnection) -> bool:
        live = update(AuditHold).where(col(AuditHold.id) == hold, col(AuditHold.lifted_at).is_(None))
        done = await connection.execute(live.values(lifted_by=by, lifted_at=written(at)))
        return bool(done.rowcount)

    return work


async def holds(connection: AsyncConnection) -> Sequence[AuditHold]:
    """All holds that hold."""
    rows = await connection.execute(select(AuditHold.__table__).where(col(AuditHold.lifted_at).is_(None)))  # type: ignore[attr-defined]  # SQLModel gives it to every table
    return [AuditHold(**row._mapping) for row in rows]
