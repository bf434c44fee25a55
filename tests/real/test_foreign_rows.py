"""Other people's rows, in shapes that our seeds never have, are answered right or cost their own field alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from sources.ports.directory import PeopleFilter
from sources.ports.errors import SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.question import Page
from tests.contract.subjects import Source, call_of
from tests.real import foreign
from tests.real.foreign import ODD
from tests.real.provider import RealProvider
from tests.real.seeding.http import Row
from tests.real.systems import required

pytestmark = pytest.mark.real


@asynccontextmanager
async def source_of(provider: RealProvider, name: str) -> AsyncIterator[Source]:
    """A connector that has never asked anything."""
    async with provider.open(name) as standing:
        source = Source(standing, provider.company)
        try:
            yield source
        finally:
            await source.desk.close()


def ref(employee_id: str = "none", login: str = "none") -> EmployeeRef:
    return EmployeeRef(employee_id, login, f"{login}@foreign.example", None)


async def test_a_directory_user_with_a_name_and_number_only(provider: RealProvider) -> None:
    person: Row = {"userName": "foreign.least", "externalId": "9990001"}
    nobody: Row = {"userName": "foreign.unnumbered"}
    async with source_of(provider, "directory") as source:
        with foreign.users(required("scim2"), person, nobody):
            known = source.company.people[0]
            logins = ["foreign.least", "foreign.unnumbered", known.login]
            least, unnumbered, neighbour = await source.ask("directory", "people_by_login", logins)
            window = await source.desk.list(
                "directory", "people", Page(200, None), call_of(), wanted=PeopleFilter(), order="NAME"
            )
            swept = await source.line.sweep(call_of())
    assert (least.employee_id, least.name.display, least.email, least.workplace) == (
        "9990001",
        "foreign.least",
        None,
        None,
    )
    assert unnumbered is None or unnumbered.code == "BAD_SOURCE_DATA"
    assert neighbour.login == known.login
    assert window.total == len(source.company.people) + 1
    assert window.records[-1] == least, "who has no family name comes last"
    assert {each.node_key for each in swept} == {"9990001", *(each.employee_id for each in source.company.people)}


async def test_a_directory_user_with_odd_names(provider: RealProvider) -> None:
    given: list[Row] = [
        {
            "userName": f"foreign.{index}",
            "externalId": f"999001{index}",
            "displayName": text,
            "name": {"familyName": text},
        }
        for index, text in enumerate(ODD.values())
    ]
    async with source_of(provider, "directory") as source:
        with foreign.users(required("scim2"), *given):
            found = await source.ask("directory", "people_by_id", [str(each["externalId"]) for each in given])
            pages, after = [], None
            while not pages or pages[-1].has_next:
                window = await source.desk.list(
                    "directory", "people", Page(5, after), call_of(), wanted=PeopleFilter(), order="NAME"
                )
                pages.append(window)
                after = window.cursors[-1]
    assert [each.name.display.strip() for each in found] == [text.strip() for text in ODD.values()]
    listed = [each.login for window in pages for each in window.records]
    assert len(listed) == len(set(listed)) == len(source.company.people) + len(given)


async def test_hr_people_with_little_and_with_odd_texts(provider: RealProvider) -> None:
    least: Row = {"personIdExternal": "9990002"}
    named: Row = {
        "personIdExternal": "9990003",
        "lastName": "Null",
        "status": "Z",
        "employmentType": ODD["quotes"][:30],
    }
    odd: Row = {"personIdExternal": "9990004", "lastName": ODD["right to left"], "homeAddress": ODD["quotes"]}
    stranger: Row = {"personIdExternal": "ext-O.B", "lastName": ODD["emoji"], "managerId": "9990002"}
    async with source_of(provider, "hr") as source:
        with foreign.employees(required("cap"), least, named, odd, stranger):
            keys = [ref(str(each["personIdExternal"])) for each in (least, named, odd, stranger)]
            keys.append(ref(source.company.people[0].employee_id))
            employment = await source.ask("hr", "employment_of", keys)
            personal = await source.ask("hr", "personal_of", keys)
            [reports] = await source.ask("hr", "reports_of", ["9990002"])
    assert [each.status for each in employment[:4]] == ["ACTIVE", "OTHER", "ACTIVE", "ACTIVE"]
    assert [each.family_name for each in employment[:4]] == [None, "Null", ODD["right to left"], ODD["emoji"]]
    assert [each.employee_id for each in employment] == [each.employee_id for each in keys]
    assert personal[2].home_address == ODD["quotes"]
    assert not isinstance(reports, SourceError)
    assert [each.employee_id for each in reports] == ["ext-O.B"]


async def test_a_domain_account_without_an_employee_number(provider: RealProvider) -> None:
    async with source_of(provider, "domain") as source:
        facts = required("samba")
        dn = f"CN=Foreign \\, {ODD['emoji']},{facts['staff']}"
        account: dict[str, list[str | bytes]] = {
            "objectClass": ["user"],
            "sAMAccountName": ["foreign.one"],
            "displayName": [ODD["right to left"]],
            "description": [ODD["quotes"]],
            "info": [ODD["markup"]],
        }
        with foreign.entries(facts, **{dn: account}):
            [found, neighbour] = await source.ask("accounts", "accounts_of", [ref(login="foreign.one"), known(source)])
            [groups] = await source.ask("groups", "memberships_of", [ref(login="foreign.one")])
    [told] = found
    assert (told.login, told.employee_id, told.email, told.enabled) == ("foreign.one", None, None, False)
    assert (told.display_name, told.description) == (ODD["right to left"], ODD["quotes"])
    assert neighbour != ()
    assert not isinstance(groups, SourceError)


async def test_a_directory_entry_without_an_employee_number(provider: RealProvider) -> None:
    async with source_of(provider, "lab") as source:
        facts = required("slapd")
        entry: dict[str, list[str | bytes]] = {
            "objectClass": ["inetOrgPerson"],
            "uid": ["foreign.two"],
            "cn": [ODD["quotes"]],
            "sn": [ODD["emoji"]],
            "displayName": [ODD["right to left"]],
            "description": [ODD["long"].strip(), "and one more"],
        }
        with foreign.entries(facts, **{f"uid=foreign.two,{facts['people']}": entry}):
            [found] = await source.ask("accounts", "accounts_of", [ref(login="foreign.two")])
    [told] = found
    assert (told.login, told.employee_id, told.display_name) == ("foreign.two", None, ODD["right to left"])
    assert ODD["long"].strip() in told.description


async def test_certificates_with_a_common_name_and_nothing_else(provider: RealProvider) -> None:
    names = ["foreign.three", ODD["right to left"], 'O\'Brien, "the boss"']
    async with source_of(provider, "certificates") as source:
        with foreign.certificates(required("openbao"), *names) as serials:
            found = await source.ask("certificates", "certificates_of", [ref(login=name) for name in names])
            told = await source.ask("certificates", "certificate_by_serial", serials)
    assert [[each.serial for each in answer] for answer in found] == [[serial] for serial in serials]
    assert [each.owner_login for each in told] == names
    assert {each.emails for each in told} == {()}


async def test_equipment_with_a_tag_and_a_kind_only(provider: RealProvider) -> None:
    bare: Row = {"tag": "foreign-1", "kind": "espresso machine"}
    odd: Row = {
        "tag": ODD["quotes"],
        "kind": ODD["emoji"],
        "model": ODD["long"],
        "status": "gone fishing",
        "assigned_to": "ext-7 'x'",
        "location": ODD["right to left"],
    }
    holder: Row = {"id": "ext-7 'x'", "login": ODD["markup"]}
    async with source_of(provider, "equipment") as source:
        with foreign.rows(required("postgres"), "cmdb", "employee.id", employee=[holder], asset=[]):
            with foreign.rows(required("postgres"), "cmdb", "asset.tag", asset=[bare, odd]):
                least, most, none = await source.ask(
                    "equipment", "device_by_tag", ["foreign-1", ODD["quotes"], "foreign-2"]
                )
                [held] = await source.ask("equipment", "devices_of", [ref("ext-7 'x'")])
                swept = {each.node_key for each in await source.line.sweep(call_of())}
    assert (least.kind, least.status, least.model, least.owner_id) == ("OTHER", "IN_STOCK", None, None)
    assert (most.kind, most.status, most.model, most.location) == ("OTHER", "OTHER", ODD["long"], ODD["right to left"])
    assert none is None
    assert [each.tag for each in held] == [ODD["quotes"]]
    assert {"foreign-1", ODD["quotes"]} <= swept


BADGE_KINDS: Final = ("visitor", "", ODD["emoji"])


async def test_badges_with_odd_texts(provider: RealProvider) -> None:
    badges: list[Row] = [
        {"no": f"{text[:300]}{index}", "employee": "9990005"} for index, text in enumerate(ODD.values())
    ]
    kinds: list[Row] = [{"no": f"foreign-{kind}", "employee": "9990006", "kind": kind} for kind in BADGE_KINDS]
    zones: list[Row] = [{"badge": badges[0]["no"], "zone": text[:2000]} for text in ODD.values()]
    async with source_of(provider, "badges") as source:
        with foreign.rows(required("postgres"), "badges", "badge.no", badge=[*badges, *kinds], badge_zone=zones):
            keys = [ref("9990005"), ref("9990006"), known(source)]
            odd, strange, neighbour = await source.ask("badges", "badges_of", keys)
    assert {each.number for each in odd} == {each["no"] for each in badges}
    assert next(set(each.zones) for each in odd if each.zones) == {each["zone"] for each in zones}
    assert isinstance(strange, SourceError) or {each.kind for each in strange} == {"OTHER"}
    assert neighbour != ()


def known(source: Source) -> Any:
    """Somebody of the company who has everything."""
    person = source.company.person_by_login["employee"]
    return EmployeeRef(person.employee_id, person.login, person.email, None)
