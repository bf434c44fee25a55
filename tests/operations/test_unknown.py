"""The board of runs of which nobody knows what became: who finds out, how, and what comes of it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sources.kit.twin.faults import Fault
from tests.operations.acting import (
    DOER,
    OTHER,
    THIRD,
    Answer,
    asked,
    codes,
    ended,
    mutate,
    nothing_done,
    of_kind,
    run_of,
    viewer_of,
    wish,
)
from tests.operations.cases import _write
from tests.operations.stand import Stand

_RESET = ("reset_password",)
pytest_plugins = ("tests.operations.floor",)


@asynccontextmanager
async def writes_lost(floor: Stand, source: str) -> AsyncIterator[None]:
    """Within it a source answers reads and is not there for writes."""
    await floor.sandbox.world.twins[source].break_with(Fault("unavailable", writes_only=True))
    try:
        yield
    finally:
        await floor.broken(source, None)


async def with_token(floor: Stand) -> tuple[Any, Any]:
    """Somebody with a second factor that is switched on."""
    people = await floor.people()
    answers = await floor.asked("second_factors", "second_factors_of", *[each.ref for each in people])
    with sqlite3.connect(floor.database) as database:  # whose password was reset lately, another person has to agree
        reset = {row[0] for row in database.execute("select employee_id from operation_run where name = ?", _RESET)}
    found = ((one, each) for one, several in zip(people, answers, strict=True) for each in several if each.active)
    person, token = next((one, each) for one, each in found if one.employee_id not in reset)
    await floor.with_ticket(person.employee_id)
    return person, token


async def in_doubt(floor: Stand) -> tuple[Any, Any, Answer]:
    """A second factor to be switched off, each answer lost. Returns: the person, the token, the run."""
    person, token = await with_token(floor)
    before = floor.states()
    async with writes_lost(floor, token.source):
        answer = await mutate(floor, "disable_second_factor", wish(floor, person.employee_id, {"serial": token.serial}))
        run = await ended(floor, answer)
    assert run["state"] == "UNKNOWN"
    assert [(each["state"], each["attempts"]) for each in run["steps"]] == [("UNKNOWN", 3)]
    assert floor.states() == before
    return person, token, run


async def resolve(floor: Stand, run: Answer, how: str, note: str | None = None, login: str = DOER) -> Answer:
    """What is answered to somebody who says what became of a run."""
    given = {"operation": run["id"], "how": how, "note": note}
    return await mutate(floor, "resolve_operation", given, viewer=viewer_of(floor, login))


async def board(floor: Stand, login: str) -> list[str]:
    """The runs of which nobody knows that somebody is shown."""
    query = "{ operations(first: 50, filter: {states: [UNKNOWN]}) { edges { node { id state } } } }"
    body = await asked(floor, query, {}, viewer_of(floor, login))
    assert "errors" not in body, body["errors"]
    nodes = [each["node"] for each in body["data"]["operations"]["edges"]]
    assert all(each["state"] == "UNKNOWN" for each in nodes)
    return [each["id"] for each in nodes]


def resolutions(floor: Stand, run: Answer) -> list[tuple[str, str, str]]:
    """What the trail says of who found out: outcome, how, by whom."""
    told = [each for each in floor.records(run["id"]) if each["code"] == "operation.resolved"]
    return [(each["outcome"], each["detail"]["how"], each["detail"]["by"]) for each in told]


async def test_it_stands_on_the_board_of_those_who_may_know_of_it(floor: Stand) -> None:
    _person, _token, run = await in_doubt(floor)
    assert run["id"] in await board(floor, DOER)
    assert run["id"] in await board(floor, OTHER)
    assert run["id"] not in await board(floor, "all.seeing")
    told = [each for each in floor.records(run["id"]) if each["stage"] == "outcome"]
    assert {each["outcome"] for each in told} == {"unknown"}
    await resolve(floor, run, "DID_NOT_HAPPEN", "seen in the system")
    assert run["id"] not in await board(floor, DOER)


async def test_a_look_that_finds_the_effect_ends_it_well(floor: Stand) -> None:
    person, token, run = await in_doubt(floor)
    await _write(floor, token.source, "disable_token", person.ref, token.serial)
    writes = floor.writes()
    answer = await resolve(floor, run, "LOOK", login=OTHER)
    assert codes(answer) == []
    done = await ended(floor, answer)
    assert done["state"] == "SUCCEEDED"
    assert [each["state"] for each in done["steps"]] == ["DONE"]
    assert floor.writes() == writes
    assert resolutions(floor, run) == [("success", "LOOK", OTHER)]
    assert codes(await resolve(floor, run, "LOOK")) == ["ALREADY_DECIDED"]


async def test_a_look_that_finds_nothing_leaves_it(floor: Stand) -> None:
    _person, _token, run = await in_doubt(floor)
    with nothing_done(floor):
        answer = await resolve(floor, run, "LOOK")
    assert codes(answer) == ["NOT_SHOWN"]
    assert (await run_of(floor, run["id"]))["state"] == "UNKNOWN"
    assert resolutions(floor, run) == []


@pytest.mark.parametrize("note", [None, " ", "no"])
@pytest.mark.parametrize("how", ["HAPPENED", "DID_NOT_HAPPEN"])
async def test_whoever_says_what_they_have_seen_says_it_in_words(floor: Stand, how: str, note: str | None) -> None:
    _person, _token, run = await in_doubt(floor)
    with nothing_done(floor, "REASON_REQUIRED"):
        answer = await resolve(floor, run, how, note)
    assert of_kind(answer) == ["ReasonRequired"]
    assert (await run_of(floor, run["id"]))["state"] == "UNKNOWN"


async def test_what_did_not_happen_has_failed(floor: Stand) -> None:
    _person, _token, run = await in_doubt(floor)
    with nothing_done(floor):
        answer = await resolve(floor, run, "DID_NOT_HAPPEN", "not in the system's own log")
    assert codes(answer) == []
    assert answer["operation"]["state"] == "FAILED"
    assert [each["state"] for each in answer["operation"]["steps"]] == ["REFUSED"]
    assert resolutions(floor, run) == [("failure", "DID_NOT_HAPPEN", DOER)]


async def test_nobody_says_that_it_did_not_happen_where_the_system_shows_it(floor: Stand) -> None:
    person, token, run = await in_doubt(floor)
    await _write(floor, token.source, "disable_token", person.ref, token.serial)
    with nothing_done(floor, "NOT_POSSIBLE"):
        answer = await resolve(floor, run, "DID_NOT_HAPPEN", "not in the system's own log")
    assert of_kind(answer) == ["NotPossible"]
    assert (await run_of(floor, run["id"]))["state"] == "UNKNOWN"
    assert resolutions(floor, run) == []


async def test_what_somebody_has_seen_happen_is_done(floor: Stand) -> None:
    _person, _token, run = await in_doubt(floor)
    with nothing_done(floor):
        answer = await resolve(floor, run, "HAPPENED", "seen in the system's own log")
    done = await ended(floor, answer)
    assert done["state"] == "SUCCEEDED"
    assert done["steps"][0]["state"] == "DONE"
    assert done["steps"][0]["problem"] == "seen in the system's own log"
    assert resolutions(floor, run) == [("success", "HAPPENED", DOER)]


@pytest.mark.parametrize("how", ["LOOK", "HAPPENED", "DID_NOT_HAPPEN"])
async def test_who_may_not_do_it_does_not_find_out(floor: Stand, how: str) -> None:
    person, _token, run = await in_doubt(floor)
    for login in ("all.seeing", person.login):
        with nothing_done(floor, "NOT_ALLOWED"):
            answer = await resolve(floor, run, how, "seen in the system's own log", login)
        assert of_kind(answer) == ["NotAllowed"]
    assert (await run_of(floor, run["id"]))["state"] == "UNKNOWN"


async def test_a_hand_over_names_both(floor: Stand) -> None:
    person, _token, run = await in_doubt(floor)
    for login in ("all.seeing", person.login):
        with nothing_done(floor, "NOT_ALLOWED"):
            refused = await mutate(floor, "take_operation", {"operation": run["id"]}, viewer=viewer_of(floor, login))
        assert of_kind(refused) == ["NotAllowed"]
    given = {"operation": run["id"], "note": "the night shift"}
    taken = await mutate(floor, "take_operation", given, viewer=viewer_of(floor, OTHER))
    assert codes(taken) == []
    assert taken["operation"]["holder"] == OTHER
    again = await mutate(floor, "take_operation", given, viewer=viewer_of(floor, THIRD))
    assert again["operation"]["holder"] == THIRD
    told = [each for each in floor.records(run["id"]) if each["code"] == "operation.handed_over"]
    assert [(each["operator"], each["detail"]["to"]) for each in told] == [(DOER, OTHER), (OTHER, THIRD)]
    assert (await run_of(floor, run["id"]))["by"] == DOER


async def test_what_is_over_is_not_taken(floor: Stand) -> None:
    _person, _token, run = await in_doubt(floor)
    await resolve(floor, run, "DID_NOT_HAPPEN", "not in the system's own log")
    with nothing_done(floor, "ALREADY_DECIDED"):
        answer = await mutate(floor, "take_operation", {"operation": run["id"]}, viewer=viewer_of(floor, OTHER))
    assert codes(answer) == ["ALREADY_DECIDED"]


async def test_the_steps_behind_go_on_when_it_is_known(floor: Stand) -> None:
    people = await floor.people()
    answers = await floor.asked("sessions", "sessions_of", *[each.ref for each in people])
    person, several = next((one, found) for one, found in zip(people, answers, strict=True) if len(found) > 1)
    await floor.with_ticket(person.employee_id)
    async with writes_lost(floor, "sessions"):
        run = await ended(floor, await mutate(floor, "terminate_sessions", wish(floor, person.employee_id, {})))
    assert [each["state"] for each in run["steps"]] == ["UNKNOWN", *["WAITING"] * (len(several) - 1)]
    await _write(floor, "sessions", "terminate", person.ref, several[0].session_id)
    writes = floor.writes()
    done = await ended(floor, await resolve(floor, run, "LOOK"))
    assert done["state"] == "SUCCEEDED"
    assert [each["state"] for each in done["steps"]] == ["DONE"] * len(several)
    assert floor.writes() == writes + len(several) - 1
    assert await floor.asked("sessions", "sessions_of", person.ref) == [()]
