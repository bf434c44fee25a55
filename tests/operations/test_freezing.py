"""What security officers have frozen does not happen, anywhere, until it is lifted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from operations.kit.freezing import Freezing
from sources.kit.twin.faults import Fault
from sources.ports.call import utc_now
from tests.operations.acting import (
    DOER,
    OTHER,
    Answer,
    Process,
    another_process,
    codes,
    ended,
    is_member,
    mutate,
    nothing_done,
    of_kind,
    outsider,
    run_of,
    to_group,
    viewer_of,
    wish,
)
from tests.operations.stand import Stand
from tests.operations.test_approvals import decide, serial_of, waiting

pytest_plugins = ("tests.operations.floor",)

_PLACED = "freeze { id kind name reason by } problems { __typename code message }"
_REASON = "an incident is looked into"


@asynccontextmanager
async def frozen(floor: Stand, kind: str, name: str, process: Process | None = None) -> AsyncIterator[str]:
    """Within it something is frozen. Yields: the freeze's id."""
    said = {"kind": kind, "name": name, "reason": _REASON}
    placed = await mutate(floor, "freeze", said, _PLACED, viewer=viewer_of(floor, OTHER), process=process)
    assert codes(placed) == []
    try:
        yield placed["freeze"]["id"]
    finally:
        await lift(floor, placed["freeze"]["id"])


async def lift(floor: Stand, id_: str, login: str = OTHER) -> Answer:
    """What is answered to somebody who lets go on."""
    said = {"freeze": id_, "reason": "it is over"}
    return await mutate(floor, "lift_freeze", said, _PLACED, viewer=viewer_of(floor, login))


THINGS = [
    ("PERSON", DOER.upper()),
    ("SESSION", f"session of {DOER}"),
    ("TEAM", "all_doing"),
    ("OPERATION", "add_to_group"),
    ("SOURCE", "domain"),
]


@pytest.mark.parametrize(("kind", "name"), THINGS)
async def test_what_is_frozen_is_not_done_until_it_is_lifted(floor: Stand, kind: str, name: str) -> None:
    group, person = await outsider(floor, THINGS.index((kind, name)))
    said = to_group(floor, group, person)
    async with frozen(floor, kind, name) as id_:
        with nothing_done(floor, "FROZEN"):
            answer = await mutate(floor, "add_to_group", said)
        assert of_kind(answer) == ["Frozen"]
        assert _REASON in answer["problems"][0]["message"]
        assert answer["operation"] is None
        assert not await is_member(floor, group, person)
        placed = floor.records(code="freeze.placed")[-1]
        assert (placed["operator"], placed["detail"]["kind"], placed["reason"]) == (OTHER, kind, _REASON)
        assert codes(await lift(floor, id_)) == []
        run = await ended(floor, await mutate(floor, "add_to_group", said))
        assert run["state"] == "SUCCEEDED"
        assert await is_member(floor, group, person)
        assert codes(await lift(floor, id_)) == ["ALREADY_DECIDED"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("PERSON", OTHER),
        ("SESSION", "another"),
        ("TEAM", "also_doing"),
        ("OPERATION", "lock_device"),
        ("SOURCE", "mfa"),
    ],
)
async def test_what_is_not_frozen_goes_on(floor: Stand, kind: str, name: str) -> None:
    group, person = await outsider(floor)
    async with frozen(floor, kind, name):
        run = await ended(floor, await mutate(floor, "add_to_group", to_group(floor, group, person)))
    assert run["state"] == "SUCCEEDED"


@pytest.mark.parametrize("login", ["all.seeing", "analyst"])
async def test_only_who_may_freeze_does(floor: Stand, login: str) -> None:
    viewer = viewer_of(floor, login, "analysts" if login == "analyst" else None)
    said = {"kind": "OPERATION", "name": "add_to_group", "reason": _REASON}
    group, person = await outsider(floor)
    with nothing_done(floor, "NOT_ALLOWED"):
        answer = await mutate(floor, "freeze", said, _PLACED, viewer=viewer)
    assert of_kind(answer) == ["NotAllowed"]
    assert answer["freeze"] is None
    run = await ended(floor, await mutate(floor, "add_to_group", to_group(floor, group, person)))
    assert run["state"] == "SUCCEEDED"


async def test_only_who_may_freeze_lifts(floor: Stand) -> None:
    group, person = await outsider(floor)
    async with frozen(floor, "OPERATION", "add_to_group") as id_:
        with nothing_done(floor, "NOT_ALLOWED"):
            assert codes(await lift(floor, id_, "all.seeing")) == ["NOT_ALLOWED"]
        with nothing_done(floor, "FROZEN"):
            assert codes(await mutate(floor, "add_to_group", to_group(floor, group, person))) == ["FROZEN"]


async def test_a_freeze_without_a_reason_is_not_placed(floor: Stand) -> None:
    with nothing_done(floor, "REASON_REQUIRED"):
        answer = await mutate(floor, "freeze", {"kind": "TEAM", "name": "all_doing", "reason": " so "}, _PLACED)
    assert of_kind(answer) == ["ReasonRequired"]
    assert answer["freeze"] is None


async def test_what_waits_does_not_begin_while_it_is_frozen_and_does_afterwards(floor: Stand) -> None:
    person, key, run = await waiting(floor)
    async with frozen(floor, "OPERATION", "disable_second_factor"):
        with nothing_done(floor):
            answer = await decide(floor, run, OTHER)
        assert codes(answer) == ["FROZEN"]
        assert (await run_of(floor, run["id"]))["state"] == "AWAITING_APPROVAL"
    writes = floor.writes()
    said = wish(floor, person.employee_id, {"serial": serial_of(person)}, idempotencyKey=key)
    again = await mutate(floor, "disable_second_factor", said)
    assert (await ended(floor, again))["state"] == "SUCCEEDED"
    assert floor.writes() == writes + 1


async def test_a_run_that_was_stopped_in_the_middle_goes_on_when_it_is_asked_for_again(floor: Stand) -> None:
    people = await floor.people()
    answers = await floor.asked("sessions", "sessions_of", *[each.ref for each in people])
    person, several = next((one, found) for one, found in zip(people, answers, strict=True) if len(found) > 1)
    await floor.with_ticket(person.employee_id)
    said = wish(floor, person.employee_id, {})
    writes = floor.writes()
    twin = floor.sandbox.world.twins["sessions"]
    await twin.break_with(Fault("slow", latency=0.8, writes_only=True))
    try:
        asked_for = asyncio.create_task(mutate(floor, "terminate_sessions", said))
        while floor.writes() == writes:
            await asyncio.sleep(0.01)
        async with frozen(floor, "SOURCE", "sessions"):
            stopped = await ended(floor, await asked_for)
            assert stopped["state"] == "FROZEN"
            assert [each["state"] for each in stopped["steps"]] == ["DONE", *["WAITING"] * (len(several) - 1)]
            assert floor.writes() == writes + 1
            with nothing_done(floor, "FROZEN"):
                assert codes(await mutate(floor, "terminate_sessions", said)) == ["FROZEN"]
    finally:
        await floor.broken("sessions", None)
    done = await ended(floor, await mutate(floor, "terminate_sessions", said))
    assert done["id"] == stopped["id"]
    assert done["state"] == "SUCCEEDED"
    assert floor.writes() == writes + len(several)


async def test_rights_that_were_lent_end_on_time_whatever_is_frozen(floor: Stand) -> None:
    group, person = await outsider(floor)
    until = (utc_now() + timedelta(seconds=1.5)).isoformat()
    run = await ended(floor, await mutate(floor, "add_to_group", to_group(floor, group, person, until=until)))
    assert run["state"] == "SUCCEEDED"
    async with (
        frozen(floor, "PERSON", DOER),
        frozen(floor, "OPERATION", "add_to_group"),
        frozen(floor, "SOURCE", "domain"),
    ):
        for _ in range(160):
            if (await run_of(floor, run["id"]))["undo"]["undoneBy"]:
                break
            await asyncio.sleep(0.05)
        assert not await is_member(floor, group, person)


async def test_a_freeze_is_seen_by_another_process_at_once(floor: Stand) -> None:
    group, person = await outsider(floor)
    said = to_group(floor, group, person)
    async with another_process(floor) as process:
        async with frozen(floor, "PERSON", DOER, process):
            with nothing_done(floor, "FROZEN"):
                assert codes(await mutate(floor, "add_to_group", said)) == ["FROZEN"]
        async with frozen(floor, "SOURCE", "domain"):
            with nothing_done(floor, "FROZEN"):
                assert codes(await mutate(floor, "add_to_group", said, process=process)) == ["FROZEN"]
            seen = Freezing(process.operating.trail, floor.sandbox.gateway.store.engine)
            assert [(each.kind, each.name) for each in await seen.live()] == [("SOURCE", "domain")]
        run = await ended(floor, await mutate(floor, "add_to_group", said, process=process))
    assert run["state"] == "SUCCEEDED"
