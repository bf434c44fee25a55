"""A masked value shown in full, once: to whom it is masked for, with what is asked for, recorded before."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from operations.kit.revealing import MOST_AN_HOUR, PLACES
from resolvers import ids
from schema.declare import mask_declared
from sources.ports.call import utc_now
from tests.operations.acting import change_rows, codes, mutate, new_key, nothing_done, of_kind, viewer_of
from tests.operations.stand import _TEAM, DOER, PACE, Stand
from tests.sandbox import company_of, running

MASKED: Final = "mask.seeing"
BLIND: Final = "file.blind"
IDLE: Final = "not.revealing"
_MASKS: Final = """
title: {{en: Masked}}
regions: all
members: [{login}]
clearance: [vip]
read:
  directory: {{ceiling: internal, scope: anyone}}
  ticket: {{ceiling: personal, scope: anyone}}
mask:
  directory: {{ceiling: personal, scope: anyone}}
{more}
"""
_HR: Final = "  hr: {ceiling: restricted, scope: anyone}\n"
_RUN: Final = "run:\n  - {operation: reveal_value, scope: anyone}\n"
_ANSWER: Final = "field value replayed obligations { kind fulfilled } problems { __typename code message path }"
Answer = dict[str, Any]


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A stand with teams that see masks."""
    folder: Path = tmp_path_factory.mktemp("reveal")
    teams = {
        "all_doing": _TEAM,
        "masked": _MASKS.format(login=MASKED, more=_HR + _RUN),
        "blind": _MASKS.format(login=BLIND, more=_RUN),
        "idle": _MASKS.format(login=IDLE, more=_HR),
    }
    async with running(company_of(60), folder, clock=utc_now, pace=PACE, extra_teams=teams) as sandbox:
        yield Stand(sandbox, folder / "okno.db")


async def somebody(desk: Stand, place: int) -> Any:
    """An employee with telephones and an open ticket."""
    people = [each for each in await desk.people() if each.phones]
    await desk.with_ticket(people[place].employee_id)
    return people[place]


def given(desk: Stand, person: Any, field: str = "Phone.number", **more: Any) -> Answer:
    """What is asked for."""
    return {
        "employee": ids.encode("Employee", "directory", person.employee_id),
        "field": field,
        "purpose": {"reason": "to call them back", "ticket": desk.tickets.get(person.employee_id)},
        "idempotencyKey": new_key(),
        **more,
    }


async def revealed(desk: Stand, said: Answer, login: str = MASKED, **changes: Any) -> Answer:
    """What is answered to somebody who asks for it."""
    return await mutate(desk, "reveal_value", said, _ANSWER, viewer=viewer_of(desk, login, **changes))


def records(desk: Stand, person: Any) -> list[Answer]:
    """What the trail says was revealed of somebody."""
    return [each for each in desk.records(code="field.revealed") if each["employee"] == person.employee_id]


async def values(desk: Stand, person: Any) -> dict[str, str | None]:
    """What the systems say, by field."""
    (file,) = await desk.asked("hr", "personal_of", person.ref)
    return {
        "Phone.number": person.phones[0].number,
        "PersonalDetails.birthDate": None if file.birth_date is None else str(file.birth_date),
        "PersonalDetails.personalEmail": file.personal_email,
        "PersonalDetails.documentNumber": file.document_number,
    }


@pytest.mark.parametrize("field", sorted(PLACES))
async def test_what_is_masked_is_shown_once_and_recorded_without_its_value(desk: Stand, field: str) -> None:
    person = await somebody(desk, sorted(PLACES).index(field))
    writes, before = desk.writes(), desk.states()
    answer = await revealed(desk, given(desk, person, field))
    assert codes(answer) == []
    assert answer["value"] == (await values(desk, person))[field] is not None
    assert {each["kind"]: each["fulfilled"] for each in answer["obligations"]} == {"reason": True, "ticket": True}
    (told,) = records(desk, person)
    assert (told["stage"], told["outcome"], told["fields"]) == ("read", "success", [field])
    assert (told["operator"], told["reason"], told["ticket"]) == (
        MASKED,
        "to call them back",
        desk.tickets[person.employee_id],
    )
    with sqlite3.connect(desk.database) as database:
        kept = [
            row
            for table in ("operation_reveal", "audit_record", "audit_protected")
            for row in database.execute(f"select * from {table}")
        ]
    assert not any(answer["value"] in str(each) for row in kept for each in row)
    assert (desk.writes(), desk.states()) == (writes, before)


def test_every_field_that_has_a_mask_can_be_revealed(desk: Stand) -> None:
    schema = desk.sandbox.gateway.road._schema
    masked = {
        f"{kind.name}.{name}"
        for kind in schema.type_map.values()
        for name, field in getattr(kind, "fields", {}).items()
        if field.extensions and _mask(field)
    }
    assert masked == set(PLACES)


def _mask(field: Any) -> object:
    declared = field.extensions.get("strawberry-definition")
    return None if declared is None else mask_declared(declared)


async def test_the_same_key_shows_nothing_a_second_time(desk: Stand) -> None:
    person = await somebody(desk, 4)
    said = given(desk, person)
    assert (await revealed(desk, said))["value"]
    again = await revealed(desk, said)
    assert (again["value"], again["replayed"], again["problems"]) == (None, True, [])
    with nothing_done(desk, "KEY_CONFLICT"):
        other = await revealed(desk, {**said, "field": "PersonalDetails.birthDate"})
    assert (other["value"], of_kind(other)) == (None, ["KeyConflict"])
    assert len(records(desk, person)) == 1


async def test_the_same_key_at_the_same_moment_shows_it_to_one(desk: Stand) -> None:
    person = await somebody(desk, 5)
    said = given(desk, person)
    answers = await asyncio.gather(*(revealed(desk, said) for _ in range(4)))
    assert sorted(each["value"] is not None for each in answers) == [False, False, False, True]
    assert sorted(each["replayed"] for each in answers) == [False, True, True, True]
    assert len(records(desk, person)) == 1


async def test_of_several_telephones_the_one_that_is_meant_is_shown(desk: Stand) -> None:
    people = [each for each in await desk.people() if len(each.phones) > 1]
    await desk.with_ticket(people[0].employee_id)
    answer = await revealed(desk, given(desk, people[0], place=1))
    assert answer["value"] == people[0].phones[1].number
    with nothing_done(desk, "NOT_FOUND"):
        refused = await revealed(desk, given(desk, people[0], place=9))
    assert refused["value"] is None


async def test_what_may_be_read_as_it_is_is_not_revealed(desk: Stand) -> None:
    person = await somebody(desk, 6)
    with nothing_done(desk, "ALREADY_VISIBLE"):
        answer = await revealed(desk, given(desk, person), DOER)
    assert (answer["value"], of_kind(answer)) == (None, ["NotPossible"])
    assert records(desk, person) == []


async def test_what_is_denied_stays_denied(desk: Stand) -> None:
    person = await somebody(desk, 7)
    with nothing_done(desk, "NOT_ALLOWED"):
        answer = await revealed(desk, given(desk, person, "PersonalDetails.birthDate"), BLIND)
    assert answer["value"] is None
    assert records(desk, person) == []
    assert (await revealed(desk, given(desk, person), BLIND))["value"]


async def test_who_has_not_the_right_is_shown_nothing(desk: Stand) -> None:
    person = await somebody(desk, 8)
    with nothing_done(desk, "NOT_ALLOWED", 2):
        assert (await revealed(desk, given(desk, person), IDLE))["value"] is None
        assert (await revealed(desk, given(desk, person), service=True))["value"] is None
    assert records(desk, person) == []


@pytest.mark.parametrize(
    ("purpose", "problem"),
    [
        ({}, "REASON_REQUIRED"),
        ({"reason": "to call them back"}, "TICKET_REQUIRED"),
        ({"reason": "to call them back", "ticket": "999999"}, "TICKET_REQUIRED"),
    ],
)
async def test_without_its_purpose_nothing_is_shown(desk: Stand, purpose: Answer, problem: str) -> None:
    person = await somebody(desk, 9)
    with nothing_done(desk, problem):
        answer = await revealed(desk, given(desk, person, purpose=purpose))
    assert (answer["value"], codes(answer)) == (None, [problem])
    assert records(desk, person) == []


async def test_the_ticket_in_hand_is_purpose_enough(desk: Stand) -> None:
    person = await somebody(desk, 10)
    ticket = desk.tickets[person.employee_id]
    opened = await mutate(
        desk, "open_case", {"ticket": ticket}, "case { ticket } problems { code }", viewer=viewer_of(desk, MASKED)
    )
    assert opened["problems"] == []
    answer = await revealed(desk, given(desk, person, purpose={"reason": "to call them back"}))
    assert answer["value"]
    assert records(desk, person)[0]["ticket"] == ticket


async def test_a_field_that_has_no_mask_is_bad_input(desk: Stand) -> None:
    person = await somebody(desk, 11)
    with nothing_done(desk, "BAD_INPUT", 2):
        for field in ("PersonalDetails.homeAddress", "nonsense"):
            assert codes(await revealed(desk, given(desk, person, field))) == ["BAD_INPUT"]


async def test_a_frozen_person_is_shown_nothing(desk: Stand) -> None:
    person = await somebody(desk, 12)
    freeze = {"kind": "PERSON", "name": MASKED, "reason": "something is wrong"}
    frozen = await mutate(desk, "freeze", freeze, "freeze { id } problems { code }")
    with nothing_done(desk, "FROZEN"):
        assert (await revealed(desk, given(desk, person)))["value"] is None
    lifted = {"freeze": frozen["freeze"]["id"], "reason": "it was nothing"}
    assert (await mutate(desk, "lift_freeze", lifted, "problems { code }"))["problems"] == []
    assert (await revealed(desk, given(desk, person)))["value"]


async def test_nobody_is_shown_more_than_so_many_in_an_hour(desk: Stand) -> None:
    person = await somebody(desk, 13)
    for number in range(MOST_AN_HOUR):
        statement = "insert into operation_reveal values (?, ?, 'x', 'x', 'x', ?)"
        await change_rows(desk, statement, BLIND, f"earlier {number}", f"{utc_now():%Y-%m-%d %H:%M:%S.%f}")
    with nothing_done(desk, "LIMIT_REACHED"):
        answer = await revealed(desk, given(desk, person), BLIND)
    assert (answer["value"], of_kind(answer)) == (None, ["LimitReached"])
