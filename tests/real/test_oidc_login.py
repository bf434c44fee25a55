"""Signing in at a provider that nobody here wrote: there, back, asking the graph, and out again."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import uvicorn
import yaml
from playwright.async_api import Browser, async_playwright

from gateway.app import create_app
from gateway.identity.cookies import SESSION
from gateway.identity.identity import Identity
from gateway.identity.provider import Provider
from gateway.identity.provider_wire import SignInFailed
from gateway.settings import load_installation
from tests.real.servers.server import nested
from tests.real.signing_in import Person, Seen
from tests.real.systems import is_ci, required

pytestmark = pytest.mark.real

CHROMIUM = os.environ.get("OKNO_E2E_CHROMIUM", "/usr/bin/chromium")
ME = {"query": "{ viewer { login activeTeam { id } } }"}
_ASK = """async ({url, body}) => {
  const headers = {'Content-Type': 'application/json'}
  return await (await fetch(url, {method: 'POST', headers, body: JSON.stringify(body)})).json()
}"""
_FORGE = """async url => {
  const sent = {method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}'}
  try { await fetch(url, sent); return 'answered' } catch { return 'the answer is kept from it' }
}"""
TEAMS = {"north": {"members": ["ann"]}, "told": {"groups": ["okno-told"]}}


@dataclass(slots=True)
class Gateway:
    """A gateway that listens, and its identity."""

    url: str
    identity: Identity


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    facts = required("oidc_provider")
    client = nested(facts, "credentials")["client"]
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    oidc = {
        "issuer": facts["url"],
        "address": url,
        "client_id": client["user"],
        "client_secret": f"file:{tmp_path}/secret",
        "scopes": ["openid", "profile", "groups"],
    }
    whole = {
        "name": "Real sign-in",
        "database": f"sqlite:///{tmp_path}/okno.db",
        "search_index": ":memory:",
        "audit": {"keys": f"{tmp_path}/audit-keys", "anchor": None},
        "login": {"oidc": oidc},
        "documents": {"free_text": "everyone"},
        "sources": {},
    }
    (tmp_path / "secret").write_text(client["password"], encoding="utf-8")
    (tmp_path / "teams").mkdir()
    (tmp_path / "okno.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    for name, team in TEAMS.items():
        file = {"title": {"en": name.title()}, "regions": "all", "members": [], **team}
        (tmp_path / "teams" / f"{name}.yaml").write_text(yaml.safe_dump(file), encoding="utf-8")
    application = create_app(load_installation(tmp_path))
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning"))
    serving = asyncio.create_task(server._serve([listener]))
    try:
        while not server.started:
            assert not serving.done(), serving
            await asyncio.sleep(0.01)
        yield Gateway(url, application.state.gateway.identity)
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Person(http)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():
        (pytest.fail if is_ci() else pytest.skip)(f"no browser at {CHROMIUM}: install Debian's chromium")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        await opened.close()


async def left(person: Person, gateway: Gateway) -> str:
    """Leave for the provider. Returns: its address of authorization."""
    seen = await person.get(f"{gateway.url}/auth/login?next=/graphiql")
    assert seen.status == 303, seen.text
    assert seen.location is not None
    return seen.location


async def signed_in(person: Person, gateway: Gateway, login: str) -> Seen:
    back = await person.sign_in_at_provider(await left(person, gateway), login, gateway.url)
    assert back.startswith(f"{gateway.url}/auth/callback?")
    return await person.get(back)


async def viewer(person: Person, gateway: Gateway) -> Any:
    seen = await person.send("POST", f"{gateway.url}/graphql", ME)
    return seen.status, json.loads(seen.text).get("data", {}).get("viewer")


def cookies(person: Person, gateway: Gateway) -> dict[str, str]:
    return person.cookies[urlsplit(gateway.url).netloc]


async def test_a_person_signs_in_asks_and_signs_out(gateway: Gateway, person: Person) -> None:
    assert (await viewer(person, gateway))[0] == 401
    seen = await signed_in(person, gateway, "ann")
    assert (seen.status, seen.location) == (303, f"{gateway.url}/graphiql")
    assert list(cookies(person, gateway)) == [SESSION]
    assert await viewer(person, gateway) == (200, {"login": "ann", "activeTeam": {"id": "north"}})
    old = dict(cookies(person, gateway))

    out = json.loads((await person.send("POST", f"{gateway.url}/auth/logout", {})).text)
    assert cookies(person, gateway) == {}
    cookies(person, gateway).update(old)
    assert (await viewer(person, gateway))[0] == 401, "the old cookie opens nothing"

    farewell = await person.follow(await person.get(out["next"]))
    home = await person.follow(await person.submit(farewell, logout="yes"), until=gateway.url)
    assert home.location == f"{gateway.url}/", "the provider ended its own session and sends the browser home"


async def test_groups_that_the_provider_tells_make_a_member(gateway: Gateway, person: Person) -> None:
    await signed_in(person, gateway, "told.member")
    assert await viewer(person, gateway) == (200, {"login": "told.member", "activeTeam": {"id": "told"}})


@pytest.mark.parametrize("login", ["told.nobody", "stranger"])
async def test_whom_no_team_names_is_not_let_in(gateway: Gateway, person: Person, login: str) -> None:
    seen = await signed_in(person, gateway, login)
    assert (seen.status, json.loads(seen.text)["error"]["code"]) == (403, "NO_TEAM")
    assert SESSION not in cookies(person, gateway)


async def test_the_provider_refuses_another_verifier(gateway: Gateway, person: Person) -> None:
    back = await person.sign_in_at_provider(await left(person, gateway), "ann", gateway.url)
    code = parse_qs(urlsplit(back).query)["code"][0]
    provider = gateway.identity.provider
    assert isinstance(provider, Provider)
    with pytest.raises(SignInFailed) as failure:
        await provider.prove(code, "any", "w" * 43)
    assert failure.value.code == "PROVIDER_REFUSED"
    assert "invalid_grant" in str(failure.value)


async def test_an_answer_meant_for_another_browser_is_refused(gateway: Gateway, person: Person) -> None:
    back = await person.sign_in_at_provider(await left(person, gateway), "ann", gateway.url)
    victim = Person(person.http)
    seen = await victim.get(back)
    assert (seen.status, json.loads(seen.text)["error"]["code"]) == (400, "SIGN_IN_STALE")
    assert SESSION not in cookies(victim, gateway)


async def test_a_code_is_not_taken_twice(gateway: Gateway, person: Person) -> None:
    back = await person.sign_in_at_provider(await left(person, gateway), "ann", gateway.url)
    before = dict(cookies(person, gateway))
    assert (await person.get(back)).status == 303
    cookies(person, gateway).update(before)
    assert (await person.get(back)).status == 502, "the attempt is known again, the code is spent"


async def test_who_says_no_at_the_provider_is_not_let_in(gateway: Gateway, person: Person) -> None:
    authorization = await left(person, gateway)
    page = await person.follow(await person.get(authorization))
    abort = f"{page.address.rstrip('/')}/abort"
    seen = await person.follow(await person.get(abort))
    assert json.loads(seen.text)["error"]["code"] == "SIGN_IN_REFUSED"
    assert SESSION not in cookies(person, gateway)


async def test_a_real_browser_keeps_the_session_and_lends_it_to_no_other_page(
    gateway: Gateway, chromium: Browser
) -> None:
    context = await chromium.new_context()
    page = await context.new_page()
    await page.goto(f"{gateway.url}/auth/login?next=/graphiql")
    provider = page.url
    await page.fill("input[name=login]", "ann")
    await page.fill("input[name=password]", "any")
    await page.click("button[type=submit]")
    await page.click("button[type=submit]")  # agrees that Okno is told
    await page.wait_for_url(f"{gateway.url}/graphiql*")  # what is no page may send nothing from a browser
    (cookie,) = [each for each in await context.cookies() if each.get("name") == SESSION]
    assert (cookie.get("secure"), cookie.get("httpOnly"), cookie.get("sameSite")) == (True, True, "Lax")
    asked = await page.evaluate(_ASK, {"url": "/graphql", "body": ME})
    assert asked["data"]["viewer"]["login"] == "ann"

    stranger = await context.new_page()  # of another port and so of another origin, though of the same site
    await stranger.goto(provider)
    async with stranger.expect_request(f"{gateway.url}/auth/logout"):
        told = await stranger.evaluate(_FORGE, f"{gateway.url}/auth/logout")
    assert told == "the answer is kept from it"
    asked = await page.evaluate(_ASK, {"url": "/graphql", "body": ME})
    assert asked["data"]["viewer"]["login"] == "ann", "the other page could not sign her out"

    await page.evaluate(_ASK, {"url": "/auth/logout", "body": {}})
    assert [each for each in await context.cookies() if each.get("name") == SESSION] == []
