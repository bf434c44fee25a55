"""Runs that nobody is at work on, kept by several processes on a file and on a server."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from operations.kit.problems import Problem
from operations.kit.runner import Runner
from operations.kit.tables import FAILED, INTENDED, RUNNING, SUCCEEDED, UNKNOWN, OperationRun
from sources.ports.call import utc_now
from tests.crash.shapes import EVENTS, SHAPES, begun
from tests.journal.process import LEASE, Process, process, source

_OVER = timedelta(seconds=-1)


async def _looked(*those: Process) -> None:
    """Each looks once, all at the same time, and ends what it has begun by it."""
    await asyncio.gather(*(each.keeper.look() for each in those))
    for each in those:
        await asyncio.gather(*each.runner._tasks.values(), *each.keeper._taking_back.values(), return_exceptions=True)


async def test_what_a_dead_process_left_is_carried_out_once_by_one_of_the_others(database: str) -> None:
    desk = source()
    async with process(database, desk) as dead, process(database, desk) as one, process(database, desk) as other:
        runs = [(await dead.begin(number, lease=_OVER))[1].id for number in range(6)]
        await _looked(one, other)
        assert [await one.state(each) for each in runs] == [SUCCEEDED] * 6
        assert sorted(each.operation for each in desk.effects) == sorted(runs)
        assert await one.records("operation.taken_up") == 6


async def test_a_change_for_a_time_is_taken_back_once(database: str) -> None:
    desk = source()
    async with process(database, desk) as one, process(database, desk) as other:
        lent = await one.carried_out(1, "lent")
        assert lent.state == SUCCEEDED
        await _looked(one, other)
        assert [each.step for each in desk.effects] == ["turn"]  # it is not over yet
        await one.journal.take_off(lent.id, lent.due_at, {"due_at": utc_now() - timedelta(seconds=1)})
        await _looked(one, other)
        assert [each.step for each in desk.effects] == ["turn", "undo_turn"]
        after = await one.journal.run(lent.id)
        assert after is not None
        assert after.due_at is None
        assert after.undone_by is not None
        assert await one.state(after.undone_by) == SUCCEEDED
        assert await one.records("operation.reverted") == 1
        await _looked(one, other)
        assert len(desk.effects) == 2


async def _broken(here: Process, number: int, **row: Any) -> str:
    """A run with a step that nobody can make a call of."""
    run, rows, asked = begun(SHAPES["readback"], number, utc_now())
    call = {**rows[0].step["call"], "write": "no_such_write"}
    rows[0].step = {**rows[0].step, "call": call}
    for name, value in row.items():
        setattr(rows[0], name, value)
    await here.journal.begin(run, rows, [], asked, lease=_OVER)
    return run.id


async def test_a_run_that_cannot_be_carried_out_ends_after_some_attempts(database: str) -> None:
    desk = source()
    async with process(database, desk) as here:
        broken, sound = await _broken(here, 1), (await here.begin(2, lease=_OVER))[1].id
        for attempt in range(2):
            await _looked(here)
            assert await here.state(broken) == (RUNNING if attempt == 0 else FAILED)
            await _expired(here, broken)
        await _looked(here)
        assert await here.records("operation.taken_up") == 3  # twice the one, once the other
        ended = await here.journal.run(broken)
        assert ended is not None
        assert ended.ended_at is not None
        assert "could not be carried out" in str((ended.problem or {})["message"])
        assert await here.state(sound) == SUCCEEDED
        assert [each.operation for each in desk.effects] == [sound]


async def _expired(here: Process, run: str) -> None:
    then = utc_now() - timedelta(days=1)
    server = here.store.url.get_backend_name() == "postgresql"
    await here.changed(
        "update operation_run set lease_until = :then where id = :run and lease_owner is not null",
        then=then if server else f"{then:%Y-%m-%d %H:%M:%S.%f}",
        run=run,
    )


async def test_where_a_call_may_have_been_made_it_ends_in_doubt(database: str) -> None:
    async with process(database, source()) as here:
        broken = await _broken(here, 1, state=INTENDED, attempts=1)
        for _ in range(2):
            await _looked(here)
            await _expired(here, broken)
        assert await here.state(broken) == UNKNOWN


class Slow:
    """A guard that thinks until the process is closed."""

    async def hindrance(self, run: OperationRun, sources: Sequence[str]) -> Problem | None:
        """Never told."""
        await asyncio.Event().wait()
        return None


async def test_a_process_that_is_closed_lets_go_of_what_it_has_not_sent(database: str) -> None:
    desk = source()
    async with process(database, desk) as one, process(database, desk) as other:
        runner = Runner(one.journal, one.sender, Slow(), EVENTS)
        hold, run = await one.begin(1, lease=timedelta(hours=1))
        runner.start(hold, run)
        await asyncio.sleep(0.05)
        await _looked(other)
        assert desk.effects == []
        await runner.close(0.0)
        await _looked(other)
        assert await other.state(run.id) == SUCCEEDED
        assert len(desk.effects) == 1


async def test_whoever_waits_on_a_server_is_woken_when_a_run_is_let_go(database: str) -> None:
    if database.startswith("sqlite"):
        pytest.skip("a file wakes nobody: its processes look from time to time")
    desk = source()
    async with process(database, desk) as one, process(database, desk, every=3600.0) as other:
        hold, run = await one.begin(1, lease=timedelta(hours=1))
        other.keeper.start()
        while other.journal.bell._driver is None:
            await asyncio.sleep(0.01)
        assert await one.journal.release(hold)
        async with asyncio.timeout(30):
            while await one.state(run.id) != SUCCEEDED:
                await asyncio.sleep(0.02)
        assert len(desk.effects) == 1


async def test_the_bell_is_heard_again_after_its_connection_was_cut(database: str) -> None:
    if database.startswith("sqlite"):
        pytest.skip("a file wakes nobody: its processes look from time to time")
    async with process(database, source()) as one, process(database, source()) as other:
        bell = other.journal.bell
        await bell.rest(0.0)
        mine = bell._driver.get_server_pid()
        await one.rows("select pg_terminate_backend(:pid)", pid=mine)
        while not bell._driver.is_closed():
            await asyncio.sleep(0.01)
        await bell.rest(0.0)
        hold, _run = await one.begin(1, lease=LEASE)
        rest = asyncio.create_task(bell.rest(3600.0))
        assert await one.journal.release(hold)
        async with asyncio.timeout(30):
            await rest
