"""Finding: records of the trail by what they are looked up by, page by page, in the order of their moments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, Text, and_, cast, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.tables import AuditProtected, AuditRange, AuditRecord

Place = tuple[str, str, int]
"""Where a record stands: its moment, its writer, its number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records. Shape: several words of one kind: any of them; kinds hold at once. `since` counts in, `until` does not.

    `beyond` is the place behind which to go on, in the direction of `newest` first.
    """

    employees: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    but_by: str | None = None
    codes: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    operation: str | None = None
    ticket: str | None = None
    since: str | None = None
    until: str | None = None
    newest: bool = True
    beyond: Place | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One record. Shape: `place` in the tree, None while it has none; `values` are the personal ones, by their paths."""

    writer: str
    seq: int
    at: str
    hash: str
    body: Mapping[str, Any]
    place: int | None
    values: Mapping[str, Any]

    @property
    def where(self) -> Place:
        """Where it stands."""
        return self.at, self.writer, self.seq


async def find(engine: AsyncEngine, wanted: Wanted, most: int, *, values: bool = False) -> list[Found]:
    """Records in order, at most so many; with `values` also what personal values are still kept beside them."""
    async with engine.execution_options(okno_writes=False).connect() as connection:
        rows = (await connection.execute(_query(wanted).limit(most))).all()
        kept = await _values(connection, [(row.writer, row.seq) for row in rows]) if values else {}
    return [
        Found(
            row.writer,
            row.seq,
            row.at,
            row.hash,
            orjson.loads(row.body),
            None if row.place is None else row.place + row.seq - row.first_seq,
            kept.get((row.writer, row.seq), {}),
        )
        for row in rows
    ]


def _query(wanted: Wanted) -> Select[str, int, str, str, str, int, int]:
    record, where = AuditRecord, list(_conditions(wanted))
    placed = and_(
        col(AuditRange.writer) == col(record.writer),
        col(AuditRange.first_seq) <= col(record.seq),
        col(record.seq) < col(AuditRange.first_seq) + col(AuditRange.count),
    )
    order = [col(record.at), col(record.writer), col(record.seq)]
    return (
        select(
            col(record.writer),
            col(record.seq),
            col(record.at),
            col(record.hash),
            col(record.body),
            col(AuditRange.place),
            col(AuditRange.first_seq),
        )
        .outerjoin(AuditRange, placed)
        .where(*where)
        .order_by(*([each.desc() for each in order] if wanted.newest else order))
    )


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    record = AuditRecord
    several = {
        record.employee: wanted.employees,
        record.operator: wanted.operators,
        record.code: wanted.codes,
        record.stage: wanted.stages,
        record.outcome: wanted.outcomes,
    }
    found: list[ColumnElement[bool]] = [col(column).in_(words) for column, words in several.items() if words]
    single = {record.operation: wanted.operation, record.ticket: wanted.ticket}
    found += [col(column) == word for column, word in single.items() if word is not None]
    if wanted.but_by is not None:
        found.append(col(record.operator) != wanted.but_by)
    if wanted.since is not None:
        found.append(col(record.at) >= wanted.since)
    if wanted.until is not None:
        found.append(col(record.at) < wanted.until)
    if wanted.beyond is not None:
        at, writer, seq = wanted.beyond
        here = tuple_(col(record.at), col(record.writer), col(record.seq))
        there = tuple_(literal(at), literal(writer), literal(seq))
        found.append(here < there if wanted.newest else here > there)
    return found


async def _values(
    connection: AsyncConnection, places: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], dict[str, Any]]:
    """Personal values that are kept, by record and path."""
    if not places:
        return {}
    of_these = or_(
        *(and_(col(AuditProtected.writer) == writer, col(AuditProtected.seq) == seq) for writer, seq in places)
    )
    rows = await connection.execute(
        select(
            col(AuditProtected.writer),
            col(AuditProtected.seq),
            col(AuditProtected.path),
            cast(col(AuditProtected.value), Text),
        ).where(of_these)
    )
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for writer, seq, path, value in rows:
        found.setdefault((writer, seq), {})[path] = orjson.loads(value)
    return found
