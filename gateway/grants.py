"""Grants: roles that people hold until a moment. They only add assignments; whatever is forbidden stays forbidden."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from authz.rights import Assignment
from authz.tables import RightsGrant
from gateway.store import Store
from sources.ports.call import utc_now

log = logging.getLogger("okno.rights")

GRANT: Final = "GRANT"
BREAK_GLASS: Final = "BREAK_GLASS"
REMIND: Final = timedelta(minutes=10)
"""Between two alerts of a broken glass that nobody else has looked at."""


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """A grant that is good now. Shape: `kind` is GRANT or BREAK_GLASS."""

    id: str
    assignment: Assignment
    clearance: tuple[str, ...]
    starts: datetime
    until: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class _Unreviewed:
    id: str
    login: str
    role: str
    reason: str
    until: datetime
    alerted_at: datetime | None


class Grants:
    """All grants that are or will be good, in memory: asked on every request, ended by the clock alone."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now, remind: timedelta = REMIND) -> None:
        self._store = store
        self._clock = clock
        self._remind = remind
        self._by_login: dict[str, tuple[LiveGrant, ...]] = {}
        self._unreviewed: dict[str, _Unreviewed] = {}

    def live(self, login: str, now: datetime) -> tuple[LiveGrant, ...]:
        """What a person holds at a moment."""
        return tuple(each for each in self._by_login.get(login.casefold(), ()) if each.starts <= now < each.until)

    async def refresh(self) -> None:
        """Read everything that is still to count."""
        async with self._store.session() as session:
            rows = (await session.execute(select(RightsGrant).where(or_(*_counts(self._clock()))))).scalars().all()
        by_login: dict[str, tuple[LiveGrant, ...]] = {}
        for row in sorted(rows, key=lambda row: (row.starts, row.id)):
            if _gives(row):
                by_login[row.login.casefold()] = (*by_login.get(row.login.casefold(), ()), _live(row))
        self._by_login = by_login
        self._unreviewed = {
            row.id: _Unreviewed(row.id, row.login, row.role, row.reason, row.until, row.alerted_at)
            for row in rows
            if row.kind == BREAK_GLASS and row.reviewed_at is None
        }

    async def alert(self) -> None:
        """Raise every broken glass again that another person has not reviewed in time. One of all processes does it."""
        now = self._clock()
        for each in [each for each in self._unreviewed.values() if self._is_due(each, now)]:
            due = update(RightsGrant).where(
                col(RightsGrant.id) == each.id,
                col(RightsGrant.reviewed_at).is_(None),
                or_(col(RightsGrant.alerted_at).is_(None), col(RightsGrant.alerted_at) <= now - self._remind),
            )
            async with self._store.session() as session:
                ours = getattr(await session.execute(due.values(alerted_at=now)), "rowcount", 0)
            self._unreviewed[each.id] = replace(each, alerted_at=now)
            if ours:
                alarm(each.id, each.login, each.role, each.until, again=True)

    def _is_due(self, each: _Unreviewed, now: datetime) -> bool:
        return each.alerted_at is None or now - each.alerted_at >= self._remind


async def live_grants(session: AsyncSession, login: str, now: datetime) -> tuple[LiveGrant, ...]:
    """What a person holds at a moment, by the store itself."""
    rows = (await session.execute(select(RightsGrant).where(col(RightsGrant.until) > now))).scalars()
    return tuple(
        _live(row)
        for row in sorted(rows, key=lambda row: (row.starts, row.id))
        if row.login.casefold() == login.casefold() and _gives(row) and row.starts <= now < row.until
    )


def alarm(grant: str, login: str, role: str, until: datetime, *, again: bool) -> None:
    """Tell those who watch that somebody has broken the glass."""
    log.warning(
        "glass broken, %s",
        "still not reviewed" if again else "to be reviewed by somebody else",
        extra={"grant": grant, "login": login, "role": role, "until": until.isoformat(), "again": again},
    )


def _counts(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    unended = (col(RightsGrant.until) > now) & col(RightsGrant.ended_at).is_(None)
    return unended, (col(RightsGrant.kind) == BREAK_GLASS) & col(RightsGrant.reviewed_at).is_(None)


def _gives(row: RightsGrant) -> bool:
    """Whether a row gives anything between its two moments."""
    return row.ended_at is None and (row.kind == BREAK_GLASS or row.approved_by is not None)


def _live(row: RightsGrant) -> LiveGrant:
    assignment = Assignment(row.role, tuple(row.regions), f"grant:{row.id}")
    return LiveGrant(row.id, assignment, tuple(row.clearance), row.starts, row.until, row.kind)
