"""What is peculiar to the SCIM directory."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.call import CallContext
from sources.ports.directory import PeopleFilter
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need, Page
from sources.scim.client import ScimDirectory
from sources.scim.mapping import ENTERPRISE, attributes_for
from sources.scim.twin import ScimTwin

WORKPLACE = "urn:okno:params:scim:schemas:extension:workplace:2.0:User"


def _user(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"uid-{number}",
        "externalId": f"{number:07}",
        "userName": f"User.{number}",
        "displayName": f"User Number {number}",
        "emails": [{"value": f"user.{number}@okno.example", "primary": True}],
        **more,
    }


def _call(permit: WritePermit | None = None) -> CallContext:
    return CallContext("test", time.monotonic() + 3, "trace", "tester", permit=permit)


@pytest.fixture
async def twin() -> AsyncIterator[ScimTwin]:
    users = [_user(number) for number in range(1, 121)]
    users += [_user(500, externalId=None), {"id": "uid-900", "externalId": "0000900", "userName": "bare"}]
    users.append(
        _user(
            901,
            name={"givenName": "Ана", "familyName": 'О"Нил'},
            phoneNumbers=[{"value": "tel:+5511987654321", "type": "mobile"}, {"value": "123", "type": "fax"}],
            addresses=[{"type": "home", "region": "xx"}, {"type": "work", "region": "br", "locality": "São Paulo"}],
            preferredLanguage="pt",
            **{
                ENTERPRISE: {"department": "ENG", "manager": {"value": "0000001"}},
                WORKPLACE: {"vip": True, "languages": ["es"]},
            },
        )
    )
    twin = ScimTwin(users)
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def desk(twin: ScimTwin) -> AsyncIterator[SourceDesk]:
    settings = {"extension": WORKPLACE, "region": "eu", **twin.settings()}
    desk = SourceDesk([Line(ScimDirectory(Instance("directory", "scim", systems()["scim"], settings)))])
    yield desk
    await desk.close()


async def test_a_hundred_and_twenty_people_cost_three_calls(desk: SourceDesk, twin: ScimTwin) -> None:
    keys = [f"{number:07}" for number in range(1, 121)]
    people = await desk.ask("directory", "people_by_id", keys, EVERYTHING, _call())
    assert [person.employee_id for person in people] == keys
    assert twin.seen == {"GET /scim/v2/Users": 3}


async def test_leading_zeros_are_part_of_the_number(desk: SourceDesk) -> None:
    assert await desk.ask("directory", "people_by_id", ["1", "0000001 "], EVERYTHING, _call()) == [None, None]


async def test_logins_and_addresses_match_in_any_case(desk: SourceDesk) -> None:
    by_login = await desk.ask("directory", "people_by_login", ["uSER.7"], EVERYTHING, _call())
    by_email = await desk.ask("directory", "people_by_email", ["USER.7@okno.EXAMPLE"], EVERYTHING, _call())
    assert by_login[0].employee_id == by_email[0].employee_id == "0000007"


@pytest.mark.parametrize(
    "key", ['x" or userName pr or externalId eq "', '"', "\\", "*", ") or (id pr", "\n", "😀" * 50]
)
async def test_a_key_is_data_and_never_widens_the_filter(desk: SourceDesk, key: str) -> None:
    assert await desk.ask("directory", "people_by_id", [key, "0000003"], EVERYTHING, _call()) == [
        None,
        (await desk.ask("directory", "people_by_id", ["0000003"], EVERYTHING, _call()))[0],
    ]


async def test_people_without_a_number_are_no_employees(desk: SourceDesk) -> None:
    window = await desk.list("directory", "people", Page(200), _call(), wanted=PeopleFilter(), order="LOGIN")
    assert {person.login for person in window.records} >= {"bare", "User.1"}
    assert window.total == len(window.records) == 122
    assert "User.500" not in {person.login for person in window.records}


async def test_a_bare_user_is_a_person_of_the_configured_region(desk: SourceDesk) -> None:
    (person,) = await desk.ask("directory", "people_by_login", ["bare"], EVERYTHING, _call())
    assert (person.name.display, person.active, person.email, person.phones) == ("bare", True, None, ())
    assert person.workplace.region == "eu"


async def test_standard_and_own_attributes_become_the_record(desk: SourceDesk) -> None:
    (person,) = await desk.ask("directory", "people_by_id", ["0000901"], EVERYTHING, _call())
    assert (person.workplace.region, person.workplace.city) == ("br", "São Paulo")
    assert [(phone.kind, phone.number) for phone in person.phones] == [("MOBILE", "+5511987654321"), ("OTHER", "123")]
    assert (person.vip, person.languages, person.department, person.manager_id) == (
        True,
        ("pt", "es"),
        "ENG",
        "0000001",
    )


async def test_only_what_is_needed_is_asked_for() -> None:
    assert "phoneNumbers" not in attributes_for(frozenset({"login"}), WORKPLACE)
    assert "phoneNumbers" in attributes_for(frozenset({"phones"}), WORKPLACE)
    assert "phoneNumbers" in attributes_for(frozenset(), WORKPLACE)


async def test_one_spoilt_person_costs_that_person_only(desk: SourceDesk, twin: ScimTwin) -> None:
    twin.users["uid-5"]["phoneNumbers"] = "none"
    good, bad = await desk.ask("directory", "people_by_id", ["0000004", "0000005"], Need(), _call())
    assert good.employee_id == "0000004"
    assert isinstance(bad, SourceError)
    assert bad.code == "BAD_SOURCE_DATA"


async def test_a_patch_without_a_permit_never_reaches_the_wire(desk: SourceDesk, twin: ScimTwin) -> None:
    source = desk.lines["directory"].source
    assert isinstance(source, ScimDirectory)
    body = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    with pytest.raises(WriteRefused):
        await source._http.request("PATCH", "/Users/uid-1", _call(), json=body)
    assert twin.calls == 0
    permit = WritePermit("update_contact", "step", "directory", "update_contact", time.monotonic() + 5)
    await source._write_http.request("PATCH", "/Users/uid-1", _call(permit), json=body, write="update_contact")
    assert twin.users["uid-1"]["active"] is False
    with pytest.raises(WriteRefused):
        await source._write_http.request("PATCH", "/Users/uid-1", _call(permit), json=body, write="update_contact")
    assert twin.calls == 1


async def test_a_wrong_token_is_a_refusal(twin: ScimTwin) -> None:
    settings = {"extension": WORKPLACE, **twin.settings(), "token": "guessed"}
    line = Line(ScimDirectory(Instance("directory", "scim", systems()["scim"], settings)))
    (answer,) = await line.ask("people_by_id", ["0000001"], EVERYTHING, _call())
    assert isinstance(answer, SourceError)
    assert answer.code == "SOURCE_REJECTED"
    assert "guessed" not in f"{answer} {answer.detail}"
    await line.source.close()
