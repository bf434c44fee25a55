"""A world in which processes die at chosen points and others take over, on one database and before one source.

Time stands still while a process lives, and passes a lease when all have died: a schedule depends on nothing but its plan.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiosqlite
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from audit.event import Event
from audit.trail import Trail
from gateway.store import Store, _begin, _tune
from operations.kit.journal import NO_END, Hold, Journal, Limit
from operations.kit.keeping import Keeper
from operations.kit.runner import Runner
from operations.kit.sending import Pace, Sender
from operations.kit.tables import OperationApproval, OperationRun, OperationStep
from sources.ports.call import CallContext
from sources.ports.write import Written
from tests.crash.history import History, read_history
from tests.crash.shapes import EVENTS, SHAPES, Doorkeeper, begun, root_of
from tests.crash.source import Fault, Observer, Source

PACE: Final = Pace(margin=60.0, poll=0.002, poll_most=0.01, settle=0.01, longest=1.0)
MOST_LIVES: Final = 12
"""More than this many processes one after another mean that a run never ends."""


class Cut(asyncio.CancelledError):
    """The end of a process, as a run of it meets it: nothing that it would do after is done."""


@dataclass(slots=True)
class Fate:
    """What is planned for one run. Shape: `cuts[n]` is the point at which its life number n ends; `lengths` the points of each."""

    cuts: Sequence[int] = ()
    lengths: list[int] = field(default_factory=lambda: [0])
    dead: bool = False

    def point(self) -> None:
        """A place where a process may die. Raises: Cut."""
        if self.dead:
            raise Cut
        life = len(self.lengths) - 1
        here = self.lengths[life]
        self.lengths[life] += 1
        if life < len(self.cuts) and self.cuts[life] == here:
            self.dead = True
            raise Cut

    def again(self) -> None:
        """Another process takes over."""
        self.dead = False
        self.lengths.append(0)


class MortalJournal(Journal):
    """A journal whose process may die before and after each of its commits."""

    fates: Mapping[str, Fate]

    def _point(self, run: str) -> None:
        self.fates[root_of(run)].point()

    async def begin(
        self,
        run: OperationRun,
        steps: Sequence[OperationStep],
        approvals: Sequence[OperationApproval],
        *events: Event,
        lease: timedelta | None = None,
        limit: Limit | None = None,
    ) -> Hold:
        self._point(run.id)
        hold = await super().begin(run, steps, approvals, *events, lease=lease, limit=limit)
        self._point(run.id)
        return hold

    async def claim(self, run: str, lease: timedelta, *events: Event) -> Hold | None:
        self._point(run)
        hold = await super().claim(run, lease, *events)
        self._point(run)
        return hold

    async def intend(self, hold: Hold, number: int, lease: timedelta, *events: Event) -> None:
        self._point(hold.run)
        await super().intend(hold, number, lease, *events)
        self._point(hold.run)

    async def outcome(
        self, hold: Hold, number: int, values: Mapping[str, Any], *events: Event, end: Mapping[str, Any] = NO_END
    ) -> None:
        self._point(hold.run)
        await super().outcome(hold, number, values, *events, end=end)
        self._point(hold.run)

    async def move(self, hold: Hold, values: Mapping[str, Any], *events: Event) -> None:
        self._point(hold.run)
        await super().move(hold, values, *events)
        self._point(hold.run)

    async def take_off(self, run: str, due: datetime | None, values: Mapping[str, Any], *events: Event) -> bool:
        self._point(run)
        done = await super().take_off(run, due, values, *events)
        self._point(run)
        return done


@dataclass(slots=True)
class MortalSource(Source):
    """A source before and after whose calls a process may die."""

    fates: Mapping[str, Fate] = field(default_factory=dict)

    async def write(self, source: str, write: str, arguments: Sequence[Any], call: CallContext) -> Written:
        assert call.permit is not None
        fate = self.fates[root_of(call.permit.operation)]
        fate.point()
        try:
            # not `super()`: a class with slots is made twice
            return await Source.write(self, source, write, arguments, call)
        finally:
            fate.point()


@dataclass(frozen=True, slots=True)
class Schedule:
    """One run, what its calls meet, and at which points of its lives a process dies."""

    shape: str
    faults: tuple[Fault, ...] = ()
    cuts: tuple[int, ...] = ()


@dataclass(slots=True)
class World:
    """One database, one source, and one process after another. Shape: the kinds may be those of planted defects."""

    store: Store
    trail: Trail
    source: MortalSource
    fates: dict[str, Fate]
    journal_kind: type[MortalJournal] = MortalJournal
    sender_kind: type[Sender] = Sender
    runner_kind: type[Runner] = Runner
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    begun: dict[int, Schedule] = field(default_factory=dict)

    async def live_through(self, schedules: Sequence[Schedule]) -> list[int]:
        """Carry schedules out, all side by side, until nothing is under way. Returns: their numbers."""
        first = len(self.begun)
        numbers = list(range(first, first + len(schedules)))
        drawn = []
        for number, schedule in zip(numbers, schedules, strict=True):
            run, rows, asked = begun(SHAPES[schedule.shape], number, self.now)
            self.begun[number] = schedule
            self.fates[root_of(run.id)] = Fate(schedule.cuts)
            self.source.faults[root_of(run.id)] = schedule.faults
            drawn.append((run, rows, asked))
        process = self._process()
        await asyncio.gather(*(process.ask(*each) for each in drawn), return_exceptions=True)
        await process.ended()
        for _ in range(MOST_LIVES):
            self.source.settled()
            self.now += timedelta(seconds=200)
            process = self._process()
            left = [*await process.journal.orphans(100_000), *await process.journal.due(100_000)]
            if not left:
                break
            for root in {root_of(each.id) for each in left}:
                self.fates[root].again()
            await process.take_over()
        return numbers

    def _process(self) -> "Process":
        journal = self.journal_kind(self.trail, self.store.engine, lambda: self.now)
        journal.fates = self.fates
        sender = self.sender_kind(journal, self.source, PACE)
        runner = self.runner_kind(journal, sender, Doorkeeper(), EVENTS)
        return Process(journal, sender, runner, Keeper(journal, runner, sender))

    async def history(self) -> History:
        """All that has happened, as client, journal, trail and source tell it."""
        return await read_history(self.store.engine, self.source.requests, self.source.effects)


@dataclass(slots=True)
class Process:
    """A process of the gateway, as far as it acts."""

    journal: MortalJournal
    sender: Sender
    runner: Runner
    keeper: Keeper

    async def ask(self, run: OperationRun, rows: Sequence[OperationStep], asked: Event) -> None:
        """Begin a run for somebody."""
        lease = self.sender.lease(str(rows[0].step["call"]["source"]))
        hold = await self.journal.begin(run, rows, [], asked, lease=lease)
        self.runner.start(hold, run)

    async def take_over(self) -> None:
        """Do what the keeper does at each of its looks, for all at once."""
        orphans = await self.journal.orphans(100_000)
        await asyncio.gather(*(self.keeper._take_up(each) for each in orphans), return_exceptions=True)
        await self.ended()
        due = await self.journal.due(100_000)
        await asyncio.gather(*(self.keeper._take_back(each) for each in due), return_exceptions=True)
        await self.ended()

    async def ended(self) -> None:
        """All that it has under way has come to its end, or the process to its own."""
        await asyncio.gather(*self.runner._tasks.values(), return_exceptions=True)


class InOneThread(aiosqlite.Connection):
    """A connection that waits for its database where it is: the schedules are many, and none has a thread to spare."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return fn(*args, **named)


class QuickStore(Store):
    """The gateway's own database with nothing but what a world needs of it: here processes die, not the machine."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}")
        self.migrate()

        async def connect() -> InOneThread:
            connection = InOneThread(lambda: sqlite3.connect(path, check_same_thread=False), 64)
            return await connection

        self.engine = create_async_engine("sqlite+aiosqlite://", async_creator=connect, poolclass=AsyncAdaptedQueuePool)
        event.listen(self.engine.sync_engine, "connect", _tune)
        event.listen(self.engine.sync_engine, "connect", lambda made, _entry: made.execute("PRAGMA synchronous=OFF"))
        event.listen(self.engine.sync_engine, "begin", _begin)


@asynccontextmanager
async def world(folder: Path, **kinds: Any) -> AsyncIterator[World]:
    """A world from its beginning to its end."""
    path = folder / "okno.db"
    store = QuickStore(path)
    observer = Observer(f"sqlite:///{path}")
    trail = Trail(store.writing, patience=120.0)
    await trail.start()
    fates: dict[str, Fate] = {}
    try:
        yield World(store, trail, MortalSource(observer.intents, root_of, fates=fates), fates, **kinds)
    finally:
        await trail.close()
        observer.close()
        await store.close()
