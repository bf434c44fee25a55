"""The trail in the graph: read by those who may, known to whom it is about, and itself recorded."""

from typing import Any, Final

import pytest

from resolvers import ids
from tests.operations.cases import CASES
from tests.operations.stand import DOER, Stand
from tests.operations.test_every_operation import ended, put

AUDIT: Final = """query($filter: AuditFilter, $order: AuditOrder! = NEWEST, $values: Boolean! = false, $first: Int! = 50, $after: String) {
  audit(filter: $filter, order: $order, values: $values, first: $first, after: $after) {
    edges { cursor node { writer seq place hash at code about stage outcome operator team reason ticket operation step
      fields changes { field before after withheld } detail { name value } employee { login } } }
    pageInfo { hasNextPage endCursor } } }"""
MINE: Final = """query($since: DateTime, $first: Int! = 50, $after: String) {
  whoLookedAtMe(since: $since, first: $first, after: $after) {
    edges { node { at by team code about outcome domains reason ticket operation } } pageInfo { hasNextPage endCursor } } }"""


async def asked(stand: Stand, query: str, login: str = DOER, **variables: Any) -> dict[str, Any]:
    reply = await stand.sandbox.ask(query, variables, login=login)
    body: dict[str, Any] = reply.body
    return body


async def told(stand: Stand, login: str = DOER, **variables: Any) -> list[dict[str, Any]]:
    body = await asked(stand, AUDIT, login, **variables)
    assert "errors" not in body, body["errors"]
    return [each["node"] for each in body["data"]["audit"]["edges"]]


def node_id(employee: str) -> str:
    return ids.encode("Employee", "directory", employee)


async def test_one_query_tells_the_whole_story_of_an_employee_in_order(stand: Stand) -> None:
    case = await put(stand, "disable_second_factor")
    filter_ = {"employee": node_id(case.employee)}
    before = len(await told(stand, filter=filter_, first=200))
    await stand.sandbox.ask(
        "query($id: ID!) { node(id: $id) { ... on Employee { personal { birthDate } } } }",
        {"id": node_id(case.employee)},
    )
    await stand.act("disable_second_factor", case.employee, case.said)
    answer = await ended(stand, await stand.act("disable_second_factor", case.employee, case.said, mode="APPLY"))
    story = (await told(stand, filter=filter_, first=200, order="OLDEST"))[before:]
    assert [each["at"] for each in story] == sorted(each["at"] for each in story)
    run = answer["operation"]["id"]
    assert [(each["code"], each["stage"]) for each in story] == [
        ("employee.read", "READ"),
        ("operation.planned", "DECISION"),
        ("second_factor.disabled", "DECISION"),
        ("second_factor.disabled", "INTENT"),
        ("second_factor.disabled", "OUTCOME"),
        ("second_factor.disabled", "OUTCOME"),
    ]
    assert [each["operation"] for each in story] == [None, None, run, run, run, run]
    assert "PersonalDetails.birthDate" in story[0]["fields"]
    assert {each["reason"] for each in story[1:]} == {"because of the test"}
    assert all(each["about"] and each["employee"]["login"] for each in story)


async def test_pages_stay_in_order_while_records_are_added(stand: Stand) -> None:
    seen: list[tuple[str, int]] = []
    after, pages = None, 0
    newest = (await told(stand, first=1))[0]
    while pages < 5:
        body = await asked(stand, AUDIT, first=3, after=after)
        page = body["data"]["audit"]
        seen += [(each["node"]["writer"], each["node"]["seq"]) for each in page["edges"]]
        after, pages = page["pageInfo"]["endCursor"], pages + 1
    assert len(set(seen)) == len(seen) == 15
    # what was added meanwhile are the readings of these pages, each newer than the one that began
    assert seen[1] == (newest["writer"], newest["seq"])


async def test_reading_is_recorded_before_it_is_shown(stand: Stand) -> None:
    filter_ = {"operator": "nobody.at.all", "codes": ["trail.read"], "stages": ["READ"]}
    before = stand.count("trail.read")
    assert await told(stand, filter=filter_) == []
    assert stand.count("trail.read") == before + 1
    record = stand.records(code="trail.read")[-1]
    assert (record["operator"], record["stage"]) == (DOER, "read")
    assert record["detail"] == {"filter": filter_, "values": False}


async def test_who_may_not_is_refused_and_that_is_recorded(stand: Stand) -> None:
    before = stand.count("trail.read")
    body = await asked(stand, AUDIT, "all.seeing")
    assert body["data"]["audit"] is None
    assert [each["extensions"]["code"] for each in body["errors"]] == ["FORBIDDEN_FIELD"]
    assert stand.count("trail.read") == before + 1
    assert stand.records(code="trail.read")[-1]["outcome"] == "denied"


async def test_personal_values_are_shown_only_when_asked_for(stand: Stand) -> None:
    case = await put(stand, "update_contact")
    answer = await ended(stand, await stand.act("update_contact", case.employee, case.said, mode="APPLY"))
    filter_ = {"operation": answer["operation"]["id"], "stages": ["DECISION"]}
    (hidden,) = await told(stand, filter=filter_)
    assert [(each["before"], each["after"], each["withheld"]) for each in hidden["changes"]] == [(None, None, True)]
    (shown,) = await told(stand, filter=filter_, values=True)
    assert case.said["mobile"] in shown["changes"][0]["after"]
    assert stand.records(code="trail.read")[-1]["detail"]["values"] is True


@pytest.mark.parametrize(
    ("filter_", "of"),
    [
        ({"codes": ["operation.denied"]}, lambda each: each["code"] == "operation.denied"),
        ({"stages": ["DENIED"], "outcomes": ["DENIED"]}, lambda each: each["stage"] == "DENIED"),
        ({"operator": DOER}, lambda each: each["operator"] == DOER),
        ({"until": "2000-01-01T00:00:00Z"}, None),
    ],
    ids=["code", "stage", "operator", "until"],
)
async def test_a_filter_tells_those_alone(stand: Stand, filter_: dict[str, Any], of: Any) -> None:
    case = await CASES["disconnect_vpn"](stand)
    await stand.act("disconnect_vpn", case.employee, case.said, mode="APPLY", login="all.seeing")
    found = await told(stand, filter=filter_, first=200)
    assert bool(found) is (of is not None)
    assert [each for each in found if not of(each)] == []


async def test_an_employee_knows_who_looked_at_them_and_why(stand: Stand) -> None:
    person = next(each for each in await stand.people() if each.login == "employee")
    body = await asked(stand, MINE, person.login)
    before = len(body["data"]["whoLookedAtMe"]["edges"])
    query = """query($login: String!) { employee(by: {login: $login}) { personal { birthDate } phones { number } } }"""
    await stand.sandbox.ask(query, {"login": person.login}, login="all.seeing")
    await stand.sandbox.ask(query, {"login": person.login}, login=person.login)
    body = await asked(stand, MINE, person.login)
    assert "errors" not in body, body["errors"]
    found = [each["node"] for each in body["data"]["whoLookedAtMe"]["edges"]]
    assert len(found) == before + 1
    assert found[0] | {"at": ""} == {
        "at": "",
        "by": "all.seeing",
        "team": "all_seeing",
        "code": "employee.read",
        "about": "Personal data of an employee were shown.",
        "outcome": "SUCCESS",
        "domains": ["directory", "hr"],
        "reason": None,
        "ticket": None,
        "operation": None,
    }


async def test_a_look_by_a_thing_of_theirs_is_known_to_them_too(stand: Stand) -> None:
    """Of a certificate reached by its id the owner's login is known, not their number; of the owner it leads to both are."""
    people = {each.login: each for each in await stand.people()}
    answers = await stand.asked("certificates", "certificates_of", *[each.ref for each in people.values()])
    login, one = next((login, found[0]) for login, found in zip(people, answers, strict=True) if found)
    count = len((await asked(stand, MINE, login, first=200))["data"]["whoLookedAtMe"]["edges"])
    query = "query($id: ID!) { node(id: $id) { ... on Certificate { subject owner { personal { birthDate } } } } }"
    await stand.sandbox.ask(query, {"id": ids.encode("Certificate", one.source, one.serial)})
    found = (await asked(stand, MINE, login, first=200))["data"]["whoLookedAtMe"]["edges"]
    assert len(found) == count + 2
    newest = [each for each in stand.records(code="employee.read") if each.get("object") == login]
    assert "employee" not in newest[-1]


async def test_a_program_has_nothing_of_its_own(stand: Stand) -> None:
    body = await asked(stand, MINE, "all.seeing")
    assert body["data"]["whoLookedAtMe"]["edges"] == []
