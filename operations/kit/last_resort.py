"""Last resort: the team that may agree as well when nobody else has and the time is nearly over.

It is called in once, by whichever process looks first, and from the moment that the trail says so; by the clock alone
nobody may. It is never called in where nobody was named for it.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final

from sqlalchemy import exists, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.trail import Trail, TrailUnavailable
from operations.kit.cases_tables import OperationFollowed
from operations.kit.recording import recorded
from operations.kit.tables import AWAITING, OperationRun
from sources.ports.call import utc_now

log = logging.getLogger("okno.operations")

CALLED_IN: Final = "RESORT"
TOLD: Final = "RESTOLD"
"""Phases of a run that was followed up: the team was called in, and was told."""
RESORT: Final = "RESORT"
"""The kind of messages to it."""
_LEFT: Final = 4
"""It is called in when less than this part of the time is left."""
_MOST: Final = 200


class LastResort:
    """The approver of last resort. Shape: `team` is its id, None where there is none; `names` are operations that it may be
    asked about.
    """

    def __init__(
        self,
        trail: Trail,
        engine: AsyncEngine,
        team: str | None,
        names: Collection[str],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.team = team
        self._trail = trail
        self._engine = engine
        self._names = frozenset(names)
        self._clock = clock

    async def look(self) -> None:
        """Call the team in wherever the time is nearly over."""
        if self.team is None:
            return
        try:
            for run in await self._waiting(CALLED_IN):
                if self._is_late(run):
                    await self._call_in(run, self.team)
        except TrailUnavailable:
            log.warning("the approver of last resort cannot be called in: the trail cannot be written")

    async def untold(self) -> list[OperationRun]:
        """Runs that the team was called in for, that wait still, and of which it was not told."""
        if self.team is None:
            return []
        return [each for each in await self._waiting(TOLD) if await self._was_called_in(each.id)]

    async def may_decide(self, team: str | None, run: str) -> bool:
        """Whether members of a team may decide on a run since they are the last resort."""
        return self.team is not None and team == self.team and await self._was_called_in(run)

    def _is_late(self, run: OperationRun) -> bool:
        """Whether less than a quarter of the time is left, and some of it is."""
        if run.expires_at is None or run.name not in self._names:
            return False
        left = run.expires_at - self._clock()
        return run.expires_at > self._clock() and left * _LEFT < run.expires_at - run.created_at

    async def _waiting(self, phase: str) -> list[OperationRun]:
        """Runs that wait and have not been through a phase, the one whose time is over first at first."""
        followed = exists().where(
            col(OperationFollowed.run) == col(OperationRun.id), col(OperationFollowed.phase) == phase
        )
        wanted = (
            select(OperationRun)
            .where(col(OperationRun.state) == AWAITING, col(OperationRun.expires_at) > self._clock(), ~followed)
            .order_by(col(OperationRun.expires_at))
            .limit(_MOST)
        )
        async with self._engine.connect() as connection:
            return [OperationRun(**row) for row in (await connection.execute(wanted)).mappings()]

    async def _was_called_in(self, run: str) -> bool:
        wanted = select(col(OperationFollowed.run)).where(
            col(OperationFollowed.run) == run, col(OperationFollowed.phase) == CALLED_IN
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(wanted)).first() is not None

    async def _call_in(self, run: OperationRun, team: str) -> None:
        """Write down that the team may decide, together with its record, if the run waits still. Raises: TrailUnavailable."""

        async def work(connection: AsyncConnection) -> bool:
            waits = select(col(OperationRun.id)).where(
                col(OperationRun.id) == run.id, col(OperationRun.state) == AWAITING
            )
            if (await connection.execute(waits)).first() is None:
                return False
            await connection.execute(insert(OperationFollowed), [{"run": run.id, "phase": CALLED_IN}])
            return True

        until = None if run.expires_at is None else run.expires_at.isoformat()
        event = recorded(run, "approval.escalated", "decision", "success", detail={"team": team, "until": until})
        try:
            await self._trail.together(work, event)
        except IntegrityError:
            return  # another process has
