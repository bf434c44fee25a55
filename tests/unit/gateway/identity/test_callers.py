"""Who makes a request: by token or by cookie, never by both, and by a cookie only if a page of ours meant it."""

from datetime import timedelta

import pytest

from gateway.identity.callers import Caller
from gateway.identity.cookies import SESSION
from gateway.identity.identity import Identity
from gateway.identity.tokens import ON_BEHALF, READ, SDL
from tests.unit.gateway.identity.browser import Browser
from tests.unit.gateway.identity.directory import Directory

ME = {"query": "{ viewer { login activeTeam { id } } }"}


@pytest.fixture
async def signed_in(browser: Browser, identity: Identity) -> Browser:
    """A browser in which bob has signed in."""
    browser.cookies[SESSION], _ = await identity.sessions.begin("bob")
    return browser


async def service(identity: Identity, *scopes: str, login: str = "robot") -> str:
    token, _ = await identity.tokens.give_service(login, scopes, timedelta(days=1), "ann")
    return f"Bearer {token}"


async def test_a_cookie_is_enough_for_a_page_of_ours(signed_in: Browser) -> None:
    for headers in ({"Okno_Request": "1"}, {"Origin": "https://okno.test"}, {"Sec_Fetch_Site": "same-origin"}):
        answer = await signed_in.send("POST", "/graphql", ME, headers)
        assert answer.json["data"]["viewer"]["login"] == "bob", headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Okno_Request": "0"},
        {"Okno_Request": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://okno.test"},
        {"Origin": "https://okno.test.evil.example"},
        {"Origin": "https://evil.example", "Okno_Request": "1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "same-site", "Okno_Request": "1"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "https://okno.test"},
        {"Sec_Fetch_Site": "none"},
    ],
    ids=str,
)
async def test_a_cookie_alone_is_not(signed_in: Browser, headers: dict[str, str]) -> None:
    answer = await signed_in.send("POST", "/graphql", ME, headers)
    assert answer.status == 403
    assert "data" not in answer.json, "nothing was executed"


async def test_a_token_needs_no_such_proof(browser: Browser, identity: Identity) -> None:
    headers = {"Authorization": await service(identity, READ), "Origin": "https://elsewhere.example"}
    assert (await browser.send("POST", "/graphql", ME, headers)).json["data"]["viewer"]["login"] == "robot"


async def test_a_bad_token_is_not_made_up_for_by_a_cookie(signed_in: Browser) -> None:
    for said in ("Bearer okno_guess", "Basic Ym9iOmJvYg==", "", "Bearer"):
        answer = await signed_in.post("/graphql", ME, Authorization=said)
        assert (answer.status, "data" in answer.json) == (401, False), said


async def test_a_token_counts_before_a_cookie(signed_in: Browser, identity: Identity) -> None:
    answer = await signed_in.post("/graphql", ME, Authorization=await service(identity, READ))
    assert answer.json["data"]["viewer"]["login"] == "robot"


async def test_a_token_of_the_sandbox_stays_on_this_machine(browser: Browser, identity: Identity) -> None:
    said = f"Bearer {await identity.tokens.give('ann')}"
    assert (await browser.post("/graphql", ME, Authorization=said)).status == 401
    browser.client = ("127.0.0.1", 1)
    assert (await browser.post("/graphql", ME, Authorization=said)).json["data"]["viewer"]["login"] == "ann"


async def test_a_token_of_the_sandbox_is_a_member_by_group(browser: Browser, identity: Identity) -> None:
    browser.client = ("::1", 1)
    answer = await browser.post("/graphql", ME, Authorization=f"Bearer {await identity.tokens.give('dan')}")
    assert answer.json["data"]["viewer"] == {"login": "dan", "activeTeam": {"id": "south"}}


@pytest.mark.parametrize(
    ("query", "scope"),
    [("{ viewer { login } }", READ), ("{ _service { sdl } }", SDL), ("mutation { x }", "graph:write")],
)
async def test_a_service_does_what_its_scopes_say(browser: Browser, identity: Identity, query: str, scope: str) -> None:
    others = sorted({READ, SDL, ON_BEHALF} - {scope})
    answer = await browser.post("/graphql", {"query": query}, Authorization=await service(identity, *others))
    assert (answer.status, "data" in answer.json) == (403, False)
    assert scope in answer.json["errors"][0]["message"]


async def test_the_schema_is_told_to_a_token_made_for_that(browser: Browser, identity: Identity) -> None:
    answer = await browser.post(
        "/graphql", {"query": "{ _service { sdl } }"}, Authorization=await service(identity, SDL)
    )
    assert "type Employee" in answer.json["data"]["_service"]["sdl"]


async def test_a_token_of_a_person_or_of_nobody_is_no_services(browser: Browser, identity: Identity) -> None:
    for login in ("bob", "stranger"):
        said = await service(identity, READ, login=login)
        assert (await browser.post("/graphql", ME, Authorization=said)).status == 401, login


async def test_a_service_names_whom_it_acts_for_if_it_may(identity: Identity, browser: Browser) -> None:
    said = await service(identity, READ)
    refused = await browser.post("/graphql", ME, Authorization=said, Okno_On_Behalf_Of="ann")
    assert (refused.status, "data" in refused.json) == (403, False)
    said = await service(identity, READ, ON_BEHALF)
    answer = await browser.post("/graphql", ME, Authorization=said, Okno_On_Behalf_Of="ann")
    assert answer.json["data"]["viewer"]["login"] == "robot", "a name is lent, no rights"


@pytest.mark.parametrize("name", ["", "a b", "a\tb", "a" * 201, "a;b", "<a>"])
async def test_what_is_no_login_is_refused(identity: Identity, browser: Browser, name: str) -> None:
    said = await service(identity, READ, ON_BEHALF)
    assert (await browser.post("/graphql", ME, Authorization=said, Okno_On_Behalf_Of=name)).status == 400


async def test_no_person_acts_for_another(signed_in: Browser) -> None:
    answer = await signed_in.post("/graphql", ME, Okno_On_Behalf_Of="ann")
    assert (answer.status, "data" in answer.json) == (400, False)


async def test_a_header_chooses_the_team_of_one_request(signed_in: Browser) -> None:
    south = await signed_in.post("/graphql", ME, Okno_Team="south")
    north = await signed_in.post("/graphql", ME)
    assert [each.json["data"]["viewer"]["activeTeam"]["id"] for each in (south, north)] == ["south", "north"]
    assert (await signed_in.post("/graphql", ME, Okno_Team="east")).status == 400


def test_a_team_that_is_no_longer_theirs_is_not_kept(identity: Identity) -> None:
    viewer = identity.viewer(Caller("ann", "SESSION", team="south"))
    assert viewer is not None
    assert viewer.active_team is not None
    assert viewer.active_team.id == "north"
    assert identity.viewer(Caller("ann", "SESSION", team="north"), "south") is None, "asked for, it is refused"


async def test_whom_no_team_names_any_more_is_nobody(
    browser: Browser, identity: Identity, directory: Directory
) -> None:
    browser.cookies[SESSION], _ = await identity.sessions.begin("dan")
    directory.groups["dan"] = set()
    answer = await browser.post("/graphql", ME)
    assert (answer.status, "data" in answer.json) == (401, False)
