"""Runs: what the journal knows, read. Nothing is changed here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, DateTime, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from operations.kit.tables import (
    AWAITING,
    COMPENSATING,
    DONE,
    RUNNING,
    UNDONE,
    OperationApproval,
    OperationRun,
    OperationStep,
)

UNDER_WAY: Final = (RUNNING, COMPENSATING)
"""States in which some process has to be at work."""


@dataclass(frozen=True, slots=True)
class RunsWanted:
    """Which runs to list. All given conditions hold at once."""

    employee_id: str | None = None
    caller: str | None = None
    states: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    before: tuple[datetime, str] | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Brief:
    """As much of a run as it takes to say that there is one, and to whom.

    Shape: `at` is when it ended, or was begun; `parts` are the operations that a scenario consists of.
    """

    id: str
    name: str
    state: str
    origin: str
    caller: str
    holder: str | None
    employee_id: str
    employee_login: str
    parts: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Latest:
    """A run among the latest about somebody. Shape: `changed` says whether some system was changed by it."""

    run: Brief
    changed: bool


class Runs:
    """The runs of all processes, as they stand."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._engine = engine
        self._on_a_server = engine.dialect.name == "postgresql"

    def _now(self) -> Any:
        """Now, as leases are told by."""
        return func.clock_timestamp(type_=DateTime(timezone=True)) if self._on_a_server else self.clock()

    async def run(self, id_: str) -> OperationRun | None:
        """One run."""
        return next(iter(await self._runs(col(OperationRun.id) == id_)), None)

    async def by_key(self, caller: str, key: str) -> OperationRun | None:
        """The run that a caller's key stands for."""
        return next(
            iter(await self._runs(and_(col(OperationRun.caller) == caller, col(OperationRun.key) == key))), None
        )

    async def runs(self, wanted: RunsWanted, most: int) -> list[OperationRun]:
        """Runs, the newest first."""
        conditions: list[ColumnElement[bool]] = []
        if wanted.employee_id is not None:
            conditions.append(col(OperationRun.employee_id) == wanted.employee_id)
        if wanted.caller is not None:
            conditions.append(or_(col(OperationRun.caller) == wanted.caller, col(OperationRun.holder) == wanted.caller))
        if wanted.states:
            conditions.append(col(OperationRun.state).in_(wanted.states))
        if wanted.names:
            conditions.append(col(OperationRun.name).in_(wanted.names))
        if wanted.since is not None:
            conditions.append(col(OperationRun.created_at) >= wanted.since)
        if wanted.before is not None:
            at, id_ = wanted.before
            here = col(OperationRun.created_at)
            conditions.append(or_(here < at, and_(here == at, col(OperationRun.id) < id_)))
        return await self._runs(*conditions, most=most)

    async def orphans(self, most: int = 50) -> list[OperationRun]:
        """Runs under way whose process has let its lease end."""
        return await self._runs(
            col(OperationRun.state).in_(UNDER_WAY), col(OperationRun.lease_until) <= self._now(), most=most
        )

    async def due(self, most: int = 50) -> list[OperationRun]:
        """Temporary changes whose time is over."""
        return await self._runs(
            col(OperationRun.due_at) <= self.clock(), col(OperationRun.undone_by).is_(None), most=most
        )

    async def overdue(self, most: int = 50) -> list[OperationRun]:
        """Runs that have waited for an approval too long."""
        return await self._runs(
            col(OperationRun.state) == AWAITING, col(OperationRun.expires_at) <= self.clock(), most=most
        )

    async def steps(self, run: str) -> list[OperationStep]:
        """The steps of a run, in order."""
        wanted = select(OperationStep).where(col(OperationStep.run) == run).order_by(col(OperationStep.number))
        async with self._engine.connect() as connection:
            return [OperationStep(**row) for row in (await connection.execute(wanted)).mappings()]

    async def approvals(self, run: str) -> list[OperationApproval]:
        """What a run waits for, or has waited for."""
        wanted = select(OperationApproval).where(col(OperationApproval.run) == run)
        async with self._engine.connect() as connection:
            return [OperationApproval(**row) for row in (await connection.execute(wanted)).mappings()]

    async def steps_of(self, runs: Sequence[str]) -> dict[str, list[OperationStep]]:
        """The steps of several runs, in order, by run."""
        wanted = select(OperationStep).where(col(OperationStep.run).in_(runs)).order_by(col(OperationStep.number))
        found: dict[str, list[OperationStep]] = {each: [] for each in runs}
        async with self._engine.connect() as connection:
            for row in (await connection.execute(wanted)).mappings():
                found[row["run"]].append(OperationStep(**row))
        return found

    async def approvals_of(self, runs: Sequence[str]) -> dict[str, list[OperationApproval]]:
        """What several runs wait for, or have waited for, by run."""
        found: dict[str, list[OperationApproval]] = {each: [] for each in runs}
        async with self._engine.connect() as connection:
            wanted = select(OperationApproval).where(col(OperationApproval.run).in_(runs))
            for row in (await connection.execute(wanted)).mappings():
                found[row["run"]].append(OperationApproval(**row))
        return found

    async def of_ids(self, runs: Sequence[str]) -> dict[str, OperationRun]:
        """Several runs, by their ids."""
        return {each.id: each for each in await self._runs(col(OperationRun.id).in_(runs), most=len(runs))}

    async def latest(self, employees: Sequence[str], most: int) -> dict[str, list[Latest]]:
        """The latest runs about employees, the newest first, by employee. `most` of each.

        What came of a run is written into its ticket by a run of its own: those are left out.
        """
        newest = (col(OperationRun.created_at).desc(), col(OperationRun.id).desc())
        ranked = (
            select(
                *(getattr(OperationRun, each) for each in _BRIEF),
                col(OperationRun.plan)["parts"].label("parts"),
                exists()
                .where(col(OperationStep.run) == col(OperationRun.id), col(OperationStep.state).in_((DONE, UNDONE)))
                .label("changed"),
                func.row_number().over(partition_by=col(OperationRun.employee_id), order_by=newest).label("place"),
            )
            .where(col(OperationRun.employee_id).in_(employees), col(OperationRun.origin) != "CASE")
            .subquery()
        )
        wanted = select(ranked).where(ranked.c.place <= most).order_by(ranked.c.place)
        found: dict[str, list[Latest]] = {each: [] for each in employees}
        async with self._engine.connect() as connection:
            for row in (await connection.execute(wanted)).mappings():
                run = _brief(dict(row), row["parts"])
                found[row["employee_id"]].append(Latest(run, bool(row["changed"])))
        return found

    async def asked_about(self, employees: Sequence[str], asked: Sequence[str]) -> set[str]:
        """Runs about employees for which one of these was asked, as `login:` or `team:`."""
        wanted = (
            select(col(OperationApproval.run))
            .join(OperationRun, col(OperationRun.id) == col(OperationApproval.run))
            .where(col(OperationRun.employee_id).in_(employees), col(OperationApproval.asked_of).in_(asked))
        )
        async with self._engine.connect() as connection:
            return set((await connection.execute(wanted)).scalars())

    async def count(self, caller: str, name: str, since: datetime) -> int:
        """How many runs of an operation a caller has begun since."""
        async with self._engine.connect() as connection:
            return await counted(connection, caller, name, since)

    async def _runs(self, *conditions: ColumnElement[bool], most: int = 1) -> list[OperationRun]:
        wanted = (
            select(OperationRun)
            .where(*conditions)
            .order_by(col(OperationRun.created_at).desc(), col(OperationRun.id).desc())
            .limit(most)
        )
        async with self._engine.connect() as connection:
            return [OperationRun(**row) for row in (await connection.execute(wanted)).mappings()]


_SAID: Final = ("id", "name", "state", "origin", "caller", "holder", "employee_id", "employee_login")
_BRIEF: Final = (*_SAID, "created_at", "ended_at")


def brief(run: OperationRun) -> Brief:
    """A run in brief."""
    return _brief({each: getattr(run, each) for each in _BRIEF}, run.plan.get("parts"))


def _brief(row: Mapping[str, Any], parts: Mapping[str, str] | None) -> Brief:
    names = tuple(sorted(set((parts or {}).values())))
    return Brief(**{name: row[name] for name in _SAID}, parts=names, at=row["ended_at"] or row["created_at"])


async def counted(connection: AsyncConnection, caller: str, name: str, since: datetime) -> int:
    """How many runs of an operation a caller has begun since, as one transaction sees it."""
    wanted = select(func.count()).where(
        col(OperationRun.caller) == caller, col(OperationRun.name) == name, col(OperationRun.created_at) >= since
    )
    return int((await connection.execute(wanted)).scalar_one())
