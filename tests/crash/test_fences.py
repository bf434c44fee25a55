"""A process that was asleep while another took its run over wakes up and does nothing: neither a call nor a record."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Update, update
from sqlmodel import col

from audit.event import Event
from operations.kit.journal import NO_END, Hold, Journal
from operations.kit.tables import OperationRun
from sources.ports.call import CallContext
from sources.ports.question import Patience
from sources.ports.write import Written
from tests.crash.history import breaches
from tests.crash.shapes import SHAPES, begun, root_of
from tests.crash.source import Source
from tests.crash.world import Fate, MortalJournal, MortalSource, Schedule, world

POINTS = ("intend", "call", "outcome")
"""Where a process falls asleep: before it makes its intent durable, before the call, before the outcome, which is the end too
where all is done; a run that fails has an end of its own, before which it may fall asleep as well."""
SUCCEEDING = ("idempotent", "readback", "blind", "made", "scenario")
FAILING = ("denied", "denied midway")

LONGEST: Final = 30.0
"""Seconds within which a process falls asleep; one that never does fails its test."""


@dataclass
class Bed:
    """Where the first process that comes by falls asleep, until it is woken."""

    point: str
    slept: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def at(self, point: str) -> bool:
        if point != self.point or self.slept.is_set():
            return False
        self.slept.set()
        return await self.woken.wait()


class SleepyJournal(MortalJournal):
    """A journal whose process may fall asleep before any of its commits."""

    bed: Bed

    async def intend(self, hold: Hold, number: int, lease: timedelta, *events: Event) -> None:
        await self.bed.at("intend")
        await super().intend(hold, number, lease, *events)

    async def outcome(
        self, hold: Hold, number: int, values: Mapping[str, Any], *events: Event, end: Mapping[str, Any] = NO_END
    ) -> None:
        await self.bed.at("outcome")
        await super().outcome(hold, number, values, *events, end=end)

    async def move(self, hold: Hold, values: Mapping[str, Any], *events: Event) -> None:
        await self.bed.at("move")
        await super().move(hold, values, *events)


class Unfenced(SleepyJournal):
    """A journal that writes whatever it is told, whoever has the run by now."""

    async def _held(
        self,
        hold: Hold,
        values: Mapping[str, Any],
        events: Sequence[Event],
        *,
        lease: timedelta | None = None,
        step: tuple[Update, Mapping[str, Any]] | None = None,
    ) -> None:
        said = dict(values) if lease is None else {**values, "lease_until": self.clock() + lease}

        async def work(connection: Any) -> bool:
            await connection.execute(update(OperationRun).where(col(OperationRun.id) == hold.run).values(**said))
            if step is not None:
                await connection.execute(step[0], {**step[1], "held_run": hold.run})
            return True

        await self.trail.together(work, *events)


@dataclass(slots=True)
class SleepySource(MortalSource):
    """A source on the way to which a process may fall asleep, for longer than its permit holds."""

    bed: Bed | None = None

    async def write(self, source: str, write: str, arguments: Sequence[Any], call: CallContext) -> Written:
        assert self.bed is not None
        assert call.permit is not None
        if await self.bed.at("call"):
            # the clock of the database has gone on by a lease; so has that of the permit
            while time.monotonic() < call.permit.expires_at:
                await asyncio.sleep(0.02)
        return await Source.write(self, source, write, arguments, call)


async def slept_through(
    folder: Path, shape: str, point: str, journal: type[SleepyJournal] = SleepyJournal
) -> list[str]:
    """A process sleeps at a point, another one ends its run, then it wakes. Returns: what does not fit together."""
    bed = Bed(point)
    kind = type("AtThisBed", (journal,), {"bed": bed})
    async with world(folder, journal_kind=kind) as here:
        here.source = SleepySource(here.source.intents, root_of, fates=here.fates, bed=bed, waiting=Patience(0.3, 0.01))
        run, rows, asked = begun(SHAPES[shape], 0, here.now)
        here.fates[root_of(run.id)] = Fate()
        here.begun[0] = Schedule(shape)
        first, second = here._process(), here._process()
        await first.ask(run, rows, asked)
        async with asyncio.timeout(LONGEST):
            await bed.slept.wait()
        here.now += timedelta(seconds=200)
        await second.take_over()
        ended = await Journal(here.trail, here.store.engine).run(run.id)
        assert ended is not None
        assert ended.state not in ("RUNNING", "COMPENSATING")
        bed.woken.set()
        await first.ended()
        if point == "call":
            steps = [each.step for each in here.source.effects]
            assert ("reply" in steps, "open" in steps) == (False, False)
        return breaches(await here.history())


@pytest.mark.parametrize(("shape", "point"), [*product(SUCCEEDING, POINTS), *product(FAILING, ["move"])])
async def test_a_process_that_wakes_too_late_changes_nothing(shape: str, point: str, tmp_path: Path) -> None:
    assert await slept_through(tmp_path, shape, point) == []


@pytest.mark.parametrize("point", ["outcome", "intend"])
async def test_without_the_fence_it_would(point: str, tmp_path: Path) -> None:
    found = await slept_through(tmp_path, "readback", point, Unfenced)
    assert any("outcomes" in each or "effects" in each or "recorded" in each for each in found), found
