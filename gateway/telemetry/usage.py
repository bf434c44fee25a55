"""Usage: who uses what of the schema, counted in memory and put down every few seconds.

What was counted since it was last put down is lost with a process that is killed: these figures are for deciding what may go,
not for proof.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Table, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, col

from gateway.telemetry.bounded import OTHER, Bounded
from gateway.telemetry.usage_tables import UsageDocument, UsageField, UsagePlace, UsageWithheld
from resolvers.observing import Observed
from sources.ports.call import utc_now

log = logging.getLogger("okno.telemetry")

EVERY: Final = 5.0
_SWEEP: Final = timedelta(hours=1)
_MOST_CLIENTS: Final = 200
"""Different clients of one day that this process tells apart; all later ones are one."""
_MOST_DOCUMENTS: Final = 2_000
"""Documents of one day that this process tells apart; what all later ones use counts as that of other clients."""
_MOST_WITHHELD: Final = 5_000
_LONGEST_NAME: Final = 60
_TOGETHER: Final = 400
"""Rows in one transaction: whoever else writes gets a turn between."""
TABLES: Final[tuple[type[SQLModel], ...]] = (UsageField, UsageDocument, UsagePlace, UsageWithheld)


class Usage:
    """The use that this process has seen. Units: `days` for which it is remembered, `every` in seconds."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        days: int,
        dropped: Callable[[], object] = lambda: None,
        every: float = EVERY,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine.execution_options(okno_writes=True)
        self._days = days
        self._dropped = dropped
        self._every = every
        self._clock = clock
        self._asked = Counter[tuple[str, str, str]]()
        self._beyond = Counter[str]()
        self._places: dict[tuple[str, str], frozenset[str]] = {}
        self._withheld = Counter[tuple[str, str, str]]()
        self._day = ""
        self._clients = Bounded(_MOST_CLIENTS)
        self._put_down = set[tuple[str, str]]()
        self._swept = clock() - _SWEEP
        self._well = True
        self._task: asyncio.Task[None] | None = None

    def answered(self, observed: Observed) -> None:
        """Count an answer; of what was not executed, nothing was used."""
        if not observed.executed or observed.document is None:
            return
        place = (observed.document, (observed.name or "")[:_LONGEST_NAME])
        if place in self._places or len(self._places) < _MOST_DOCUMENTS:
            self._places.setdefault(place, observed.used)
            client = None if observed.client is None else observed.client[:_LONGEST_NAME]
            self._asked[(self._clients.of(client), *place)] += 1
        else:
            self._beyond.update(observed.used)
            self._dropped()
        for field, code in observed.withheld.items():
            noted = (observed.team or "", field, code)
            if noted in self._withheld or len(self._withheld) < _MOST_WITHHELD:
                self._withheld[noted] += 1
            else:
                self._dropped()

    def start(self) -> None:
        """Begin to put down."""
        self._task = asyncio.create_task(self._keep(), name="usage")

    async def close(self) -> None:
        """Put the rest down, and stop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            with suppress(SQLAlchemyError, OSError, TimeoutError):
                async with asyncio.timeout(2):
                    await self.put_down()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.put_down()
                await self._sweep()
                self._well = True
            except (SQLAlchemyError, OSError) as problem:
                if self._well:
                    log.warning("use cannot be kept now: %s", type(problem).__name__)
                self._well = False

    async def put_down(self) -> None:
        """Write what was counted since the last time. What cannot be written is counted on."""
        day = self._clock().date().isoformat()
        asked, self._asked = self._asked, Counter()
        withheld, self._withheld = self._withheld, Counter()
        beyond, self._beyond = self._beyond, Counter()
        fields = Counter({(OTHER, used): count for used, count in beyond.items()})
        for (client, document, name), count in asked.items():
            for used in self._places[document, name]:
                fields[client, used] += count
        new = {(document, name) for _, document, name in asked} - self._put_down
        try:
            await self._add(
                UsageDocument,
                [
                    {"day": day, "client": client, "document": document, "name": name, "count": count}
                    for (client, document, name), count in sorted(asked.items())
                ],
            )
            asked = Counter()
            await self._add(
                UsageField,
                [
                    {"day": day, "client": client, "place": used, "count": count}
                    for (client, used), count in sorted(fields.items())
                ],
            )
            beyond = Counter()
            await self._add(
                UsagePlace,
                [
                    {"document": document, "name": name, "place": used, "day": day}
                    for document, name in sorted(new)
                    for used in sorted(self._places[document, name])
                ],
            )
            self._put_down |= new
            await self._add(
                UsageWithheld,
                [
                    {"day": day, "team": team, "field": field, "code": code, "count": count}
                    for (team, field, code), count in sorted(withheld.items())
                ],
            )
            withheld = Counter()
        finally:
            self._asked += asked
            self._beyond += beyond
            self._withheld += withheld
        if day != self._day:
            self._begin(day)

    def _begin(self, day: str) -> None:
        """A day begins: who is told apart is found anew, and documents are seen anew."""
        self._day = day
        self._clients = Bounded(_MOST_CLIENTS)
        self._put_down.clear()
        under_way = {(document, name) for _, document, name in self._asked}
        self._places = {place: used for place, used in self._places.items() if place in under_way}

    async def _add(self, kind: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
        statement = adding(kind, self._engine.dialect.name)
        for start in range(0, len(rows), _TOGETHER):
            async with self._engine.begin() as connection:
                await connection.execute(statement, list(rows[start : start + _TOGETHER]))

    async def _sweep(self) -> None:
        """Forget what is too old."""
        now = self._clock()
        if now - self._swept < _SWEEP:
            return
        self._swept = now
        oldest = (now - timedelta(days=self._days)).date().isoformat()
        for kind in TABLES:
            async with self._engine.begin() as connection:
                await connection.execute(delete(kind).where(col(kind.day) < oldest))  # type: ignore[attr-defined]  # each has one


def adding(kind: type[SQLModel], dialect: str) -> Any:
    """The statement that adds to a count, or makes a day the latest."""
    table: Table = kind.__table__  # type: ignore[attr-defined]  # a mapped class has one
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    counted = "count" in table.c
    values = {"count": table.c["count"] + insert.excluded["count"]} if counted else {"day": insert.excluded["day"]}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)
