"""What a keeper may meet: nothing to take back, a run that is broken, a run of its own that it was too slow for."""

import asyncio
from datetime import timedelta
from pathlib import Path

from audit.event import Event
from operations.kit.journal import Hold
from operations.kit.keeping import Keeper
from operations.kit.tables import ALREADY, SUCCEEDED
from tests.crash.history import breaches
from tests.crash.shapes import SHAPES, begun, id_of, root_of
from tests.crash.world import Fate, MortalJournal, Schedule, World, world


async def _lent_before(here: World, number: int) -> None:
    """A change for a time that was so before: there is nothing to take back when the time is over."""
    run, rows, asked = begun(SHAPES["lent"], number, here.now)
    run.state, rows[0].state, run.ended_at = SUCCEEDED, ALREADY, here.now
    here.fates[root_of(run.id)] = Fate()
    await here._process().journal.begin(run, rows, [], asked)


async def _looked(here: World, keeper: Keeper) -> None:
    await keeper.look()
    await asyncio.gather(*keeper._taking_back.values())
    assert not keeper._taking_back


async def test_what_was_so_before_is_not_taken_back_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        (lent,) = await here.live_through([Schedule("lent")])
        await _lent_before(here, 1)
        here.now += timedelta(seconds=200)
        process = here._process()
        effects = len(here.source.effects)
        await _looked(here, process.keeper)
        left = await process.journal.run(id_of(1))
        assert left is not None
        assert (left.due_at, left.undone_by) == (None, None)
        assert len(here.source.effects) == effects
        ended = await process.journal.run(id_of(lent))
        assert ended is not None
        assert ended.undone_by is not None


async def test_a_run_that_cannot_be_read_keeps_no_other_from_being_taken_up(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        first = here._process()
        for number in (0, 1):
            run, rows, asked = begun(SHAPES["readback"], number, here.now)
            here.fates[root_of(run.id)] = Fate()
            await first.journal.begin(run, rows if number == 0 else [], [], asked, lease=timedelta(seconds=1))
        here.now += timedelta(seconds=200)
        second = here._process()
        await second.keeper.look()
        await second.ended()
        states = {number: await second.journal.run(id_of(number)) for number in (0, 1)}
        assert {number: each and each.state for number, each in states.items()} == {0: "SUCCEEDED", 1: "RUNNING"}


class Waiting(MortalJournal):
    """A journal that takes no intent before it is let."""

    let: asyncio.Event

    async def intend(self, hold: Hold, number: int, lease: timedelta, *events: Event) -> None:
        await self.let.wait()
        await super().intend(hold, number, lease, *events)


async def test_a_process_that_takes_up_its_own_run_again_carries_it_out_once(tmp_path: Path) -> None:
    let = asyncio.Event()
    async with world(tmp_path, journal_kind=type("Gate", (Waiting,), {"let": let})) as here:
        process = here._process()
        run, rows, asked = begun(SHAPES["readback"], 0, here.now)
        here.fates[root_of(run.id)] = Fate()
        await process.ask(run, rows, asked)
        stale = process.runner._tasks[run.id]
        here.now += timedelta(seconds=200)  # the process was too slow to keep it
        await process.keeper.look()
        again = process.runner._tasks[run.id]
        assert again is not stale
        let.set()
        await stale
        assert process.runner._tasks.get(run.id, again) is again
        await again
        assert [each.step for each in here.source.effects] == ["say"]
        assert breaches(await here.history()) == []
