"""How many people an operator looks at within an hour: counted by what the trail says, refused beyond it, renewed by a sign-in."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from gateway.store import Store
from operations.kit.budget import Budget
from operations.kit.exposure import Exposure
from resolvers import ids
from resolvers.asking import Viewer
from resolvers.request import Request
from sources.ports.call import utc_now
from tests.operations.stand import _TEAM, PACE, Stand
from tests.sandbox import company_of, running

MOST: Final = 5
SEARCHES: Final = 3
_ONE: Final = "query($id: ID!) { employee(by: {id: $id}) { login phones { number } } }"
_MASKED: Final = """
title: {en: Masked}
regions: all
members: [mask.seeing]
clearance: [vip]
read:
  directory: {ceiling: internal, scope: anyone}
mask:
  directory: {ceiling: personal, scope: anyone}
"""
_operators = itertools.count(1)
Answer = dict[str, Any]


class Hour:
    """A clock that can be put on."""

    def __init__(self) -> None:
        self.later = timedelta()

    def __call__(self) -> datetime:
        """The moment."""
        return utc_now() + self.later


HOUR: Final = Hour()


@pytest.fixture(scope="module")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A stand in which nobody may look at more than five people in an hour; one who looks works there."""
    folder: Path = tmp_path_factory.mktemp("exposure")
    company = company_of(60)
    members = ", ".join([*(f"looking.{number}" for number in range(1, 20)), company.people[0].login])
    teams = {"looking": _TEAM.replace("all.doing, other.doing", members), "masked": _MASKED}
    exposure = {"per_hour": MOST, "searches": SEARCHES}
    async with running(company, folder, clock=HOUR, pace=PACE, extra_teams=teams, exposure=exposure) as sandbox:
        yield Stand(sandbox, folder / "okno.db")


def operator(stand: Stand, login: str | None = None, team: str | None = None, **changes: Any) -> Viewer:
    """Somebody who has looked at nobody yet."""
    viewer = stand.sandbox.gateway.viewers.viewer(login or f"looking.{next(_operators)}", team)
    assert viewer is not None
    return replace(viewer, **{"authenticated_at": HOUR() - timedelta(minutes=30), **changes})


async def asked(stand: Stand, viewer: Viewer, query: str, variables: Answer | None = None) -> Answer:
    """What a request is answered."""
    reply = await stand.sandbox.gateway.road.answer(Request(query, variables or {}), viewer)
    body: Answer = orjson.loads(orjson.dumps(reply.body))
    return body


async def looked(stand: Stand, viewer: Viewer, number: int, query: str = _ONE) -> Answer:
    """What is answered about one person."""
    person = stand.sandbox.world.company.people[number]
    return await asked(stand, viewer, query, {"id": ids.encode("Employee", "directory", person.employee_id)})


def is_refused(body: Answer) -> bool:
    """Whether an answer refuses what is personal, and says so."""
    codes = [each["extensions"]["code"] for each in body.get("errors", ())]
    assert set(codes) <= {"LIMIT_REACHED"}, body["errors"]
    return bool(codes)


async def test_beyond_the_limit_nothing_personal_is_shown_and_it_is_said_for_how_long(stand: Stand) -> None:
    viewer = operator(stand)
    for number in range(1, MOST + 1):
        body = await looked(stand, viewer, number)
        assert not is_refused(body)
        assert body["data"]["employee"]["phones"] is not None
    body = await looked(stand, viewer, 10)
    assert is_refused(body)
    assert body["data"]["employee"]["phones"] is None
    assert body["data"]["employee"]["login"] == stand.sandbox.world.company.people[10].login
    (error,) = body["errors"]
    assert (error["path"], error["extensions"]["stepUp"]) == (["employee", "phones"], True)
    assert 3_500_000 < error["extensions"]["retryAfterMs"] <= 3_600_000
    (withheld,) = body["extensions"]["access"]["withheld"]
    assert (withheld["field"], withheld["code"]) == ("Employee.phones", "LIMIT_REACHED")
    # who was looked at already may be looked at still
    assert not is_refused(await looked(stand, viewer, 1))


async def test_who_was_refused_was_not_looked_at_and_the_trail_says_so(stand: Stand) -> None:
    viewer = operator(stand)
    for number in range(1, MOST + 2):
        await looked(stand, viewer, number)
    mine = [each for each in stand.records() if each["operator"] == viewer.login]
    assert [each["code"] for each in mine] == ["employee.read"] * MOST + ["exposure.exceeded"]
    assert mine[-1]["detail"] == {"what": "employees", "most": MOST, "refused": 1}
    assert (mine[-1]["stage"], mine[-1]["outcome"]) == ("denied", "denied")
    refused = stand.sandbox.world.company.people[MOST + 1].employee_id
    assert refused not in {each.get("employee") for each in mine}


async def test_one_request_for_many_shows_as_many_as_there_is_room_for(stand: Stand) -> None:
    viewer = operator(stand)
    body = await asked(stand, viewer, "{ employees(first: 9) { edges { node { login phones { number } } } } }")
    assert is_refused(body)
    nodes = [each["node"] for each in body["data"]["employees"]["edges"]]
    assert [each["phones"] is not None for each in nodes] == [True] * MOST + [False] * 4
    assert all(each["login"] for each in nodes)
    (withheld,) = body["extensions"]["access"]["withheld"]
    assert withheld["count"] == 4
    told = [each for each in stand.records(code="exposure.exceeded") if each["operator"] == viewer.login]
    assert [each["detail"]["refused"] for each in told] == [4]


async def test_nothing_personal_of_the_things_of_who_is_refused_is_shown_either(stand: Stand) -> None:
    viewer = operator(stand)
    for number in range(1, MOST + 1):
        await looked(stand, viewer, number)
    query = """query($id: ID!) { employee(by: {id: $id}) { email
      personal { legalName homeAddress } account { login lastSignInAt } } }"""
    before = await looked(stand, operator(stand), 11, query)
    assert before["data"]["employee"]["personal"]["legalName"]
    body = await looked(stand, viewer, 11, query)
    assert is_refused(body)
    employee = body["data"]["employee"]
    assert employee["email"] and employee["account"]["login"] == before["data"]["employee"]["account"]["login"]
    assert employee["personal"] is None
    assert employee["account"]["lastSignInAt"] is None


async def test_a_thing_that_is_reached_on_its_own_counts_for_whose_it_is(stand: Stand) -> None:
    viewer = operator(stand)
    body = await asked(stand, viewer, "{ tickets(first: 60) { edges { node { number subject } } } }")
    nodes = [each["node"] for each in body["data"]["tickets"]["edges"]]
    assert is_refused(body)
    told = [each for each in stand.records(code="employee.read") if each["operator"] == viewer.login]
    assert len({each.get("employee") or each["object"] for each in told}) == MOST
    assert any(each["subject"] is None for each in nodes)
    assert all(each["number"] for each in nodes)
    # another request of the same is about the same people
    again = await asked(stand, viewer, "{ tickets(first: 60) { edges { node { number subject } } } }")
    assert [each["node"] for each in again["data"]["tickets"]["edges"]] == nodes


async def test_a_sign_in_after_it_gives_as_much_again_once(stand: Stand) -> None:
    viewer = operator(stand)
    for number in range(1, MOST + 1):
        await looked(stand, viewer, number)
    assert is_refused(await looked(stand, viewer, 20))
    again = replace(viewer, authenticated_at=HOUR())
    for number in range(20, 20 + MOST):
        assert not is_refused(await looked(stand, again, number))
    body = await looked(stand, again, 40)
    assert is_refused(body)
    assert body["errors"][0]["extensions"]["stepUp"] is False
    assert is_refused(await looked(stand, replace(viewer, authenticated_at=HOUR()), 40))


async def test_an_old_sign_in_gives_nothing_more(stand: Stand) -> None:
    viewer = operator(stand, authenticated_at=HOUR())
    for number in range(1, MOST + 1):
        await looked(stand, viewer, number)
    assert is_refused(await looked(stand, viewer, 20))
    assert is_refused(await looked(stand, replace(viewer, authenticated_at=None), 20))


async def test_an_hour_later_there_is_room_again(stand: Stand) -> None:
    viewer = operator(stand)
    for number in range(1, MOST + 2):
        await looked(stand, viewer, number)
    HOUR.later += timedelta(minutes=59)
    try:
        stand.sandbox.gateway.operating.around.exposure._seen[viewer.login].good_until = 0.0
        assert is_refused(await looked(stand, viewer, 20))
        HOUR.later += timedelta(minutes=2)
        stand.sandbox.gateway.operating.around.exposure._seen[viewer.login].good_until = 0.0
        assert not is_refused(await looked(stand, viewer, 20))
    finally:
        HOUR.later = timedelta()


async def test_a_process_that_has_just_begun_knows_what_others_have_shown(stand: Stand) -> None:
    viewer = operator(stand)
    for number in range(1, MOST + 1):
        await looked(stand, viewer, number)
    store = Store(f"sqlite:///{stand.database}")
    try:
        other = Exposure(store.engine, Budget(MOST, SEARCHES), HOUR)
        allowance = await other.of(viewer, "a request")
        assert allowance is not None
        assert allowance.take(stand.sandbox.world.company.people[1].employee_id)
        assert not allowance.take(stand.sandbox.world.company.people[30].employee_id)
        assert await other.of(replace(viewer, service=True), "a program's") is None
    finally:
        await store.close()


async def test_ones_own_record_is_not_counted(stand: Stand) -> None:
    viewer = operator(stand, stand.sandbox.world.company.people[0].login, "looking")
    for number in range(1, MOST + 1):
        await looked(stand, viewer, number)
    assert is_refused(await looked(stand, viewer, 20))
    body = await looked(stand, viewer, 0)
    assert not is_refused(body)
    assert body["data"]["employee"]["phones"] is not None


async def test_what_is_shown_masked_is_not_counted(stand: Stand) -> None:
    viewer = operator(stand, "mask.seeing")
    query = "{ employees(first: 20) { edges { node { phones { number } } } } }"
    body = await asked(stand, viewer, query)
    assert not is_refused(body)
    assert stand.records(code="exposure.exceeded") == [
        each for each in stand.records(code="exposure.exceeded") if each["operator"] != viewer.login
    ]


async def test_searches_are_counted_too(stand: Stand) -> None:
    viewer = operator(stand)
    query = "query($text: String!) { search(text: $text) { edges { node { __typename } } } }"
    found = stand.sandbox.world.company.people[3].login
    for _ in range(SEARCHES):
        body = await asked(stand, viewer, query, {"text": found})
        assert not is_refused(body)
        assert body["data"]["search"]["edges"]
    body = await asked(stand, viewer, query, {"text": found})
    assert is_refused(body)
    assert body["data"]["search"] is None
    mine = [each for each in stand.records() if each["operator"] == viewer.login]
    assert [each["code"] for each in mine] == ["search.made"] * SEARCHES + ["exposure.exceeded"]
    assert mine[-1]["detail"]["what"] == "searches"
    # what was counted in memory and what stands in the trail are the same searches
    stand.sandbox.gateway.operating.around.exposure._seen[viewer.login].good_until = 0.0
    assert is_refused(await asked(stand, viewer, query, {"text": found}))
    again = replace(viewer, authenticated_at=HOUR())
    for _ in range(SEARCHES):
        stand.sandbox.gateway.operating.around.exposure._seen[viewer.login].good_until = 0.0
        assert not is_refused(await asked(stand, again, query, {"text": found}))
    assert is_refused(await asked(stand, again, query, {"text": found}))
