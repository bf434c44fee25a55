"""Following: whoever follows a run or a bulk is woken when it has changed, whichever process has changed it.

What is followed is looked at together, one question for all of it, several times a second and only while anybody follows
anything. PostgreSQL's notifications are not used for that: each would be a notification for every step of every run,
followed or not, and transactions that notify are committed one after another.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from operations.kit.bulk_tables import ENDED as BULK_ENDED
from operations.kit.bulk_tables import OperationBulk, OperationBulkItem
from operations.kit.tables import (
    AWAITING,
    CANCELLED,
    COMPENSATED,
    EXPIRED,
    FAILED,
    REJECTED,
    SUCCEEDED,
    OperationApproval,
    OperationRun,
)
from sources.ports.call import SourceHealth

log = logging.getLogger("okno.operations")
EVERY: Final = 0.25
"""Seconds between two looks."""
_OVER: Final = frozenset({SUCCEEDED, FAILED, COMPENSATED, REJECTED, EXPIRED, CANCELLED})
_BULK_OVER: Final = frozenset({BULK_ENDED, CANCELLED})
AGAIN: Final = 30
"""Seconds after which an employee is looked at again: systems tell nobody when something of theirs changes."""
RUN: Final = "Operation"
BULK: Final = "Bulk"
EMPLOYEE: Final = "Employee"
APPROVALS: Final = "approvals"
SOURCES: Final = "sources"
Followed = tuple[str, str]
"""What kind of thing, and which; nothing where there is only one."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How something stands. Shape: `said` differs whenever anything of it has changed; `over` when no more will change."""

    said: tuple[Any, ...] = ()
    over: bool = False


class Watch:
    """One follower. Shape: `mark` as of the last look."""

    __slots__ = ("_moved", "mark")

    def __init__(self) -> None:
        self.mark = Mark()
        self._moved = asyncio.Event()

    def show(self, mark: Mark) -> None:
        """Tell how it stands now."""
        if mark != self.mark:
            self.mark = mark
            self.wake()

    def wake(self) -> None:
        """Let the follower look again, whether or not it has changed."""
        self._moved.set()

    async def moved(self) -> None:
        """Wait until there is something new."""
        await self._moved.wait()
        self._moved.clear()


class Following:
    """All that is followed in one process. Shape: `sources` tells how they are doing. Units: `every` and `again` in seconds."""

    def __init__(
        self,
        engine: AsyncEngine,
        every: float = EVERY,
        sources: Callable[[], Sequence[SourceHealth]] = tuple,
        again: float = AGAIN,
    ) -> None:
        self._engine = engine
        self._sources = sources
        self._again = again
        self._every = every
        self._watched: dict[Followed, list[Watch]] = {}
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, followed: Followed) -> AsyncIterator[Watch]:
        """Follow something; how it stands is known from the beginning. Raises: whatever the database does."""
        watch = Watch()
        watch.mark = (await self._looked_at([followed])).get(followed, Mark())
        self._watched.setdefault(followed, []).append(watch)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep(), name="what is followed")
        try:
            yield watch
        finally:
            self._watched[followed].remove(watch)
            if not self._watched[followed]:
                del self._watched[followed]

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        while self._watched:
            await asyncio.sleep(self._every)
            try:
                marks = await self._looked_at([*self._watched])
            except Exception as problem:  # noqa: BLE001  # a database that is away now: it is looked at again
                log.warning("what is followed cannot be looked at now: %s", type(problem).__name__)
                continue
            for followed, watches in self._watched.items():
                for watch in watches:
                    watch.show(marks.get(followed, watch.mark))

    async def _looked_at(self, followed: Iterable[Followed]) -> dict[Followed, Mark]:
        keys: dict[str, list[str]] = {}
        for kind, key in followed:
            keys.setdefault(kind, []).append(key)
        marks: dict[Followed, Mark] = {}
        if SOURCES in keys:
            told = tuple((each.name, each.state, each.breaker, each.since) for each in self._sources())
            marks[SOURCES, ""] = Mark(told)
        looks = [(look, keys[kind]) for kind, look in _LOOKS.items() if kind in keys]
        if looks:
            async with self._engine.connect() as connection:
                for look, wanted in looks:
                    marks.update(await look(connection, wanted))
        turn = int(time.monotonic() / self._again)
        return {
            followed: Mark((*mark.said, turn), mark.over) if followed[0] == EMPLOYEE else mark
            for followed, mark in marks.items()
        }


async def _of_runs(connection: AsyncConnection, keys: list[str]) -> dict[Followed, Mark]:
    decided = (
        select(func.count(col(OperationApproval.decision)))
        .where(col(OperationApproval.run) == col(OperationRun.id))
        .scalar_subquery()
    )
    run = OperationRun
    wanted = select(
        col(run.id), col(run.state), col(run.changed_at), col(run.holder), col(run.undone_by), decided
    ).where(col(run.id).in_(keys))
    rows = (await connection.execute(wanted)).all()
    return {(RUN, row[0]): Mark(tuple(row[1:]), row[1] in _OVER) for row in rows}


async def _of_bulks(connection: AsyncConnection, keys: list[str]) -> dict[Followed, Mark]:
    item, run = OperationBulkItem, OperationRun
    parts = (
        select(col(item.bulk), col(item.state), col(run.state), func.count(), func.max(col(run.changed_at)))
        .join(run, col(run.id) == col(item.run), isouter=True)
        .where(col(item.bulk).in_(keys))
        .group_by(col(item.bulk), col(item.state), col(run.state))
        .order_by(col(item.bulk), col(item.state), col(run.state))
    )
    stands: dict[str, list[Any]] = {key: [] for key in keys}
    for row in (await connection.execute(parts)).all():
        stands[row[0]].append(tuple(row[1:]))
    bulk = OperationBulk
    wanted = select(col(bulk.id), col(bulk.state), col(bulk.changed_at)).where(col(bulk.id).in_(keys))
    rows = (await connection.execute(wanted)).all()
    return {(BULK, row[0]): Mark((*row[1:], *stands[row[0]]), row[1] in _BULK_OVER) for row in rows}


async def _of_employees(connection: AsyncConnection, keys: list[str]) -> dict[Followed, Mark]:
    run = OperationRun
    wanted = (
        select(col(run.employee_id), func.count(), func.max(col(run.changed_at)))
        .where(col(run.employee_id).in_(keys))
        .group_by(col(run.employee_id))
    )
    told = {row[0]: tuple(row[1:]) for row in (await connection.execute(wanted)).all()}
    return {(EMPLOYEE, key): Mark(told.get(key, ())) for key in keys}


async def _of_approvals(connection: AsyncConnection, _keys: list[str]) -> dict[Followed, Mark]:
    """How those runs stand that wait for somebody's consent; who may know of which is decided when they are told."""
    run, approval = OperationRun, OperationApproval
    waiting = select(func.count(), func.max(col(run.changed_at))).where(col(run.state) == AWAITING)
    decided = (
        select(func.count(col(approval.decision)))
        .join(run, col(run.id) == col(approval.run))
        .where(col(run.state) == AWAITING)
    )
    stands = (await connection.execute(waiting)).one()
    return {(APPROVALS, ""): Mark((*stands, (await connection.execute(decided)).scalar_one()))}


_LOOKS: Final = {RUN: _of_runs, BULK: _of_bulks, EMPLOYEE: _of_employees, APPROVALS: _of_approvals}
