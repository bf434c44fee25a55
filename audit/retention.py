"""Retention: personal values beside old records are erased; the records and every proof about them stay as they were."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.catalogue import Catalogue, Keeping
from audit.event import Event
from audit.moment import written
from audit.tables import AuditHold, AuditProtected, AuditRecord
from audit.trail import Trail

DAYS: Final[Mapping[Keeping, int]] = {"searches": 90, "operations": 365, "rights": 1095}
"""After how many days values are erased, unless an installation says otherwise. What no code tells of is kept longest."""
_AT_ONCE: Final = 500


async def erase(
    trail: Trail, engine: AsyncEngine, catalogue: Catalogue, now: datetime, days: Mapping[Keeping, int] = DAYS
) -> Mapping[Keeping, int]:
    """Erase what is older than its days, but of cases that are held. Recorded before and after. Returns: how many values.

    Raises: TrailUnavailable, and nothing is erased.
    """
    told = {"days": dict(days)}
    await trail.append(Event(code="value.erased", stage="intent", outcome="success", operator="okno", detail=told))
    erased: dict[Keeping, int] = {}
    longest = max(days, key=lambda each: days[each])
    for keeping, count in days.items():
        before = written(now - timedelta(days=count))
        known = [code for each in days if each != keeping for code in catalogue.codes(each)]
        codes = None if keeping == longest else catalogue.codes(keeping)
        erased[keeping] = await _all_of(engine, before, codes, known)
    done = {"erased": dict(erased)}
    await trail.append(Event(code="value.erased", stage="outcome", outcome="success", operator="okno", detail=done))
    return erased


async def _all_of(engine: AsyncEngine, before: str, codes: list[str] | None, others: list[str]) -> int:
    total = 0
    while True:
        async with engine.execution_options(okno_writes=True).begin() as connection:
            done = await connection.run_sync(_some, before, codes, others)
        total += done
        if done < _AT_ONCE:  # in small transactions, for others wait behind each
            return total


def _some(connection: Connection, before: str, codes: list[str] | None, others: list[str]) -> int:
    """Shape: of `codes`; where None, of all codes but the others."""
    key = (col(AuditProtected.writer), col(AuditProtected.seq), col(AuditProtected.path))
    of = col(AuditRecord.code).in_(codes) if codes is not None else col(AuditRecord.code).not_in(others)
    record = and_(
        col(AuditRecord.writer) == col(AuditProtected.writer), col(AuditRecord.seq) == col(AuditProtected.seq)
    )
    wanted = (
        select(*key)
        .join(AuditRecord, record)
        .where(col(AuditRecord.at) < before, of, ~exists().where(_held()))
        .limit(_AT_ONCE)
    )
    rows = connection.execute(wanted).all()
    for row in rows:
        connection.execute(delete(AuditProtected).where(*(each == value for each, value in zip(key, row, strict=True))))
    return len(rows)


def _held() -> ColumnElement[bool]:
    kind, value = col(AuditHold.kind), col(AuditHold.value)
    return and_(
        col(AuditHold.lifted_at).is_(None),
        or_(
            and_(kind == "employee", value == col(AuditRecord.employee)),
            and_(kind == "ticket", value == col(AuditRecord.ticket)),
            and_(kind == "operation", value == col(AuditRecord.operation)),
            and_(kind == "operator", value == col(AuditRecord.operator)),
        ),
    )
