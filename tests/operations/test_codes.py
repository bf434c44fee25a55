"""Codes for callers: seen by the employee alone, where they are signed in, and kept nowhere."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from operations.kit.verifying import code_key
from resolvers import ids
from tests.operations.acting import (
    OTHER,
    Process,
    another_process,
    asked,
    change_rows,
    codes,
    mutate,
    nothing_done,
    of_kind,
    plain_account,
    viewer_of,
)
from tests.operations.stand import DOER, Stand

pytest_plugins = ("tests.operations.floor",)

_ANSWER = "id verifiedUntil problems { __typename code message path }"
_CODES = "{ callerCodes { id code askedBy goodUntil } }"


def call(person: Any) -> dict[str, Any]:
    """A call by somebody who says that they are this person."""
    return {"employee": ids.encode("Employee", "directory", person.employee_id), "method": "CODE"}


async def begun(floor: Stand, person: Any) -> str:
    """A verification by a code."""
    answer = await mutate(floor, "verify_caller", call(person), _ANSWER)
    assert codes(answer) == [] and answer["verifiedUntil"] is None
    id_: str = answer["id"]
    return id_


async def seen(floor: Stand, login: str, process: Process | None = None, **changes: Any) -> dict[str, dict[str, Any]]:
    """The codes that somebody sees, by verification."""
    body = await asked(floor, _CODES, {}, viewer_of(floor, login, **changes), process)
    assert "errors" not in body, body["errors"]
    return {each["id"]: each for each in body["data"]["callerCodes"]}


async def confirm(floor: Stand, id_: str, code: str, login: str = DOER) -> dict[str, Any]:
    """What is answered to a code that was read out."""
    return await mutate(
        floor, "confirm_caller", {"verification": id_, "code": code}, _ANSWER, viewer=viewer_of(floor, login)
    )


async def test_the_employee_alone_sees_the_code_and_reads_it_out(floor: Stand) -> None:
    person, _account = await plain_account(floor, 20)
    somebody, _account = await plain_account(floor, 21)
    id_ = await begun(floor, person)
    shown = (await seen(floor, person.login))[id_]
    assert shown["askedBy"] == DOER and shown["goodUntil"]
    for other in (DOER, OTHER, somebody.login):
        assert id_ not in await seen(floor, other)
    assert await seen(floor, person.login, service=True) == {}
    assert (await confirm(floor, id_, shown["code"]))["verifiedUntil"]
    assert id_ not in await seen(floor, person.login)
    with nothing_done(floor, "CALLER_NOT_VERIFIED"):
        assert codes(await confirm(floor, id_, shown["code"])) == ["CALLER_NOT_VERIFIED"]


async def test_that_the_code_was_seen_is_recorded_and_the_code_is_not(floor: Stand) -> None:
    person, _account = await plain_account(floor, 22)
    id_ = await begun(floor, person)
    code = (await seen(floor, person.login))[id_]["code"]
    shown = [each for each in floor.records(code="secret.shown") if each["stage"] == "read"]
    told = [each for each in shown if each["operator"] == person.login]
    assert (told[-1]["operator"], told[-1]["employee"]) == (person.login, person.employee_id)
    assert told[-1]["detail"]["verifications"] == [id_]
    with sqlite3.connect(floor.database) as database:
        tables = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
        values = [value for name in tables for row in database.execute(f"select * from {name}") for value in row]
    assert not any(str(each) == code or f'"{code}"' in str(each) for each in values)


async def test_every_process_shows_the_same_code_and_takes_it(floor: Stand) -> None:
    person, _account = await plain_account(floor, 23)
    async with another_process(floor) as process:
        id_ = (await mutate(floor, "verify_caller", call(person), _ANSWER, process=process))["id"]
        code = (await seen(floor, person.login, process))[id_]["code"]
        assert process.codes[person.employee_id] == code
    assert (await seen(floor, person.login))[id_]["code"] == code
    assert (await confirm(floor, id_, code))["verifiedUntil"]


async def test_a_code_is_good_for_a_while_only(floor: Stand) -> None:
    person, _account = await plain_account(floor, 24)
    id_ = await begun(floor, person)
    code = (await seen(floor, person.login))[id_]["code"]
    assert await change_rows(floor, "update operation_verified_caller set until = begun_at where id = ?", id_) == 1
    assert await seen(floor, person.login) == {}
    with nothing_done(floor, "CALLER_NOT_VERIFIED"):
        assert codes(await confirm(floor, id_, code)) == ["CALLER_NOT_VERIFIED"]


async def test_a_code_that_was_guessed_at_is_not_shown_any_more(floor: Stand) -> None:
    person, _account = await plain_account(floor, 25)
    id_ = await begun(floor, person)
    code = (await seen(floor, person.login))[id_]["code"]
    guess = f"{(int(code) + 1) % 1_000_000:06d}"
    with nothing_done(floor, "CALLER_NOT_VERIFIED", 6):
        for said in (*[guess] * 5, code):
            assert codes(await confirm(floor, id_, said)) == ["CALLER_NOT_VERIFIED"]
    assert await seen(floor, person.login) == {}


async def test_no_code_is_made_for_who_would_never_see_it(stand: Stand) -> None:
    known = {login for team in stand.sandbox.gateway.installation.teams for login in team.file.members}
    person = next(each for each in await stand.people() if each.login not in known and not each.vip)
    with nothing_done(stand, "NOT_POSSIBLE"):
        answer = await mutate(stand, "verify_caller", call(person), _ANSWER)
    assert of_kind(answer) == ["NotPossible"]


def test_the_key_of_codes_is_made_once_and_is_its_users_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "code-key"
    first = code_key(file)
    assert (len(first), file.stat().st_mode & 0o777) == (32, 0o600)
    assert code_key(file) == first
    assert [each.name for each in file.parent.iterdir()] == ["code-key"]
    file.write_bytes(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        code_key(file)
