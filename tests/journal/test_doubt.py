"""What a caller hears when it is not known whether their run stands in the journal."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.chain import Receipt
from audit.event import Event
from audit.trail import Trail, TrailUnavailable, Work
from operations.kit.journal import Journal, KeyTaken
from operations.kit.problems import unrecorded
from operations.kit.tables import DONE, RUNNING
from sources.ports.call import utc_now
from tests.crash.shapes import SHAPES, begun, id_of
from tests.journal.process import LEASE, Process, process, source


async def _slow(here: Process, seconds: float) -> "asyncio.Task[object]":
    """Somebody else's work, that the writer is at for so long."""

    async def work(_connection: AsyncConnection) -> bool:
        await asyncio.sleep(seconds)
        return False

    return asyncio.create_task(here.trail.together(work))


async def _written(here: Process) -> None:
    """All that waits is written, or given up."""
    await here.trail._queue.join()


async def test_what_was_not_begun_to_be_written_never_is(database: str) -> None:
    async with process(database, source()) as here:
        slow = await _slow(here, 0.8)
        await asyncio.sleep(0.05)  # the writer is at it
        here.trail._patience = 0.2
        with pytest.raises(TrailUnavailable) as failure:
            await here.begin(1)
        assert not failure.value.unsure
        assert "nothing is done" in unrecorded(failure.value).message
        await asyncio.gather(slow, return_exceptions=True)
        await _written(here)
        assert await here.state(id_of(1)) is None
        assert await here.records("ticket.moved") == 0


async def test_what_may_still_be_written_is_told_to_be_in_doubt_and_its_key_tells_more(database: str) -> None:
    if database.startswith("postgresql"):
        pytest.skip("a server's transaction is given up as soon as its callers are; a file's cannot be")
    async with process(database, source(), patience=0.2) as here:
        asked = asyncio.create_task(here.begin(1))
        slow = await _slow(here, 0.8)  # in one transaction with it
        with pytest.raises(TrailUnavailable) as failure:
            await asked
        assert failure.value.unsure
        assert "not known" in unrecorded(failure.value).message
        await asyncio.gather(slow, return_exceptions=True)
        await _written(here)
        assert await here.state(id_of(1)) == RUNNING
        with pytest.raises(KeyTaken) as taken:
            await here.begin(2, key=f"key {id_of(1)}")
        assert taken.value.run.id == id_of(1)


class Unheard(Trail):
    """A trail whose database commits, and whose answers are lost."""

    async def together(self, work: Work, *events: Event, apart: bool = True) -> tuple[Receipt, ...] | None:
        await super().together(work, *events, apart=apart)
        raise TrailUnavailable("the answer was lost", unsure=True)


async def test_a_run_whose_commit_was_not_heard_of_goes_on(database: str) -> None:
    async with process(database, source()) as here:
        trail = Unheard(here.store.writing)
        await trail.start()
        journal = Journal(trail, here.store.engine)
        run, rows, asked = begun(SHAPES["readback"], 1, utc_now())
        hold = await journal.begin(run, rows, [], asked, lease=LEASE)
        await trail.close()
        assert await here.state(run.id) == RUNNING
        here.journal.owner = journal.owner
        await here.journal.renew(hold, timedelta(seconds=60))


async def test_a_closed_trail_leaves_no_doubt(database: str) -> None:
    async with process(database, source()) as here:
        await here.trail.close()
        with pytest.raises(TrailUnavailable) as failure:
            await here.begin(1)
        assert not failure.value.unsure
        assert await here.state(id_of(1)) is None


async def test_of_changes_that_are_written_together_a_bad_one_fails_alone(database: str) -> None:
    async with process(database, source()) as here:
        holds = [(await here.begin(number))[0] for number in range(4)]
        long = "x" * 500 if database.startswith("postgresql") else object()  # neither database can take it
        told = [Event(code="ticket.moved", stage="outcome", outcome="success", operator=f"{each}") for each in range(4)]
        came = await asyncio.gather(
            *(
                here.journal.outcome(hold, 0, {"state": DONE, "problem": long if number == 2 else None}, told[number])
                for number, hold in enumerate(holds)
            ),
            return_exceptions=True,
        )
        assert [each is None for each in came] == [True, True, False, True]
        assert isinstance(came[2], DBAPIError)
        states = [(await here.journal.steps(hold.run))[0].state for hold in holds]
        assert states == [DONE, DONE, "WAITING", DONE]
        rows = await here.rows("select operator from audit_record where stage = 'outcome' order by seq")
        assert [str(each[0]) for each in rows] == ["0", "1", "3"]
