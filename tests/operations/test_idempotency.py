"""One wish, one run: keys, limits, things that vanish, and what is shown to whom."""

import asyncio
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from operations.update_contact.operation import UpdateContact
from resolvers import ids
from tests.operations.acting import (
    DOER,
    HALF,
    OTHER,
    PAYLOAD,
    THIRD,
    Answer,
    asked,
    codes,
    ended,
    is_member,
    mutate,
    new_key,
    nothing_done,
    of_kind,
    outsider,
    plain_account,
    run_of,
    to_group,
    viewer_of,
    wish,
)
from tests.operations.cases import CASES, _write
from tests.operations.stand import Stand

pytest_plugins = ("tests.operations.floor",)


def runs_of(floor: Stand, key: str) -> list[str]:
    """States of all runs that stand for a key, whoever's."""
    with sqlite3.connect(floor.database) as database:
        return [row[0] for row in database.execute("select state from operation_run where key = ?", (key,))]


async def test_the_same_key_eight_times_at_once_is_one_run_and_one_write(floor: Stand) -> None:
    group, person = await outsider(floor)
    said = to_group(floor, group, person)
    writes = floor.writes()
    answers = await asyncio.gather(*(mutate(floor, "add_to_group", said) for _ in range(8)))
    ends = [await ended(floor, each) for each in answers]
    assert {each["id"] for each in ends} == {ends[0]["id"]}
    assert {each["state"] for each in ends} == {"SUCCEEDED"}
    assert [code for each in answers for code in codes(each)] == []
    assert floor.writes() == writes + 1
    assert runs_of(floor, said["idempotencyKey"]) == ["SUCCEEDED"]
    intents = [each for each in floor.records(ends[0]["id"]) if each["stage"] == "intent"]
    assert len(intents) == 1


async def test_a_secret_asked_for_eight_times_at_once_goes_out_once(floor: Stand) -> None:
    person, account = await plain_account(floor)
    await floor.with_ticket(person.employee_id)
    said = wish(floor, person.employee_id, {"account": account})
    writes = floor.writes()
    answers = await asyncio.gather(*(mutate(floor, "reset_password", said) for _ in range(8)))
    assert [code for each in answers for code in codes(each)] == []
    assert sum(len(each["secrets"]) for each in answers) == 1
    assert floor.writes() == writes + 2
    assert len(floor.records(answers[0]["operation"]["id"], "secret.shown")) == 1


async def test_the_same_key_for_something_else_is_a_conflict(floor: Stand) -> None:
    group, person = await outsider(floor)
    said = to_group(floor, group, person)
    run = await ended(floor, await mutate(floor, "add_to_group", said))
    other_group, other = await outsider(floor)
    several: list[tuple[str, dict[str, Any]]] = [
        ("add_to_group", {"employee": ids.encode("Employee", "directory", other.employee_id)}),
        ("add_to_group", {"purpose": {**said["purpose"], "reason": "something else"}}),
        ("remove_from_group", {}),
    ]
    assert other_group == group
    for name, changed in several:
        with nothing_done(floor, "KEY_CONFLICT"):
            answer = await mutate(floor, name, {**said, **changed})
        assert of_kind(answer) == ["KeyConflict"]
        assert answer["operation"] is None
    assert runs_of(floor, said["idempotencyKey"]) == ["SUCCEEDED"]
    assert (await run_of(floor, run["id"]))["state"] == "SUCCEEDED"


async def test_the_same_key_for_two_things_at_once_is_one_of_them(floor: Stand) -> None:
    group, person = await outsider(floor)
    _group, other = await outsider(floor, 1)
    key = new_key()
    writes = floor.writes()
    answers = await asyncio.gather(
        *(mutate(floor, "add_to_group", to_group(floor, group, each, idempotencyKey=key)) for each in (person, other))
    )
    assert sorted(code for each in answers for code in codes(each)) == ["KEY_CONFLICT"]
    for each in answers:
        if each["operation"] is not None:
            await ended(floor, each)
    assert floor.writes() == writes + 1
    assert [await is_member(floor, group, each) for each in (person, other)].count(True) == 1


async def test_the_key_of_another_caller_is_another_key(floor: Stand) -> None:
    group, person = await outsider(floor)
    said = to_group(floor, group, person)
    mine = await ended(floor, await mutate(floor, "add_to_group", said))
    writes = floor.writes()
    answer = await mutate(floor, "add_to_group", said, viewer=viewer_of(floor, OTHER))
    assert not answer["replayed"]
    assert answer["operation"]["id"] != mine["id"]
    assert answer["plan"]["already"]
    assert floor.writes() == writes
    assert runs_of(floor, said["idempotencyKey"]) == ["SUCCEEDED"] * 2


@pytest.mark.parametrize("key", ["", "   ", "k" * 201])
async def test_a_key_is_some_text(floor: Stand, key: str) -> None:
    group, person = await outsider(floor)
    with nothing_done(floor, "BAD_INPUT"):
        answer = await mutate(floor, "add_to_group", to_group(floor, group, person, idempotencyKey=key))
    assert answer["problems"][0]["path"] == ["input", "idempotencyKey"]


async def test_what_vanished_since_it_was_shown_is_not_found(floor: Stand) -> None:
    people = await floor.people()
    answers = await floor.asked("software", "licences_of", *[each.ref for each in people])
    found = ((one, each) for one, several in zip(people, answers, strict=True) for each in several)
    person, licence = next(found)
    await floor.with_ticket(person.employee_id)
    said = wish(floor, person.employee_id, {"licence": licence.licence_id})
    plan = (await mutate(floor, "revoke_licence", {**said, "mode": "PREVIEW"}))["plan"]
    await _write(floor, licence.source, "revoke_licence", person.ref, licence.licence_id)
    with nothing_done(floor, "NOT_FOUND"):
        answer = await mutate(floor, "revoke_licence", {**said, "planHash": plan["hash"]})
    assert of_kind(answer) == ["NotFound"]
    assert answer["operation"] is None
    assert runs_of(floor, said["idempotencyKey"]) == []


async def test_often_enough_is_enough(floor: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UpdateContact, "limit", 2)
    person = (await floor.people())[30]
    await floor.with_ticket(person.employee_id)

    def said(number: int) -> Answer:
        return wish(floor, person.employee_id, {"mobile": f"+55 11 92222 000{number}"})

    viewer = viewer_of(floor, THIRD)
    first = said(1)
    for each in (first, said(2)):
        run = await ended(floor, await mutate(floor, "update_contact", each, viewer=viewer))
        assert run["state"] == "SUCCEEDED"
    with nothing_done(floor, "LIMIT_REACHED"):
        answer = await mutate(floor, "update_contact", said(3), viewer=viewer)
    assert of_kind(answer) == ["LimitReached"]
    with nothing_done(floor):
        assert (await mutate(floor, "update_contact", first, viewer=viewer))["replayed"]
    run = await ended(floor, await mutate(floor, "update_contact", said(4), viewer=viewer_of(floor, OTHER)))
    assert run["state"] == "SUCCEEDED"


async def test_who_may_not_read_a_field_is_not_told_what_was_in_it(floor: Stand) -> None:
    person, account = await plain_account(floor, 21)
    await floor.with_ticket(person.employee_id)
    await floor.verified(person.employee_id, HALF)
    half, said = viewer_of(floor, HALF), wish(floor, person.employee_id, {"account": account})
    shown = await mutate(floor, "disable_account", {**said, "mode": "PREVIEW"}, viewer=half)
    done = await mutate(floor, "disable_account", said, viewer=half)
    assert (await ended(floor, done))["state"] == "SUCCEEDED"
    for changes in (shown["plan"]["changes"], done["operation"]["changes"]):
        assert [(each["field"], each["before"], each["withheld"]) for each in changes] == [
            ("Account.enabled", None, True)
        ]
    assert [each["proof"]["shown"] for each in done["operation"]["steps"]] == [["there"]]
    whole = await mutate(floor, "enable_account", {**said, "mode": "PREVIEW"})
    assert [(each["before"], each["withheld"]) for each in whole["plan"]["changes"]] == [("false", False)]


async def test_two_changes_in_one_request_are_none(floor: Stand) -> None:
    group, person = await outsider(floor)
    query = f"""mutation($one: AddToGroupInput!, $two: AddToGroupInput!) {{
      one: addToGroup(input: $one) {{ {PAYLOAD} }} two: addToGroup(input: $two) {{ {PAYLOAD} }} }}"""
    _group, other = await outsider(floor, 1)
    several = {"one": to_group(floor, group, person), "two": to_group(floor, group, other)}
    with nothing_done(floor):
        body = await asked(floor, query, several, viewer_of(floor))
    assert [each["extensions"]["code"] for each in body["errors"]] == ["MULTIPLE_MUTATIONS"]
    assert "data" not in body
    assert [runs_of(floor, each["idempotencyKey"]) for each in several.values()] == [[], []]


def kept(database: Path) -> bytes:
    """Every byte of the database, what is not yet in its main file too."""
    return b"".join(each.read_bytes() for each in sorted(database.parent.glob(f"{database.name}*")))


@pytest.mark.parametrize("name", ["reset_password", "show_recovery_key", "issue_certificate"])
async def test_a_secret_is_nowhere_but_in_the_first_answer(
    floor: Stand, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if name == "reset_password":
        person, account = await plain_account(floor)
        employee, given = person.employee_id, {"account": account}
    else:
        case = await CASES[name](floor)
        employee, given = case.employee, case.said
    await floor.with_ticket(employee)
    await floor.verified(employee)
    said = wish(floor, employee, given)
    answer = await mutate(floor, name, said)
    assert codes(answer) == []
    (secret,) = answer["secrets"]
    run = answer["operation"]
    answer.pop("secrets")
    again = await mutate(floor, name, said)
    assert again["replayed"]
    query = "{ operations(first: 50) { edges { node { id name steps { name made problem proof { shown } } } } } }"
    later = [answer, again, await run_of(floor, run["id"]), await asked(floor, query, {}, viewer_of(floor, DOER))]
    assert run["id"].encode() not in kept(floor.database)
    assert ids.decode(run["id"]).key.encode() in kept(floor.database)  # what is looked for would be found
    # a key spans lines: a part of it would be as bad as the whole
    for part in {each for each in secret["value"].splitlines() if len(each) >= 12 and "-----" not in each}:
        assert part.encode() not in kept(floor.database)
        assert part not in caplog.text
        assert all(part not in str(each) for each in later)
