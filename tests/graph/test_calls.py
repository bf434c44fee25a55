"""How many calls a query costs. The numbers are written by hand: they are the promise."""

import pytest

from tests.queries import CARD, PAGE, TINY
from tests.sandbox import Sandbox

CARD_CALLS = {
    "directory": 2,  # the employee by login; the manager by id
    "hr": 2,  # employment; the restricted part
    "domain": 3,  # accounts; memberships: whose, then which groups
    "lab": 3,
    "certificates": 2,  # what was issued since, what was revoked since
    "tickets": 1,
    "equipment": 1,
    "devices": 1,
    "software": 2,  # programs of all devices; licences
    "second_factors": 1,
    "badges": 1,
    "mail": 1,
    "vpn": 1,
    "sessions": 1,
}
"""What the page of one employee costs, each source's calls counted at its twin."""


async def test_a_tiny_query_costs_one_call(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    await sandbox.ask(TINY, {"login": "employee"})
    assert sandbox.calls() == {"directory": 1}


async def test_a_card_costs_one_call_for_each_need_of_each_source(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask(CARD, {"login": "employee"})
    assert "errors" not in reply.body
    assert sandbox.calls() == CARD_CALLS


async def test_the_answer_tells_the_calls_that_the_twins_counted(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask(CARD, {"login": "employee"})
    told = {name: entry["calls"] for name, entry in reply.body["extensions"]["sources"].items()}
    assert told == sandbox.calls()


async def test_a_page_of_fifty_with_every_block_costs_what_a_card_costs(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask(PAGE, {"first": 50})
    assert "errors" not in reply.body
    assert len(reply.body["data"]["employees"]["edges"]) == 50
    assert sandbox.calls() == CARD_CALLS | {
        "software": 3,  # programs of more than fifty devices; licences
        "second_factors": 50,  # privacyIDEA is asked person by person; its manifest says why
    }


async def test_managers_of_managers_cost_two_calls_a_level(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask(
        "{ employees(first: 50) { edges { node { login"
        " employment { manager { login employment { manager { login employment { position } } } } } } } } }"
    )
    assert "errors" not in reply.body
    assert sandbox.calls() == {"directory": 3, "hr": 3}


async def test_a_hundred_and_ten_keys_cost_three_batches_and_levels_stay_together(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask("{ employees(first: 110) { edges { node { employment { manager { login } } } } } }")
    managers = {
        edge["node"]["employment"]["manager"]["login"]
        for edge in reply.body["data"]["employees"]["edges"]
        if edge["node"]["employment"] and edge["node"]["employment"]["manager"]
    }
    assert len(managers) <= 50
    assert sandbox.calls() == {"directory": 2, "hr": 3}


async def test_the_same_person_by_three_keys_is_asked_for_by_each_key_once(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    await sandbox.ask(
        '{ a: employee(by: {login: "employee"}) { login } b: employee(by: {login: "EMPLOYEE"}) { name { display } }'
        ' c: employee(by: {login: "analyst"}) { login } }'
    )
    assert sandbox.calls() == {"directory": 1}


async def test_timeline_and_disagreements_share_their_calls_with_the_blocks(sandbox: Sandbox) -> None:
    query = CARD.replace("...Blocks }", "...Blocks timeline { edges { node { code } } } disagreements { code } }", 1)
    sandbox.forget_calls()
    reply = await sandbox.ask(query, {"login": "employee"})
    assert "errors" not in reply.body
    assert sandbox.calls() == CARD_CALLS | {"software": 3}  # and the jobs of all devices


@pytest.mark.parametrize(
    "query",
    [
        '{ node(id: "nonsense") { id } }',
        '{ nodes(ids: ["RW1wbG95ZWU"]) { id } }',
        '{ employee(by: {id: "x"}) { login } }',
        "{ employees(first: 201) { edges { node { login } } } }",
        "{ employees(first: -1) { edges { node { login } } } }",
        '{ employees(after: "x") { edges { node { login } } } }',
        '{ employee(by: {login: "employee"}) { devices(after: "!!") { totalCount } } }',
        '{ employee(by: {login: "employee", email: "a@b"}) { login } }',
        "{ employees(filter: {salary: 1}) { totalCount } }",
        "{ employees(orderBy: AGE) { totalCount } }",
        '{ tickets(filter: {requester: "x"}) { totalCount } }',
        "{ employee(by: {}) { login } }",
        "{ unknown }",
        "{ employee(by: {login: ",
        "",
        "mutation { unlockAccount }",
        '{ employee(by: {login: "' + "a" * 1100 + '"}) { login } }',
    ],
)
async def test_a_query_that_cannot_be_understood_gets_a_code_and_costs_no_call(sandbox: Sandbox, query: str) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask(query)
    assert reply.body["errors"][0]["extensions"]["code"] in {"BAD_INPUT", "PARSE_FAILED", "VALIDATION_FAILED"}
    assert reply.body.get("data") is None
    assert sandbox.calls() == {}


async def test_a_null_for_what_may_not_be_null_is_the_callers_mistake(sandbox: Sandbox) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask("query($f: Int = null) { employees(first: $f) { totalCount } }")
    assert reply.body["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert sandbox.calls() == {}


def _doubling(levels: int) -> str:
    fragments = "".join(
        f"fragment F{level} on Employee {{ employment {{ manager {{ ...F{level + 1} }}"
        f" reports(first: 2) {{ edges {{ node {{ ...F{level + 1} }} }} }} }} }} "
        for level in range(levels)
    )
    return (
        f'{{ employee(by: {{login: "employee"}}) {{ ...F0 }} }} {fragments} fragment F{levels} on Employee {{ login }}'
    )


@pytest.mark.parametrize(
    "query",
    [
        _doubling(20),
        "{ " + "viewer { login } " * 400 + "}",
        "{ viewer { employee " + "{ employment { manager " * 20 + "{ login }" + " } }" * 20 + " } }",
    ],
)
async def test_a_document_larger_than_is_served_is_refused_before_anything_is_done(
    sandbox: Sandbox, query: str
) -> None:
    sandbox.forget_calls()
    reply = await sandbox.ask(query)
    assert reply.body["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert sandbox.calls() == {}
