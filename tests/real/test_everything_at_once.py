"""One gateway over all real servers: a card and a page of 50 with something from each of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from gateway.app import Gateway, close_gateway, open_gateway
from gateway.settings import load_installation
from resolvers.replies import Reply
from resolvers.request import Request
from tests.queries import CARD, PAGE
from tests.real.company import NOW, SHOWN
from tests.real.installation import in_order, write
from tests.real.provider import RealProvider
from tests.real.systems import REAL, required
from tests.sandbox import ALL_SEEING, add_all_seeing

pytestmark = pytest.mark.real

CARD_CALLS: Final = {
    "directory": 2,
    "hr": 2,
    "domain": 3,
    "lab": 3,
    "certificates": 2,
    "equipment": 1,
    "badges": 1,
    "tickets": 1,
    "second_factors": 1,
    "vpn": 1,
}
"""Written by hand. Directory: the person, then the manager. HR: employment and the personal file. Domains: account, groups, and
what these are in. Certificates: two lists refresh an index. The rest: a call each."""
PAGE_CALLS: Final = CARD_CALLS | {"second_factors": 50}
"""The same for fifty people, save where the product can be asked about one person only."""


@dataclass(frozen=True, slots=True)
class Everything:
    """A gateway over every real server."""

    gateway: Gateway

    async def ask(self, query: str, **variables: Any) -> Reply:
        """An answer past every cache."""
        viewer = self.gateway.viewers.viewer(ALL_SEEING)
        assert viewer is not None
        return await self.gateway.road.answer(Request(query, variables, None, True), viewer)


@pytest.fixture(scope="session")
async def everything(provider: RealProvider, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Everything]:
    facts = {each.server: required(each.server) for each in REAL}
    for each in in_order(REAL):
        provider.filled(each.source)
    folder = tmp_path_factory.mktemp("real")
    write(folder, facts)
    add_all_seeing(folder)
    installation = load_installation(folder)
    gateway = await open_gateway(installation, lambda: NOW)
    yield Everything(gateway)
    await close_gateway(gateway)


def calls(reply: Reply) -> dict[str, int]:
    """Calls by source, as the request's ledger counted them at the wire."""
    return {name: entry["calls"] for name, entry in reply.body["extensions"]["sources"].items()}


def states(reply: Reply) -> dict[str, str]:
    """The state of each source in this request."""
    return {name: entry["state"] for name, entry in reply.body["extensions"]["sources"].items()}


ALL_OK: Final = {each.source: "OK" for each in REAL}
BY_SOURCE: Final[dict[str, tuple[str, ...]]] = {
    "directory": ("login",),
    "hr": ("employment", "position"),
    "domain": ("account", "login"),
    "certificates": ("certificates", "edges"),
    "equipment": ("devices", "edges"),
    "badges": ("badges", "edges"),
    "tickets": ("tickets", "edges"),
    "second_factors": ("secondFactors", "edges"),
    "vpn": ("vpnSessions", "edges"),
}
"""Where in a person's card each source shows itself; the engineering directory has a test of its own."""


def at(card: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path."""
    for name in path:
        card = card[name] if card is not None else None
    return card


async def test_one_query_shows_an_employee_from_every_real_server(everything: Everything) -> None:
    reply = await everything.ask(CARD, login=SHOWN)
    assert "errors" not in reply.body
    assert states(reply) == ALL_OK
    card = reply.body["data"]["employee"]
    assert [source for source, path in BY_SOURCE.items() if not at(card, path)] == []


async def test_both_directories_tell_an_account_and_groups(everything: Everything) -> None:
    query = (
        "query($login: String!) { employee(by: {login: $login}) { accounts { domain login }"
        " groups(first: 100) { edges { node { name } } } } }"
    )
    employee = (await everything.ask(query, login=SHOWN)).body["data"]["employee"]
    assert {each["domain"] for each in employee["accounts"]} == {"CORP", "LAB"}
    assert any(each["node"]["name"].startswith("lab-") for each in employee["groups"]["edges"])


async def test_a_card_costs_what_is_written(everything: Everything) -> None:
    await everything.ask(CARD, login=SHOWN)
    assert calls(await everything.ask(CARD, login=SHOWN)) == CARD_CALLS


async def test_a_page_of_fifty_comes_from_every_real_server(everything: Everything) -> None:
    reply = await everything.ask(PAGE, first=50)
    assert "errors" not in reply.body
    assert states(reply) == ALL_OK
    people = [edge["node"] for edge in reply.body["data"]["employees"]["edges"]]
    assert len(people) == 50
    assert [source for source, path in BY_SOURCE.items() if not any(at(each, path) for each in people)] == []


async def test_a_page_of_fifty_costs_what_is_written(everything: Everything) -> None:
    assert calls(await everything.ask(PAGE, first=50)) == PAGE_CALLS


async def test_search_finds_people_by_what_real_servers_told(everything: Everything) -> None:
    query = "query($text: String!) { search(text: $text, first: 5) { edges { node { ... on Employee { login } } } } }"
    reply = await everything.ask(query, text=SHOWN)
    assert "errors" not in reply.body
    assert SHOWN in str(reply.body["data"]["search"])
