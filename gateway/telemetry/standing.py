"""Standing: how things are at this moment, looked up when the figures are asked for: sources, sinks of the trail, runs."""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.cursor import CursorState, states
from audit.sinks.sink import cursor_of
from audit.tables import AuditRange, AuditRecord, AuditWriter
from operations.kit.tables import AWAITING, COMPENSATING, FROZEN, RUNNING, STATES, UNKNOWN, OperationRun
from sources.ports.call import SourceHealth

log = logging.getLogger("okno.telemetry")

_AGAIN: Final = 5.0
"""Seconds for which what was looked up counts: whoever asks more often is told the same."""
_PATIENCE: Final = 2.0
_BREAKERS: Final = ("CLOSED", "HALF_OPEN", "OPEN")
_HEALTH: Final = ("UP", "DEGRADED", "DOWN", "UNKNOWN")
_OPEN: Final = (AWAITING, RUNNING, COMPENSATING, UNKNOWN, FROZEN)
"""States of a run that somebody has to do something about."""


class Health(Protocol):
    """Who knows how sources are."""

    def health(self) -> tuple[SourceHealth, ...]:
        """How each source has been doing."""
        ...


class Standing:
    """What is looked up. Shape: `sinks` by their names in the installation."""

    def __init__(self, registry: CollectorRegistry, desk: Health, engine: AsyncEngine, sinks: Sequence[str]) -> None:
        self._desk = desk
        self._engine = engine.execution_options(okno_writes=False)
        self._sinks = {cursor_of(name): name for name in sinks}
        self._looked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._breaker = Gauge(
            "okno_source_breaker",
            "1 for the state that a source's breaker is in.",
            ["source", "state"],
            registry=registry,
        )
        self._state = Gauge("okno_source_state", "1 for how a source is.", ["source", "state"], registry=registry)
        self._behind = Gauge(
            "okno_audit_sink_behind", "Records that a sink has not been told of.", ["sink"], registry=registry
        )
        self._oldest = Gauge(
            "okno_audit_sink_oldest_seconds", "Age of the oldest of them; 0 for none.", ["sink"], registry=registry
        )
        self._failures = Gauge(
            "okno_audit_sink_failures", "Tries in a row that a sink has failed.", ["sink"], registry=registry
        )
        self._unplaced = Gauge(
            "okno_audit_unplaced", "Records of running writers without a place in the tree.", registry=registry
        )
        self._runs = Gauge("okno_runs", "Runs of operations by state.", ["state"], registry=registry)
        self._waiting = Gauge(
            "okno_runs_oldest_seconds",
            "Age of the oldest run of a state that is not final.",
            ["state"],
            registry=registry,
        )
        self._readable = Gauge(
            "okno_database_readable", "0 where the database could not be asked for these.", registry=registry
        )

    async def look(self) -> None:
        """Bring the figures up to date."""
        for each in self._desk.health():
            for state in _BREAKERS:
                self._breaker.labels(each.name, state).set(each.breaker == state)
            for state in _HEALTH:
                self._state.labels(each.name, state).set(each.state == state)
        async with self._lock:
            if time.monotonic() - self._looked_at < _AGAIN:
                return
            self._looked_at = time.monotonic()
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._asked()
                self._readable.set(1)
            except (SQLAlchemyError, OSError, TimeoutError) as problem:
                self._readable.set(0)
                log.warning("figures of the database cannot be looked up: %s", type(problem).__name__)

    async def _asked(self) -> None:
        sinks = await states(self._engine, list(self._sinks))
        async with self._engine.connect() as connection:
            oldest = await connection.run_sync(lambda one: {each.name: oldest_of(one, each) for each in sinks})
            unplaced = await connection.run_sync(_unplaced)
            counts: dict[str, int] = dict(_pairs(await connection.execute(_COUNTS)))
            since: dict[str, datetime] = dict(_pairs(await connection.execute(_SINCE)))
        now = datetime.now(UTC)
        for each in sinks:
            name = self._sinks[each.name]
            self._behind.labels(name).set(each.behind)
            self._failures.labels(name).set(each.failures)
            self._oldest.labels(name).set(_age(now, oldest[each.name]))
        self._unplaced.set(unplaced)
        for state in STATES:
            self._runs.labels(state).set(counts.get(state, 0))
        for state in _OPEN:
            self._waiting.labels(state).set(_age(now, since.get(state)))


_COUNTS: Final[Any] = select(col(OperationRun.state), func.count()).group_by(col(OperationRun.state))
_SINCE: Final[Any] = (
    select(col(OperationRun.state), func.min(col(OperationRun.created_at)))
    .where(col(OperationRun.state).in_(_OPEN))
    .group_by(col(OperationRun.state))
)


def oldest_of(connection: Connection, state: CursorState) -> datetime | None:
    """When the first record was made that a sink has not been told of; None where there is none, or it is gone."""
    if not state.behind:
        return None
    place = col(AuditRange.place)
    found: Any = connection.execute(
        select(place, col(AuditRange.writer), col(AuditRange.first_seq), col(AuditRange.count).label("many"))
        .where(place <= state.place)
        .order_by(place.desc())
        .limit(1)
    ).first()
    if found is None or state.place >= found.place + found.many:
        return None
    seq = found.first_seq + state.place - found.place
    at = connection.execute(
        select(col(AuditRecord.at)).where(col(AuditRecord.writer) == found.writer, col(AuditRecord.seq) == seq)
    ).scalar()
    return None if at is None else datetime.fromisoformat(at)


def _unplaced(connection: Connection) -> int:
    last = (
        select(func.max(col(AuditRecord.seq)))
        .where(col(AuditRecord.writer) == col(AuditWriter.writer))
        .scalar_subquery()
    )
    rows = connection.execute(select(last, col(AuditWriter.sequenced)).where(col(AuditWriter.ended_at).is_(None)))
    return sum(max(0, (reached or 0) - placed) for reached, placed in rows)


def _pairs(rows: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    return ((row[0], row[1]) for row in rows)


def _age(now: datetime, moment: datetime | None) -> float:
    if moment is None:
        return 0.0
    return max(0.0, (now - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))).total_seconds())
