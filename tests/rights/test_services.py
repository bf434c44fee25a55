"""A service on its own behalf reads nothing personal, whatever its team's roles say; for an end user it does."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.graphql_http import Endpoint
from gateway.identity.tokens import ON_BEHALF, READ
from tests.sandbox import Sandbox, company_of, running
from tests.unit.gateway.asgi import post

TEAM: Final = """
title: {en: Robots}
regions: all
services: [robot]
clearance: [vip]
read:
  directory: {ceiling: internal, scope: anyone}
  hr: {ceiling: restricted, scope: anyone}
mask:
  directory: {ceiling: personal, scope: anyone}
"""
CARD: Final = """query Q($login: String!) { employee(by: {login: $login}) {
  login active phones { number } personal { birthDate } } }"""


@pytest.fixture(scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """A sandbox with a team of programs that may read nearly everything."""
    folder = tmp_path_factory.mktemp("robots")
    async with running(company_of(60), folder, extra_teams={"robots": TEAM}) as started:
        yield started


async def asked(small: Sandbox, **headers: str) -> Any:
    """What the program is told over HTTP; the calls of its request are counted from here on."""
    token, _ = await small.gateway.identity.tokens.give_service("robot", [READ, ON_BEHALF], timedelta(days=1), "ann")
    endpoint = Endpoint(small.gateway.road, small.gateway.identity)
    application = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
    body = orjson.dumps({"query": CARD, "variables": {"login": "employee"}})
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Cache-Control": "no-cache", **said}
    small.forget_calls()
    answer = await post(application, [body], sent)
    assert answer.status == 200, answer.body
    return answer.json


async def test_a_service_on_its_own_behalf_reads_nothing_personal(small: Sandbox) -> None:
    told = await asked(small)
    person = told["data"]["employee"]
    assert (person["login"], person["active"]) == ("employee", True)
    assert [each["number"] for each in person["phones"] or ()] == [None] * len(person["phones"] or ())
    assert (person["personal"] or {"birthDate": None})["birthDate"] is None
    assert small.calls().get("hr", 0) == 0, "what is never shown is not asked for"
    assert "FORBIDDEN_FIELD" in {each["extensions"]["code"] for each in told["errors"]}


async def test_for_an_end_user_it_reads_what_its_team_may(small: Sandbox) -> None:
    person = (await asked(small, Okno_On_Behalf_Of="helpdesk.br"))["data"]["employee"]
    assert all("*" in each["number"] for each in person["phones"])
    assert person["personal"]["birthDate"] is not None
    assert small.calls()["hr"] > 0
