"""What holds of GET: queries only, and no text in an address. Source: GraphQL over HTTP."""

from typing import Any

import orjson
import pytest

from gateway.identity.cookies import SESSION
from gateway.media import LEGACY, MODERN
from resolvers.ids import encode
from tests.door.conftest import Door

pytest_plugins = ("tests.operations.floor",)


async def test_a_query_is_asked_for_by_its_address(door: Door) -> None:
    answer = await door.ask(method="GET", params={"query": "{ viewer { login } }"}, Accept=MODERN)
    assert (answer.status, answer.body["data"]["viewer"]) == (200, {"login": "all.seeing"})
    assert answer.headers["Content-Type"] == f"{MODERN}; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_what_varies_is_an_opaque_id_a_number_or_an_enum(door: Door) -> None:
    person = door.stand.sandbox.world.company.people[3]
    variables = {"id": encode("Employee", "directory", person.employee_id), "n": 2, "order": "LOGIN"}
    params = {
        "query": "query Q($id: ID!, $n: Int!, $order: EmployeeOrder!) { node(id: $id) { id } "
        "employees(first: $n, orderBy: $order) { edges { node { login } } } }",
        "operationName": "Q",
        "variables": orjson.dumps(variables).decode(),
    }
    answer = await door.ask(method="GET", params=params)
    assert answer.status == 200, answer.text
    assert answer.body["data"]["node"] == {"id": variables["id"]}
    assert len(answer.body["data"]["employees"]["edges"]) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"query": 'query { employee(by: {login: "ann"}) { id } }'},
        {"query": "query($l: String!) { employee(by: {login: $l}) { id } }", "variables": '{"l": "ann"}'},
        {"query": "query($l: EmployeeKey!) { employee(by: $l) { id } }", "variables": '{"l": {"email": "a@b.c"}}'},
        {"query": "{ viewer { login } }", "variables": '["ann"]'},
        {"query": 'query { employee(by: {login: "ANN"}) { id } }'},
        {"query": "query($l: String!) { employee(by: {login: $l}) { id } }", "variables": '{"l": "ANN"}'},
        {"query": "query($l: EmployeeKey!) { employee(by: $l) { id } }", "variables": '{"l": {"login": "ANN"}}'},
        {"query": "query($t: String!) { search(text: $t) { edges { cursor } } }", "variables": '{"t": "ANN"}'},
    ],
)
async def test_a_text_in_an_address_is_refused(door: Door, params: Any) -> None:
    door.stand.sandbox.forget_calls()
    answer = await door.ask(method="GET", params=params, Accept=MODERN)
    assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])
    assert "ann" not in answer.text.lower()
    assert door.stand.sandbox.calls() == {}


async def test_a_change_is_not_made_by_get(door: Door) -> None:
    query = "mutation { closeCase(input: {}) { problems { code } } }"
    for media in (MODERN, LEGACY):
        answer = await door.ask(method="GET", params={"query": query}, Accept=media)
        assert (answer.status, answer.codes, answer.headers["Allow"]) == (405, ["BAD_INPUT"], "POST")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_told_which_ones_are_served(door: Door, method: str) -> None:
    answer = await door.ask(method=method)
    assert (answer.status, answer.codes, answer.headers["Allow"]) == (405, ["BAD_INPUT"], "GET, POST")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"query": "{ viewer { login } }", "variables": "{"},
        {"query": "{ viewer { login } }", "extensions": "[]"},
        [("query", "{ viewer { login } }"), ("query", "{ a }")],
        [(f"n{each}", "1") for each in range(30)],
    ],
)
async def test_an_address_that_cannot_be_understood_is_400(door: Door, params: Any) -> None:
    answer = await door.ask(method="GET", params=params, Accept=MODERN)
    assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])


async def test_a_cookie_alone_asks_for_nothing(door: Door) -> None:
    """A page of another origin could have a browser send it; reads are recorded in its owner's name."""
    secret, _session = await door.stand.sandbox.gateway.identity.sessions.begin("all.seeing")
    sent = {"method": "GET", "params": {"query": "{ viewer { login } }"}, "login": None}
    for headers, status in (
        ({}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Okno_Request": "1"}, 403),
        ({"Okno_Request": "1"}, 200),
    ):
        answer = await door.ask(**sent, Cookie=f"{SESSION}={secret}", **headers)
        assert answer.status == status, (headers, answer.text)
