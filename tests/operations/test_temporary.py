"""What was changed for a time is taken back by itself, once, whichever process is there then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from resolvers import ids
from sources.ports.call import utc_now
from tests.operations.acting import (
    Answer,
    Process,
    another_process,
    change_rows,
    codes,
    ended,
    is_member,
    mutate,
    new_key,
    nothing_done,
    outsider,
    run_of,
    to_group,
)
from tests.operations.stand import Stand

pytest_plugins = ("tests.operations.floor",)


async def lent(
    floor: Stand, group: Any, person: Any, *, seconds: float = 1.5, process: Process | None = None
) -> Answer:
    """The run that has put somebody into a group for some seconds."""
    until = utc_now() + timedelta(seconds=seconds)
    said = to_group(floor, group, person, until=until.isoformat())
    run = await ended(floor, await mutate(floor, "add_to_group", said, process=process))
    assert run["state"] == "SUCCEEDED"
    assert await is_member(floor, group, person)
    left = await run_of(floor, run["id"])
    assert datetime.fromisoformat(left["revertsAt"]) == until.replace(microsecond=0)  # told to the second
    return left


async def taken_back(floor: Stand, run: Answer) -> Answer:
    """The run that has taken another one back, as soon as there is one."""
    for _ in range(200):
        by = (await run_of(floor, run["id"]))["undo"]["undoneBy"]
        if by:
            return await run_of(floor, by)
        await asyncio.sleep(0.05)
    raise AssertionError("it was not taken back")


@asynccontextmanager
async def nothing_more(floor: Stand, run: Answer, reverts: int = 1) -> AsyncIterator[None]:
    """Nothing more is done to a run by itself, though every process has looked again."""
    yield
    writes, states = floor.writes(), floor.states()
    await asyncio.sleep(2.5)
    assert floor.writes() == writes
    assert floor.states() == states
    told = [each for each in floor.records(run["id"]) if each["code"] == "operation.reverted"]
    assert len(told) == reverts


async def test_it_is_taken_back_by_a_run_of_its_own_once(floor: Stand) -> None:
    group, person = await outsider(floor)
    run = await lent(floor, group, person)
    writes = floor.writes()
    async with nothing_more(floor, run):
        child = await taken_back(floor, run)
    assert (child["origin"], child["state"], child["parent"]) == ("REVERT", "SUCCEEDED", run["id"])
    assert child["by"] == "okno"
    assert floor.writes() == writes + 1
    assert not await is_member(floor, group, person)
    stages = [(each["stage"], each.get("step")) for each in floor.records(child["id"])]
    name = child["steps"][0]["name"]
    assert stages.index(("intent", name)) < stages.index(("outcome", name))


async def test_it_is_not_taken_back_before_its_time(floor: Stand) -> None:
    group, person = await outsider(floor)
    run = await lent(floor, group, person, seconds=60)
    async with nothing_more(floor, run, reverts=0):
        pass
    assert await is_member(floor, group, person)
    assert codes(await undo(floor, run)) == []  # or it would end in the middle of another test


async def test_it_is_taken_back_by_another_process_when_the_first_is_gone(floor: Stand) -> None:
    group, person = await outsider(floor)
    async with another_process(floor) as first:
        run = await lent(floor, group, person, seconds=3, process=first)
    await floor.sandbox.gateway.operating.keeper.close()  # so that only the process that comes can do it
    try:
        async with another_process(floor):
            child = await taken_back(floor, run)
    finally:
        floor.sandbox.gateway.operating.keeper.start()
    assert (child["origin"], child["state"]) == ("REVERT", "SUCCEEDED")
    assert not await is_member(floor, group, person)


async def test_of_three_processes_one_takes_it_back(floor: Stand) -> None:
    group, person = await outsider(floor)
    async with another_process(floor), another_process(floor):
        run = await lent(floor, group, person)
        writes = floor.writes()
        async with nothing_more(floor, run):
            child = await taken_back(floor, run)
    assert child["state"] == "SUCCEEDED"
    assert floor.writes() == writes + 1


async def undo(floor: Stand, run: Answer) -> Answer:
    """What is answered to somebody who takes a run back by hand."""
    said = {"operation": run["id"], "reason": "not needed", "mode": "APPLY", "idempotencyKey": new_key()}
    return await mutate(floor, "undo_operation", said)


async def test_what_was_undone_before_is_left_alone(floor: Stand) -> None:
    group, person = await outsider(floor)
    run = await lent(floor, group, person, seconds=2.5)
    undone = await undo(floor, run)
    assert codes(undone) == []
    assert undone["operation"]["state"] == "SUCCEEDED"
    assert not await is_member(floor, group, person)
    with nothing_done(floor):
        await asyncio.sleep(3.5)
    left = await run_of(floor, run["id"])
    assert left["undo"]["undoneBy"] == undone["operation"]["id"]
    assert left["revertsAt"] is None


async def test_what_is_gone_already_costs_no_call(floor: Stand) -> None:
    group, person = await outsider(floor)
    run = await lent(floor, group, person, seconds=2.5)
    out = await mutate(floor, "remove_from_group", {**to_group(floor, group, person), "idempotencyKey": new_key()})
    assert (await ended(floor, out))["state"] == "SUCCEEDED"
    writes = floor.writes()
    child = await taken_back(floor, run)
    assert child["state"] == "SUCCEEDED"
    assert [each["state"] for each in child["steps"]] == ["ALREADY_SO"]
    assert floor.writes() == writes


async def test_rights_that_were_lent_do_not_stay_because_the_system_was_down_when_they_ended(floor: Stand) -> None:
    group, person = await outsider(floor)
    run = await lent(floor, group, person)
    await floor.broken("domain", "refused")
    try:
        for _ in range(300):
            tried = [each for each in floor.records(run["id"]) if each["code"] == "operation.reverted"]
            if tried:
                break
            await asyncio.sleep(0.05)
    finally:
        await floor.broken("domain", None)
    assert [each["outcome"] for each in tried] == ["unknown"]  # nobody could be asked
    assert await is_member(floor, group, person)
    left = await run_of(floor, run["id"])
    assert left["undo"]["undoneBy"] is None
    assert left["revertsAt"] is not None
    soon = utc_now().replace(tzinfo=None).isoformat(sep=" ")
    assert (
        await change_rows(floor, "update operation_run set due_at = ? where id = ?", soon, ids.decode(run["id"]).key)
        == 1
    )
    child = await taken_back(floor, run)
    assert child["state"] == "SUCCEEDED"
    assert not await is_member(floor, group, person)
