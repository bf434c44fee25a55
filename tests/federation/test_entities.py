"""Every entity that the schema promises is found by its key, under the rights of whoever asks."""

from typing import Any, Final

from graphql import parse
from graphql.language import UnionTypeDefinitionNode

from tests.process.okno import ROOT, Running, asked

CARD: Final = """{ employee(by: {login: "employee"}) { id account { id } groups(first: 1) { edges { node { id } } }
  certificates(first: 1) { edges { node { id } } } devices(first: 1) { edges { node { id } } } tickets(first: 1) { edges { node { id } } } } }"""
ENTITIES: Final = "query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Node { id } } }"
NODES: Final = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
UNKNOWN: Final = {"__typename": "Employee", "login": "no.one"}


def promised() -> set[str]:
    """The entities of the schema."""
    kinds = parse((ROOT / "schema.graphql").read_text(encoding="utf-8")).definitions
    [union] = [each for each in kinds if isinstance(each, UnionTypeDefinitionNode) and each.name.value == "_Entity"]
    return {each.name.value for each in union.types}


def of_each_kind(running: Running, token: str) -> list[dict[str, str]]:
    """A representation of one entity of each kind, from the card of one employee."""
    _status, body = asked(running.url, CARD, token)
    card: dict[str, Any] = body["data"]["employee"]
    found = {"Employee": card["id"], "Account": card["account"]["id"]}
    for kind in ("Group", "Certificate", "Device", "Ticket"):
        [edge] = card[f"{kind.lower()}s"]["edges"]
        found[kind] = edge["node"]["id"]
    return [{"__typename": kind, "id": id_} for kind, id_ in found.items()]


def test_every_entity_is_found_by_its_id(running: Running, tokens: dict[str, str]) -> None:
    named = of_each_kind(running, tokens["secops"])
    assert {each["__typename"] for each in named} == promised()
    _status, body = asked(running.url, ENTITIES, tokens["secops"], {"r": named})
    assert "errors" not in body
    assert body["data"]["_entities"] == named


def test_what_may_not_be_known_of_is_as_if_there_were_none(running: Running, tokens: dict[str, str]) -> None:
    named = of_each_kind(running, tokens["secops"])
    ids = {"ids": [each["id"] for each in named]}
    known: dict[str, set[str]] = {}
    for login, token in tokens.items():
        _status, body = asked(running.url, ENTITIES, token, {"r": [*named, UNKNOWN]})
        *found, unknown = body["data"]["_entities"]
        _status, nodes = asked(running.url, NODES, token, ids)
        assert found == nodes["data"]["nodes"], "by whatever way it is reached"
        assert unknown is None
        assert "errors" not in body
        known[login] = {each["__typename"] for each in found if each is not None}
    assert known["helpdesk.cis"] == {"Employee"}, "the employee is of another region"
    assert known["helpdesk.br"] == promised() - {"Group"}


def test_what_is_no_entity_or_has_no_key_is_refused_by_a_code_and_alone(
    running: Running, tokens: dict[str, str]
) -> None:
    wrong: list[Any] = [
        {"__typename": "Badge", "id": "x"},
        {"__typename": "Employee"},
        {"__typename": "Employee", "id": "x"},
        {"__typename": "Employee", "login": 7},
        {"id": "x"},
        "Employee",
    ]
    good = {"__typename": "Employee", "login": "employee"}
    _status, body = asked(running.url, ENTITIES, tokens["analyst"], {"r": [good, *wrong, UNKNOWN, good]})
    answered = body["data"]["_entities"]
    assert [each is not None for each in answered] == [True, *(False for _each in wrong), False, True]
    told = {each["path"][1]: each["extensions"]["code"] for each in body["errors"]}
    assert told == dict.fromkeys(range(1, len(wrong) + 1), "BAD_INPUT")
