"""The trail cannot be written: what is personal is withheld and said to be, everything else is served, nothing is done."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson
import pytest

from resolvers import ids
from tests.operations.acting import (
    Answer,
    asked,
    change_rows,
    codes,
    mutate,
    new_key,
    nothing_done,
    of_kind,
    plain_account,
    viewer_of,
    wish,
)
from tests.operations.stand import DOER, Stand

_MIXED: Final = """query($id: ID!) { viewer { login } employee(by: {id: $id}) {
  login name { display } email phones { number } photo
  personal { birthDate personalEmail documentNumber homeAddress legalName }
  employment { position terminatedOn } timeline(first: 20) { edges { cursor node { code about } } pageInfo { endCursor } }
  disagreements { code } } }"""
_ENTITIES: Final = """query($id: ID!) { found: _entities(representations: [{__typename: "Employee", id: $id}]) {
  ... on Employee { login phones { number } } } }"""
_THROUGH_TICKETS: Final = """query($id: ID!) { found: employee(by: {id: $id}) { tickets(first: 5) { totalCount
  edges { node { number requester { login phones { number } } } } } } }"""
_WITHHELD: Final = {
    "Employee.phones": ["employee", "phones"],
    "Employee.photo": ["employee", "photo"],
    "Employee.personal": ["employee", "personal"],
    "Employee.timeline": ["employee", "timeline"],
    "Employee.disagreements": ["employee", "disagreements"],
    "Employment.terminatedOn": ["employee", "employment", "terminatedOn"],
}
_ALL: Final = "1"
_READS: Final = "new.code in ('employee.read', 'search.made')"


@asynccontextmanager
async def unwritable(stand: Stand, which: str = _ALL) -> AsyncIterator[None]:
    """Within it the database takes no records, or none of some: they are refused where they would be written."""
    refusing = (
        f"create trigger unwritable before insert on audit_record when {which} begin select raise(abort, 'full'); end"
    )
    await change_rows(stand, refusing)
    try:
        yield
    finally:
        await change_rows(stand, "drop trigger unwritable")


async def read(stand: Stand, query: str, **variables: Any) -> Answer:
    """What somebody who may read everything is answered."""
    return await asked(stand, query, variables, viewer_of(stand, DOER))


async def somebody(stand: Stand) -> Any:
    """An employee of whom there is something personal of every kind."""
    people = await stand.people()
    files = await stand.asked("hr", "personal_of", *[each.ref for each in people])
    return next(each for each, file in zip(people, files, strict=True) if each.phones and file and file.personal_email)


def id_of(person: Any) -> str:
    """The id of somebody in the graph."""
    return ids.encode("Employee", "directory", person.employee_id)


def secrets_of(answer: Answer) -> list[str]:
    """The personal values of a whole answer to the mixed query, as they stand in it."""
    employee = answer["data"]["employee"]
    file = [each for each in employee["personal"].values() if each is not None]
    phones = [each["number"] for each in employee["phones"]]
    told = [edge["node"]["about"] for edge in employee["timeline"]["edges"]]
    cursors = [edge["cursor"] for edge in employee["timeline"]["edges"]]
    shown = orjson.dumps([employee["login"], employee["name"], employee["email"], employee["employment"]["position"]])
    return [each for each in (*file, *phones, *told, *cursors) if len(each) > 3 and each.encode() not in shown]


def told(body: Answer) -> dict[str, list[str | int] | None]:
    """The fields that an answer's errors say are withheld for want of a record, with the paths of the errors."""
    assert {each["extensions"]["code"] for each in body["errors"]} == {"AUDIT_UNAVAILABLE"}, body["errors"]
    return {each["extensions"]["field"]: each.get("path") for each in body["errors"]}


async def test_what_is_personal_is_withheld_alone_and_the_same_query_is_whole_again_afterwards(stand: Stand) -> None:
    person = await somebody(stand)
    whole = await read(stand, _MIXED, id=id_of(person))
    assert "errors" not in whole
    secrets = secrets_of(whole)
    assert len(secrets) > 5
    async with unwritable(stand):
        records = len(stand.records())
        body = await read(stand, _MIXED, id=id_of(person))
        assert len(stand.records()) == records
    assert told(body) == _WITHHELD
    for each in body["errors"]:
        assert each["extensions"]["paths"] == [each["path"]]
        assert (each["extensions"]["count"], each["extensions"]["retryable"]) == (1, True)
    employee = dict(whole["data"]["employee"])
    employee |= dict.fromkeys(("phones", "photo", "personal", "timeline", "disagreements"))
    employee["employment"] = {"position": employee["employment"]["position"], "terminatedOn": None}
    assert body["data"] == {"viewer": whole["data"]["viewer"], "employee": employee}
    assert {each["field"]: each["code"] for each in body["extensions"]["access"]["withheld"]} == dict.fromkeys(
        _WITHHELD, "AUDIT_UNAVAILABLE"
    )
    sent = orjson.dumps(body)
    assert [each for each in secrets if each.encode() in sent] == []
    again = await read(stand, _MIXED, id=id_of(person))
    assert "errors" not in again
    assert again["data"] == whole["data"]
    assert stand.records(code="employee.read")[-1]["employee"] == person.employee_id


async def test_nobody_is_asked_twice_for_an_answer_that_is_made_again(stand: Stand) -> None:
    person = await somebody(stand)
    query = "query($id: ID!) { employee(by: {id: $id}) { login employment { position terminatedOn } } }"
    viewer = viewer_of(stand, DOER)
    async with unwritable(stand):
        body = await asked(stand, query, {"id": id_of(person)}, viewer)
    assert told(body) == {"Employment.terminatedOn": ["employee", "employment", "terminatedOn"]}
    assert {name: each["calls"] <= 1 for name, each in body["extensions"]["sources"].items()} == {
        name: True for name in body["extensions"]["sources"]
    }
    assert body["data"]["employee"]["employment"]["position"]


async def test_what_is_public_alone_knows_nothing_of_it(stand: Stand) -> None:
    person = await somebody(stand)
    query = "query($id: ID!) { employee(by: {id: $id}) { login email employment { position } account { enabled } } }"
    whole = await read(stand, query, id=id_of(person))
    async with unwritable(stand):
        body = await read(stand, query, id=id_of(person))
    assert "errors" not in body
    assert body["data"] == whole["data"]
    assert body["extensions"]["access"]["withheld"] == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("query($id: ID!) { found: node(id: $id) { ... on Employee { login phones { number } } } }", ["found"]),
        ("query($id: ID!) { found: nodes(ids: [$id]) { ... on Employee { login phones { number } } } }", ["found", 0]),
        (_ENTITIES, ["found", 0]),
        (_THROUGH_TICKETS, None),
    ],
    ids=["node", "nodes", "entities", "through tickets"],
)
async def test_no_way_round_leads_to_it(stand: Stand, query: str, path: list[str | int] | None) -> None:
    person = await somebody(stand)
    await stand.with_ticket(person.employee_id)
    whole = await read(stand, query, id=id_of(person))
    assert "errors" not in whole
    number = person.phones[0].number
    assert number.encode() in orjson.dumps(whole)
    async with unwritable(stand):
        body = await read(stand, query, id=id_of(person))
    assert set(told(body)) == {"Employee.phones"}
    assert path is None or told(body) == {"Employee.phones": [*path, "phones"]}
    assert number.encode() not in orjson.dumps(body)
    assert person.login.encode() in orjson.dumps(body)


async def test_in_a_list_each_place_is_counted_and_the_list_is_whole(stand: Stand) -> None:
    query = "{ employees(first: 8) { totalCount pageInfo { endCursor } edges { node { login phones { number } } } } }"
    whole = await read(stand, query)
    async with unwritable(stand):
        body = await read(stand, query)
    (error,) = body["errors"]
    assert error["path"] == ["employees", "edges", 0, "node", "phones"]
    assert error["extensions"]["count"] == 8
    assert error["extensions"]["paths"][1] == ["employees", "edges", 1, "node", "phones"]
    people = whole["data"]["employees"]
    edges = [{"node": {"login": each["node"]["login"], "phones": None}} for each in people["edges"]]
    assert body["data"]["employees"] == {**people, "edges": edges}


async def test_a_search_is_refused_alone(stand: Stand) -> None:
    person = await somebody(stand)
    query = """query($id: ID!, $text: String!) { search(text: $text) { edges { matched } pageInfo { endCursor } }
      employee(by: {id: $id}) { login } }"""
    whole = await read(stand, query, id=id_of(person), text=person.login)
    assert whole["data"]["search"]["edges"]
    async with unwritable(stand):
        body = await read(stand, query, id=id_of(person), text=person.login)
    assert told(body) == {"Query.search": ["search"]}
    assert body["data"] == {"search": None, "employee": {"login": person.login}}


async def test_an_operation_is_refused_and_neither_its_plan_nor_whom_it_is_about_tells_anything(stand: Stand) -> None:
    person, account = await plain_account(stand)
    payload = """plan { hash changes { before after } } operation { id } employee { login phones { number } }
      problems { __typename code message path }"""
    for mode in ("PREVIEW", "APPLY"):
        said = wish(stand, person.employee_id, {"account": account}, mode=mode)
        query = f"mutation($input: UnlockAccountInput!) {{ unlockAccount(input: $input) {{ {payload} }} }}"
        async with unwritable(stand):
            with nothing_done(stand):
                body = await asked(stand, query, {"input": said}, viewer_of(stand, DOER))
        answer = body["data"]["unlockAccount"]
        assert of_kind(answer) == ["AuditUnavailable"]
        assert answer["operation"] is None
        assert person.phones[0].number.encode() not in orjson.dumps(body)
        assert answer["employee"] == {"login": person.login, "phones": None}
        assert told(body) == {"Employee.phones": ["unlockAccount", "employee", "phones"]}


async def test_a_plan_that_cannot_be_recorded_shows_nothing_of_what_is_there_now(stand: Stand) -> None:
    person = next(each for each in await stand.people() if each.phones)
    await stand.with_ticket(person.employee_id)
    await stand.verified(person.employee_id)
    query = """mutation($input: UpdateContactInput!) { updateContact(input: $input) {
      plan { changes { before after } obligations { kind } } problems { __typename } } }"""
    for mode in ("PREVIEW", "APPLY"):
        said = wish(stand, person.employee_id, {"mobile": "+55 11 90000 9999"}, mode=mode)
        async with unwritable(stand):
            with nothing_done(stand):
                body = await asked(stand, query, {"input": said}, viewer_of(stand, DOER))
        assert body["data"]["updateContact"] == {"plan": None, "problems": [{"__typename": "AuditUnavailable"}]}
        for phone in person.phones:
            assert phone.number.encode() not in orjson.dumps(body)
    body = await asked(
        stand,
        query,
        {"input": wish(stand, person.employee_id, {"mobile": "+55 11 90000 9999"})},
        viewer_of(stand, DOER),
    )
    assert body["data"]["updateContact"]["problems"] == []


async def test_a_change_whose_answer_cannot_be_recorded_is_made_once_and_told_less_what_is_personal(
    stand: Stand,
) -> None:
    """Operations are recorded still, reads are not: the answer is written twice, the change is not made twice."""
    person, account = await plain_account(stand, 1)
    await stand.with_ticket(person.employee_id)
    await stand.verified(person.employee_id)
    said = wish(stand, person.employee_id, {"account": account}, idempotencyKey=new_key())
    query = """mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { replayed secrets { value }
      operation { id state steps { attempts } } employee { login phones { number } } problems { code } } }"""
    async with unwritable(stand, _READS):
        body = await asked(stand, query, {"input": said}, viewer_of(stand, DOER))
    answer = body["data"]["resetPassword"]
    assert (codes(answer), answer["operation"]["state"], answer["replayed"]) == ([], "SUCCEEDED", False)
    assert [each["attempts"] for each in answer["operation"]["steps"]] == [1, 1]
    recorded = stand.records(answer["operation"]["id"])
    assert len([each for each in recorded if each["stage"] == "intent"]) == 2
    assert len(answer["secrets"]) == 1, "it was recorded that it is shown, so it is"
    assert told(body) == {"Employee.phones": ["resetPassword", "employee", "phones"]}
    assert answer["employee"] == {"login": person.login, "phones": None}
    assert len([each for each in recorded if each["code"] == "secret.shown"]) == 1
    again = await mutate(stand, "reset_password", said)
    assert (again["replayed"], again["operation"]["id"]) == (True, answer["operation"]["id"])
