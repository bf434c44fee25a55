"""Exposure: how many people each operator has looked at within the hour; the trail's own records are what is counted.

A process counts in memory what it shows, and takes up from the trail what others have shown, a few seconds late at most.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import case, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.moment import written
from audit.tables import AuditRecord
from operations.kit.budget import Budget
from resolvers.asking import Viewer
from resolvers.reads import Exceeded
from sources.ports.call import utc_now

HOUR: Final = timedelta(hours=1)
BELIEVED_FOR: Final = 2.0
"""Seconds until a process looks again what others have shown."""
_LATE: Final = timedelta(seconds=15)
"""A record may become durable this much after the moment that it tells."""
_REMEMBERED: Final = 5_000
_SHOWN: Final = ("employee.read", "field.revealed")
_EXCEEDED: Final = "exposure.exceeded"
_SEARCHED: Final = "search.made"
TWICE: Final = 2
"""Whoever signs in again after the limit was reached gets as much once more."""


@dataclass(slots=True)
class Seen:
    """What one operator has looked at. Shape: `people` and `searches` (by request) with when; `exceeded` by what, the first time."""

    people: dict[str, datetime] = field(default_factory=dict)
    searches: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    exceeded: dict[str, datetime] = field(default_factory=dict)
    known_to: datetime | None = None
    good_until: float = 0.0

    def forget(self, before: datetime) -> None:
        """Let go what is more than an hour ago."""
        self.people = {whose: at for whose, at in self.people.items() if at > before}
        self.searches = {trace: said for trace, said in self.searches.items() if said[0] > before}
        self.exceeded = {what: at for what, at in self.exceeded.items() if at > before}


class Exposure:
    """What operators have looked at. Programs are not counted: what they may read is their token's matter."""

    def __init__(
        self, engine: AsyncEngine, budget: Budget | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._budget = budget or Budget()
        self._clock = clock
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    async def of(self, viewer: Viewer, trace: str) -> "OperatorAllowance | None":
        """What a viewer may still look at; None: anything."""
        if viewer.service:
            return None
        seen = self._seen.setdefault(viewer.login, Seen())
        self._seen.move_to_end(viewer.login)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        if seen.good_until <= time.monotonic():
            await self._look(viewer.login, seen)
        return OperatorAllowance(seen, self._budget, viewer.authenticated_at, trace, self._clock)

    async def _look(self, operator: str, seen: Seen) -> None:
        """Take up what stands in the trail since the last look."""
        now = self._clock()
        since = now - HOUR if seen.known_to is None else max(seen.known_to - _LATE, now - HOUR)
        # of whom a record is stands in a column; what a search or a refusal was, in its text alone
        body = case((col(AuditRecord.employee).is_(None), col(AuditRecord.body)), else_=None)
        wanted = select(col(AuditRecord.code), col(AuditRecord.employee), col(AuditRecord.at), body).where(
            col(AuditRecord.operator) == operator,
            col(AuditRecord.at) >= written(since),
            col(AuditRecord.code).in_((*_SHOWN, _SEARCHED, _EXCEEDED)),
        )
        seen.good_until = time.monotonic() + BELIEVED_FOR
        try:
            async with self._engine.connect() as connection:
                rows = (await connection.execute(wanted)).all()
        except SQLAlchemyError:
            return  # the trail cannot be written either then, and nothing personal is shown
        searches: dict[str, tuple[datetime, int]] = {}
        for code, employee, at, text in rows:
            told: Mapping[str, Any] = {} if text is None else orjson.loads(text)
            self._count(seen, searches, code, employee, _moment(at), told)
        seen.searches.update(searches)
        seen.known_to = now
        seen.forget(now - HOUR)

    @staticmethod
    def _count(
        seen: Seen,
        searches: dict[str, tuple[datetime, int]],
        code: str,
        employee: str | None,
        at: datetime,
        told: Mapping[str, Any],
    ) -> None:
        if code == _SEARCHED:
            trace = str(told.get("trace"))
            searches[trace] = (at, searches.get(trace, (at, 0))[1] + 1)
        elif code == _EXCEEDED:
            what = str(told.get("detail", {}).get("what"))
            seen.exceeded[what] = min(at, seen.exceeded.get(what, at))
        else:
            # whose number the record does not have stands there by login or address, behind a mark
            whose = (employee or str(told.get("object"))).removeprefix("@")
            seen.people[whose] = max(at, seen.people.get(whose, at))


@dataclass(frozen=True, slots=True)
class OperatorAllowance:
    """What one operator may still look at, in one request."""

    seen: Seen
    budget: Budget
    authenticated_at: datetime | None
    trace: str
    clock: Callable[[], datetime]

    def take(self, whose: str) -> bool:
        """Look at somebody; False where they would be one too many."""
        now = self.clock()
        if whose not in self.seen.people and len(self.seen.people) >= self._most("employees"):
            self.seen.exceeded.setdefault("employees", now)
            return False
        self.seen.people[whose] = now
        return True

    def search(self) -> bool:
        """Search once; False where it would be once too often."""
        now = self.clock()
        if sum(times for _at, times in self.seen.searches.values()) >= self._most("searches"):
            self.seen.exceeded.setdefault("searches", now)
            return False
        self.seen.searches[self.trace] = (now, self.seen.searches.get(self.trace, (now, 0))[1] + 1)
        return True

    def exceeded(self, what: str) -> Exceeded:
        """What is told of it."""
        most = self._most(what)
        moments = sorted(
            self.seen.people.values() if what == "employees" else (at for at, _times in self.seen.searches.values())
        )
        # there is room again when the oldest of those that fill it is an hour ago
        until = moments[max(len(moments) - most, 0)] + HOUR if moments else self.clock() + HOUR
        seconds = max(1, round((until - self.clock()).total_seconds()))
        return Exceeded(what, most, seconds, step_up=not self._stepped_up(what))

    def _most(self, what: str) -> int:
        most = self.budget.employees if what == "employees" else self.budget.searches
        return most * TWICE if self._stepped_up(what) else most

    def _stepped_up(self, what: str) -> bool:
        """Whether the operator has signed in again since the limit was reached the first time."""
        reached = self.seen.exceeded.get(what)
        return reached is not None and self.authenticated_at is not None and self.authenticated_at > reached


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
