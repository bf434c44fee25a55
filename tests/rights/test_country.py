"""Conditions of the moment, from the request to the field: where the viewer is, and whose case they have in hand."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.graphql_http import Endpoint
from sandbox.company.model import Company
from sandbox.company.person import Person
from tests.sandbox import Sandbox, company_of, running
from tests.unit.gateway.asgi import post

PROXY: Final = "127.0.0.9"
ANOTHER: Final = "127.0.0.1"
TEAMS: Final = {
    "abroad": """
title: {en: At home only}
regions: all
members: [guard]
read:
  directory:
    - {ceiling: internal, scope: anyone, when: {operator_country: [BR]}}
""",
    "callers": """
title: {en: With a case}
regions: all
queue: Helpdesk-BR
members: [agent]
read:
  directory:
    - {ceiling: internal, scope: anyone, when: {case_open: [true]}}
""",
}
CARD: Final = "query Q($login: String!) { employee(by: {login: $login}) { login active } }"

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """A sandbox behind a proxy that says from which country a request comes."""
    login = {"sandbox": True, "country_header": "X-Country", "trusted_proxies": [f"{PROXY}/32"]}
    company = company_of(60)
    async with running(company, tmp_path_factory.mktemp("abroad"), extra_teams=TEAMS, login=login) as started:
        yield started


@pytest.fixture(scope="module")
def ask(small: Sandbox) -> Ask:
    """Asks over HTTP with a token. Shape: the answer's body."""
    endpoint = Endpoint(small.gateway.road, small.gateway.identity)
    application = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])

    async def put(login: str, about: str, *, peer: str = PROXY, ticket: object = None, **headers: str | None) -> Any:
        token = await small.gateway.identity.tokens.give(login)
        body: dict[str, Any] = {"query": CARD, "variables": {"login": about}}
        if ticket is not None:
            body["extensions"] = {"purpose": {"ticket": str(ticket), "reason": "a call"}}
        said = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **said}
        answer = await post(application, [orjson.dumps(body)], sent, client=(peer, 4))
        assert answer.status == 200, answer.body
        return answer.json

    return put


def shown(body: Any) -> bool:
    """Whether the field was shown; one that was not is told to be withheld."""
    found = body["data"]["employee"]["active"] is not None
    assert ("Employee.active" in str(body["extensions"]["access"])) is not found
    return found


@pytest.fixture(scope="module")
def ordinary(small: Sandbox) -> Person:
    return next(each for each in small.world.company.people if not each.vip and each.region == "br")


@pytest.mark.parametrize(("said", "is_shown"), [("BR", True), ("br", True), ("KZ", False), ("XX", False), ("?", False)])
async def test_a_field_is_shown_from_one_country_and_withheld_from_another(
    ask: Ask, ordinary: Person, said: str, is_shown: bool
) -> None:
    assert shown(await ask("guard", ordinary.login, X_Country=said)) is is_shown


async def test_from_where_nobody_tells_nothing_is_opened(ask: Ask, ordinary: Person) -> None:
    assert not shown(await ask("guard", ordinary.login))


async def test_a_header_that_no_trusted_proxy_sent_is_ignored(ask: Ask, ordinary: Person) -> None:
    assert shown(await ask("guard", ordinary.login, X_Country="BR"))
    assert not shown(await ask("guard", ordinary.login, X_Country="BR", peer=ANOTHER))
    assert not shown(await ask("guard", ordinary.login, X_Country="BR", X_Forwarded_For=PROXY, peer=ANOTHER))


def tickets(company: Company, *statuses: str) -> list[tuple[str, Person]]:
    """Numbers of tickets of the test team's queue, and who asked for each."""
    people = {each.email: each for each in company.people if not each.vip}
    return [
        (str(each.id), people[each.requester_email])
        for each in company.tickets
        if each.status in statuses and each.queue == "Helpdesk-BR" and each.requester_email in people
    ]


async def test_an_open_ticket_about_this_employee_opens_what_hangs_on_a_case(small: Sandbox, ask: Ask) -> None:
    number, person = tickets(small.world.company, "open", "new")[0]
    assert shown(await ask("agent", person.login, ticket=number))
    assert not shown(await ask("agent", person.login))


async def test_a_closed_a_foreign_and_an_unknown_ticket_open_nothing(small: Sandbox, ask: Ask) -> None:
    company = small.world.company
    number, person = tickets(company, "open", "new")[0]
    stranger = next(each for each in company.people if not each.vip and each.email != person.email)
    assert not shown(await ask("agent", stranger.login, ticket=number)), "it is about somebody else"
    closed, whose = tickets(company, "resolved", "rejected")[0]
    assert not shown(await ask("agent", whose.login, ticket=closed))
    assert not shown(await ask("agent", person.login, ticket="99999999"))
    others = next(
        each
        for each in company.tickets
        if each.queue == "HR" and each.status == "open" and each.requester_email != "agent@okno.example"
    )
    theirs = next(each for each in company.people if each.email == others.requester_email)
    assert not shown(await ask("agent", theirs.login, ticket=others.id)), "another team works on it"
