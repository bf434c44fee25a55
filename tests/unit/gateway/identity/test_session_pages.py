"""Who am I, where else am I signed in, for which team do I work now."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.identity.cookies import SESSION
from gateway.identity.identity import Identity
from gateway.identity.tokens import READ
from tests.unit.gateway.identity.browser import Browser
from tests.unit.gateway.identity.conftest import Browsers, Clock

ME = {"query": "{ viewer { activeTeam { id } } }"}


@pytest.fixture
async def bob(browser: Browser, identity: Identity) -> Browser:
    browser.cookies[SESSION], _ = await identity.sessions.begin("bob", address="10.1.2.3", agent="One")
    return browser


async def test_who_is_signed_in_is_told_so(bob: Browser, clock: Clock) -> None:
    told = (await bob.get("/auth/session")).json
    assert (told["login"], told["kind"], told["scopes"]) == ("bob", "SESSION", [])
    assert told["teams"] == [
        {"id": "north", "title": "North", "active": True},
        {"id": "south", "title": "South", "active": False},
    ]
    assert told["session"]["idleUntil"] == (clock() + timedelta(minutes=30)).isoformat()
    assert told["session"]["expiresAt"] == (clock() + timedelta(hours=10)).isoformat()


async def test_who_is_not_is_told_where_to_sign_in(browser: Browser) -> None:
    answer = await browser.get("/auth/session")
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    assert answer.headers["link"] == '</auth/login>; rel="authenticate"'


async def test_a_service_is_told_its_scopes(browser: Browser, identity: Identity) -> None:
    token, _ = await identity.tokens.give_service("robot", (READ,), timedelta(days=1), "ann")
    told = (await browser.get("/auth/session", Authorization=f"Bearer {token}")).json
    assert (told["login"], told["kind"], told["scopes"], told["session"]) == ("robot", "SERVICE", [READ], None)


async def test_one_sees_ones_own_sessions_only(bob: Browser, identity: Identity) -> None:
    await identity.sessions.begin("bob", agent="Two")
    await identity.sessions.begin("ann", agent="Hers")
    told = (await bob.get("/auth/sessions")).json["sessions"]
    assert {(each["agent"], each["current"]) for each in told} == {("One", True), ("Two", False)}


async def test_one_ends_another_session_of_ones_own(bob: Browser, browsers: Browsers, identity: Identity) -> None:
    other = browsers()
    other.cookies[SESSION], begun = await identity.sessions.begin("bob")
    assert (await other.post("/graphql", ME)).status == 200
    assert (await bob.send("DELETE", f"/auth/sessions/{begun.id}", None, {"Okno_Request": "1"})).status == 204
    assert (await other.post("/graphql", ME)).status == 401
    assert (await bob.post("/graphql", ME)).status == 200


async def test_one_ends_ones_own_session(bob: Browser) -> None:
    own = (await bob.get("/auth/session")).json["session"]["id"]
    assert (await bob.send("DELETE", f"/auth/sessions/{own}", None, {"Okno_Request": "1"})).status == 204
    assert SESSION not in bob.cookies


async def test_nobody_ends_the_session_of_another(bob: Browser, identity: Identity) -> None:
    secret, begun = await identity.sessions.begin("ann")
    hers = await bob.send("DELETE", f"/auth/sessions/{begun.id}", None, {"Okno_Request": "1"})
    none = await bob.send("DELETE", "/auth/sessions/none", None, {"Okno_Request": "1"})
    assert (hers.status, hers.body) == (none.status, none.body) == (404, none.body)
    assert await identity.sessions.of(secret) is not None


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/auth/sessions/{id}"), ("POST", "/auth/team")])
async def test_another_page_changes_nothing(bob: Browser, identity: Identity, method: str, path: str) -> None:
    (own,) = await identity.sessions.of_login("bob")
    headers = {"Origin": "https://evil.example"}
    assert (await bob.send(method, path.format(id=own.id), {"team": "south"}, headers)).status == 403
    assert await identity.sessions.of_login("bob") == [own]


async def test_the_chosen_team_stays_chosen(bob: Browser) -> None:
    assert (await bob.post("/auth/team", {"team": "south"})).json["activeTeam"]["id"] == "south"
    assert (await bob.post("/graphql", ME)).json["data"]["viewer"]["activeTeam"]["id"] == "south"


@pytest.mark.parametrize("body", [{"team": "east"}, {"team": ""}, {"team": 5}, {}, [], None, {"team": "x" * 2_000}])
async def test_a_team_that_is_not_theirs_is_refused(bob: Browser, body: Any) -> None:
    assert (await bob.post("/auth/team", body)).status == 400
    assert (await bob.post("/graphql", ME)).json["data"]["viewer"]["activeTeam"]["id"] == "north"


async def test_a_form_is_no_way_to_choose(bob: Browser) -> None:
    answer = await bob.post("/auth/team", {"team": "south"}, Content_Type="text/plain")
    assert answer.status == 400


async def test_a_token_has_no_session(browser: Browser, identity: Identity) -> None:
    token, _ = await identity.tokens.give_service("robot", (READ,), timedelta(days=1), "ann")
    said = {"Authorization": f"Bearer {token}"}
    assert (await browser.get("/auth/sessions", **said)).status == 400
    assert (await browser.post("/auth/team", {"team": "south"}, **said)).status == 400


async def test_a_session_that_lay_idle_is_nobody(bob: Browser, clock: Clock) -> None:
    clock.forward(minutes=30)
    assert (await bob.get("/auth/session")).status == 401
    refused = await bob.post("/graphql", ME)
    assert (refused.status, "data" in refused.json) == (401, False)
