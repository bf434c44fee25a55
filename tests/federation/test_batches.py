"""Many entities are one question: what a request for entities costs, by the router and by itself. The numbers are written by hand."""

from typing import Any, Final

import pytest

from tests.federation.stand import HOLDERS, MOST, Stand
from tests.process.okno import Running, asked

FRESH: Final = {"Cache-Control": "no-cache"}
BLOCKS: Final = """account { locked } employment { position manager { login } } devices(first: 3) { edges { node { tag management { compliant } } } }
  certificates(first: 3) { edges { node { serial } } } mailbox { address } vpnSessions { edges { node { virtualAddress } } }"""
ENTITIES: Final = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Employee { login %s } } }"
CALLS: Final = {
    "directory": 2,  # the employees by key; their managers
    "hr": 1,
    "domain": 1,
    "lab": 1,
    "equipment": 1,
    "devices": 1,
    "certificates": 2,  # what was issued since, what was revoked since
    "mail": 1,
    "vpn": 1,
}
"""What one representation costs, or twenty-five."""


@pytest.fixture(scope="session")
def people(running: Running, tokens: dict[str, str]) -> list[dict[str, str]]:
    """Twenty-five employees by both keys."""
    query = "{ employees(first: 25, orderBy: LOGIN) { edges { node { id login } } } }"
    _status, body = asked(running.url, query, tokens["analyst"])
    found = [edge["node"] for edge in body["data"]["employees"]["edges"]]
    assert len(found) == 25
    return found


def entities(running: Running, token: str, named: list[dict[str, str]]) -> tuple[list[Any], dict[str, int]]:
    """What is answered for these representations, past every memory, and the calls of each source."""
    several = [{"__typename": "Employee", **each} for each in named]
    _status, body = asked(running.url, ENTITIES % BLOCKS, token, {"r": several}, **FRESH)
    calls = {name: entry["calls"] for name, entry in body["extensions"]["sources"].items()}
    return body["data"]["_entities"], calls


@pytest.mark.parametrize("key", ["id", "login"])
@pytest.mark.parametrize("count", [1, 25])
def test_twenty_five_cost_what_one_costs(
    running: Running, tokens: dict[str, str], people: list[dict[str, str]], key: str, count: int
) -> None:
    named = (
        [{key: each[key]} for each in people[3 : 3 + count]] if count == 1 else [{key: each[key]} for each in people]
    )
    answered, calls = entities(running, tokens["analyst"], named)
    assert len(answered) == count
    assert all(answered)
    assert calls == CALLS


def test_the_same_one_under_both_keys_and_twice_is_asked_for_once(
    running: Running, tokens: dict[str, str], people: list[dict[str, str]]
) -> None:
    one = people[3]
    answered, calls = entities(running, tokens["analyst"], [{"id": one["id"]}, {"login": one["login"]}] * 2)
    assert [each["login"] for each in answered] == [one["login"]] * 4
    assert len({str(each) for each in answered}) == 1
    assert calls == CALLS | {"directory": 3}  # by id; by login; the manager


def test_a_router_asks_for_all_of_them_at_once(stand: Stand, tokens: dict[str, str]) -> None:
    query = f"{{ parkingPlaces(first: {HOLDERS}) {{ holder {{ {BLOCKS} }} }} }}"
    body = stand.ask(query, tokens["analyst"], **FRESH)
    shown = [each["holder"] for each in body["data"]["parkingPlaces"]]
    assert len(shown) == HOLDERS
    assert all(shown)
    [asked_of_okno] = stand.witnesses["okno"].seen
    assert [each["id"] for each in asked_of_okno.representations] == [each["id"] for each in stand.holders]
    assert asked_of_okno.calls == CALLS


def test_a_router_asks_a_neighbour_once_for_a_page_of_okno(stand: Stand, tokens: dict[str, str]) -> None:
    query = f"{{ employees(first: {HOLDERS}, orderBy: LOGIN) {{ edges {{ node {{ parkingPlace {{ number }} }} }} }} }}"
    body = stand.ask(query, tokens["analyst"], **FRESH)
    places = [edge["node"]["parkingPlace"]["number"] for edge in body["data"]["employees"]["edges"]]
    assert places == [f"P-{place}" for place in range(HOLDERS)]
    [asked_of_okno], [asked_of_parking] = stand.witnesses["okno"].seen, stand.witnesses["parking"].seen
    assert asked_of_okno.calls == {"directory": 1}
    assert len(asked_of_parking.representations) == HOLDERS


def test_what_sources_said_lately_is_not_asked_again_unless_the_client_says_so(
    stand: Stand, tokens: dict[str, str]
) -> None:
    query = "{ parkingPlaces(first: 5) { holder { employment { position } } } }"
    for headers, calls in ((FRESH, 1), ({}, 0), (FRESH, 1)):
        stand.ask(query, tokens["analyst"], **headers)
        [asked_of_okno] = stand.witnesses["okno"].seen
        assert asked_of_okno.calls.get("hr", 0) == calls


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
def test_more_than_two_hundred_at_once_are_refused_as_a_whole(
    stand: Stand, tokens: dict[str, str], more: int, refused: bool
) -> None:
    body = stand.ask(f"{{ lockers(first: {MOST + more}) {{ holder {{ name {{ display }} }} }} }}", tokens["analyst"])
    [asked_of_okno] = stand.witnesses["okno"].entities()
    assert len(asked_of_okno.representations) == MOST + more
    shown = [each["holder"] for each in body["data"]["lockers"] if (each["holder"] or {}).get("name")]
    assert len(shown) == (0 if refused else HOLDERS)
    assert ("BAD_INPUT" in {each["extensions"]["code"] for each in body.get("errors", [])}) is refused
