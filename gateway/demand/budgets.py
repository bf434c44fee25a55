"""Budgets: what each caller may still ask for this hour, whichever process they ask.

Every process adds what it has served to the database a moment later, and reads there what the others have; so several may
together serve a little more than is allowed, as much as they do between two looks. A database that is away refuses nobody.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from gateway.demand.tables import DemandSpent
from gateway.settings import DemandSettings
from gateway.store import Store
from resolvers.asking import Viewer
from resolvers.problems import RequestProblem
from sources.ports.call import utc_now

log = logging.getLogger("okno.demand")

EVERY: Final = 1.0
"""Seconds between two looks."""
_HOUR: Final = 3600
_KEPT: Final = 48
"""Hours for which it is kept what was spent."""


@dataclass(slots=True)
class _Account:
    """One caller's hour. Shape: `told` is what the database knows, `new` what it has not been told. Units: points."""

    hour: int
    told: int = 0
    new: int = 0

    @property
    def spent(self) -> int:
        return self.told + self.new


class Budgets:
    """The budgets of all callers, in one process. Units: `every` in seconds."""

    def __init__(
        self,
        store: Store,
        said: DemandSettings,
        clock: Callable[[], datetime] = utc_now,
        every: float = EVERY,
    ) -> None:
        self._store = store
        self._said = said
        self._clock = clock
        self._every = every
        self._accounts: dict[str, _Account] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell the database."""
        self._task = asyncio.create_task(self._keep(), name="what callers have spent")

    async def close(self) -> None:
        """Tell it what is left to tell, and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(SQLAlchemyError):
            await self.tell()

    def most(self, viewer: Viewer) -> tuple[int, int]:
        """What a viewer's requests may cost, each and in an hour: the most that a role of theirs lets, else as everybody's."""
        request, hour = viewer.policy.costs(viewer.actor)
        return request or self._said.request, hour or self._said.hour

    async def admit(self, viewer: Viewer, estimate: int) -> None:
        """Look before anything is asked. Raises: RequestProblem COST_EXCEEDED."""
        request, hour = self.most(viewer)
        if estimate > request:
            said = f"a request may cost {request} points and this one could cost {estimate}: ask for fewer, or page by page"
            raise RequestProblem("COST_EXCEEDED", said, estimate=estimate, most=request)
        account = await self._account(viewer.login)
        if account.spent + estimate > hour:
            left, now = max(0, hour - account.spent), self._clock().timestamp()
            said = f"{left} of {hour} points are left of this hour, and this request could cost {estimate}"
            wait = round((_HOUR - now % _HOUR) * 1000)
            raise RequestProblem(
                "COST_EXCEEDED", said, estimate=estimate, most=hour, left=left, retryable=True, retryAfterMs=wait
            )

    def settle(self, viewer: Viewer, spent: int) -> dict[str, Any]:
        """Note what a request has cost. Returns: what the viewer is told of their budget."""
        account = self._of(viewer.login)
        account.new += spent
        _request, hour = self.most(viewer)
        return {"spentThisHour": account.spent, "hourlyBudget": hour}

    def _of(self, login: str) -> _Account:
        hour, key = int(self._clock().timestamp()) // _HOUR, login.casefold()
        account = self._accounts.get(key)
        if account is None or account.hour != hour:
            account = self._accounts[key] = _Account(hour)
        return account

    async def _account(self, login: str) -> _Account:
        known = self._accounts.get(login.casefold())
        account = self._of(login)
        if account is not known:
            with suppress(SQLAlchemyError):
                async with self._store.engine.connect() as connection:
                    account.told = await _spent(connection, login.casefold(), account.hour)
        return account

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.tell()
            except SQLAlchemyError as problem:
                log.warning("what callers have spent cannot be told now: %s", type(problem).__name__)

    async def tell(self) -> None:
        """Tell the database what was served, and learn what other processes have. Raises: SQLAlchemyError."""
        hour = int(self._clock().timestamp()) // _HOUR
        for login, account in list(self._accounts.items()):
            if account.new:
                taken, account.new = account.new, 0
                account.told += taken
                try:
                    async with self._store.writing.begin() as connection:
                        account.told = await _added(connection, login, account.hour, taken)
                except BaseException:
                    account.new += taken
                    account.told -= taken
                    raise
            elif account.hour != hour:
                del self._accounts[login]
                async with self._store.writing.begin() as connection:
                    old = delete(DemandSpent).where(col(DemandSpent.hour) < hour - _KEPT)
                    await connection.execute(old)


async def _spent(connection: AsyncConnection, login: str, hour: int) -> int:
    wanted = select(col(DemandSpent.points)).where(col(DemandSpent.login) == login, col(DemandSpent.hour) == hour)
    return int((await connection.execute(wanted)).scalar_one_or_none() or 0)


async def _added(connection: AsyncConnection, login: str, hour: int, points: int) -> int:
    """Add points to an hour. Returns: what all processes have served."""
    row = {"login": login, "hour": hour, "points": points}
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(DemandSpent).values(row)
    total = DemandSpent.__table__.c.points + points  # type: ignore[attr-defined]  # SQLModel says nothing of its table
    await connection.execute(insert.on_conflict_do_update(index_elements=["login", "hour"], set_={"points": total}))
    return await _spent(connection, login, hour)
