"""Signing in and out, as a browser sees it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from audit.trail import Trail
from gateway.identity.cookies import ATTEMPT, SESSION
from gateway.identity.identity import Identity
from gateway.identity.tables import Session
from tests.unit.gateway.identity.browser import Answer, Browser
from tests.unit.gateway.identity.conftest import Browsers, Clock
from tests.unit.gateway.identity.directory import Directory
from tests.unit.gateway.identity.oidc import Oidc

ME = {"query": "{ viewer { login activeTeam { id } } }"}


async def answered(browser: Browser, oidc: Oidc, login: str = "ann", *, next_: str = "") -> str:
    """Go to the provider and sign in there. Returns: the address it sends the browser back to."""
    left = await browser.get("/auth/login" + (f"?next={next_}" if next_ else ""))
    assert left.status == 303
    code = oidc.grant(left.headers["location"], login)
    state = parse_qs(urlsplit(left.headers["location"]).query)["state"][0]
    return f"/auth/callback?code={code}&state={state}"


async def signed_in(browser: Browser, oidc: Oidc, login: str = "ann", **more: str) -> Answer:
    return await browser.get(await answered(browser, oidc, login, **more))


async def rows(identity: Identity) -> list[Session]:
    async with identity.sessions._store.session() as session:
        return list((await session.execute(select(Session))).scalars().all())


async def test_who_has_signed_in_asks_by_cookie(browser: Browser, oidc: Oidc) -> None:
    answer = await signed_in(browser, oidc, next_="/graphiql%3Fa=b")
    assert (answer.status, answer.headers["location"]) == (303, "/graphiql?a=b")
    assert answer.headers["cache-control"] == "no-store"
    assert list(browser.cookies) == [SESSION], "the attempt's cookie is gone"
    asked = await browser.post("/graphql", ME)
    assert asked.json["data"]["viewer"] == {"login": "ann", "activeTeam": {"id": "north"}}


async def test_nothing_is_kept_of_who_only_left_for_the_provider(
    browser: Browser, oidc: Oidc, identity: Identity
) -> None:
    await answered(browser, oidc)
    assert await rows(identity) == []
    assert [name.startswith(ATTEMPT) for name in browser.cookies] == [True]


@pytest.mark.parametrize("next_", ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example"])
async def test_sign_in_leads_nowhere_else(browser: Browser, oidc: Oidc, next_: str) -> None:
    assert (await signed_in(browser, oidc, next_=next_)).headers["location"] == "/"


async def test_an_answer_to_another_browser_signs_nobody_in(browsers: Browsers, oidc: Oidc, identity: Identity) -> None:
    attacker, victim = browsers(), browsers()
    theirs = await answered(attacker, oidc, "bob")
    await answered(victim, oidc)
    answer = await victim.get(theirs)
    assert (answer.status, answer.code) == (400, "SIGN_IN_STALE")
    assert SESSION not in victim.cookies
    assert (await rows(identity), oidc.calls["token"]) == ([], 0), "the code was not even fetched"


@pytest.mark.parametrize("wrong", ["", "guess", "a" * 100_000, "{right}x", "{begins}" + "x" * 35, "{right}&state=x"])
async def test_a_wrong_state_signs_nobody_in(browser: Browser, oidc: Oidc, identity: Identity, wrong: str) -> None:
    there, _, right = (await answered(browser, oidc)).partition("&state=")
    state = wrong.format(right=right, begins=right[:8])
    assert (await browser.get(f"{there}&state={state}")).code == "SIGN_IN_STALE"
    assert (await rows(identity), oidc.calls["token"]) == ([], 0)


async def test_an_answer_is_taken_once(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    there = await answered(browser, oidc)
    await browser.get(there)
    assert (await browser.get(there)).code == "SIGN_IN_STALE"
    assert len(await rows(identity)) == 1


async def test_an_answer_that_comes_late_is_refused(
    browser: Browser, oidc: Oidc, clock: Clock, identity: Identity
) -> None:
    there = await answered(browser, oidc)
    clock.forward(minutes=11)
    assert (await browser.get(there)).code == "SIGN_IN_STALE"
    assert await rows(identity) == []


async def test_two_tabs_sign_in_at_a_time(browser: Browser, oidc: Oidc) -> None:
    first, second = await answered(browser, oidc), await answered(browser, oidc)
    assert (await browser.get(first)).status == 303
    assert (await browser.get(second)).status == 303


async def test_attempts_do_not_pile_up_in_a_browser(browser: Browser, oidc: Oidc) -> None:
    for _ in range(20):
        await answered(browser, oidc)
        assert len(browser.cookies) <= 6


async def test_the_session_is_another_after_each_sign_in(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    browser.cookies[SESSION] = planted = "x" * 43
    await signed_in(browser, oidc)
    first = browser.cookies[SESSION]
    assert first != planted
    await signed_in(browser, oidc)
    assert browser.cookies[SESSION] != first
    assert len(await rows(identity)) == 1, "the session before has ended"
    browser.cookies[SESSION] = first
    assert (await browser.post("/graphql", ME)).status == 401


async def test_the_store_does_not_hold_what_the_cookie_holds(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    await signed_in(browser, oidc)
    (row,) = await rows(identity)
    assert browser.cookies[SESSION] not in (row.digest, row.id)
    assert (row.login, row.address) == ("ann", "10.1.2.3")


async def test_whom_no_team_names_is_not_let_in(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    answer = await signed_in(browser, oidc, "stranger")
    assert (answer.status, answer.code) == (403, "NO_TEAM")
    assert (SESSION in browser.cookies, await rows(identity)) == (False, [])


async def test_nobody_signs_in_as_a_service(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    assert (await signed_in(browser, oidc, "robot")).code == "NO_TEAM"
    assert await rows(identity) == []


async def test_a_group_of_the_directory_makes_a_member(browser: Browser, oidc: Oidc, directory: Directory) -> None:
    await signed_in(browser, oidc, "dan")
    asked = await browser.post("/graphql", ME)
    assert asked.json["data"]["viewer"] == {"login": "dan", "activeTeam": {"id": "south"}}
    assert directory.asked.count("groups.memberships_of") == 1


async def test_groups_that_the_provider_tells_count_instead(browser: Browser, oidc: Oidc, directory: Directory) -> None:
    oidc.claims = {"groups": ["okno-south"]}
    await signed_in(browser, oidc, "eve")
    assert (await browser.post("/graphql", ME)).json["data"]["viewer"]["activeTeam"] == {"id": "south"}
    oidc.claims = {"groups": []}
    assert (await signed_in(browser, oidc, "dan")).code == "NO_TEAM", "though the directory says otherwise"


async def test_a_login_is_taken_as_the_directory_spells_it(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    await signed_in(browser, oidc, "DAN")
    assert [row.login for row in await rows(identity)] == ["dan"]


async def test_a_refusal_of_the_provider_is_told(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    for error, status, code in (("access_denied", 403, "SIGN_IN_REFUSED"), ("server_error", 502, "PROVIDER_REFUSED")):
        state = (await answered(browser, oidc)).split("&state=")[1]
        answer = await browser.get(f"/auth/callback?error={error}&error_description=%3Cscript%3E&state={state}")
        assert (answer.status, answer.code) == (status, code)
    assert await rows(identity) == []


async def test_an_answer_of_another_provider_is_refused(browser: Browser, oidc: Oidc) -> None:
    there = await answered(browser, oidc)
    assert (await browser.get(f"{there}&iss=https://other.example")).code == "SIGN_IN_STALE"
    assert oidc.calls["token"] == 0


async def test_an_answer_without_a_code_is_refused(browser: Browser, oidc: Oidc) -> None:
    state = (await answered(browser, oidc)).split("&state=")[1]
    assert (await browser.get(f"/auth/callback?state={state}")).code == "PROVIDER_REFUSED"


async def test_people_see_a_page_and_programs_json(browser: Browser) -> None:
    page = await browser.get("/auth/callback?state=%3Cscript%3E", Accept="text/html")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert b"SIGN_IN_STALE" in page.body
    assert b"<script>" not in page.body


async def test_a_provider_that_is_down_is_a_503(browser: Browser, oidc: Oidc) -> None:
    oidc.status = 503
    answer = await browser.get("/auth/login")
    assert (answer.status, answer.code) == (503, "PROVIDER_UNAVAILABLE")


async def test_signing_out_ends_the_session_here_and_says_where_it_ends_there(
    browser: Browser, oidc: Oidc, identity: Identity
) -> None:
    await signed_in(browser, oidc)
    secret = browser.cookies[SESSION]
    answer = await browser.post("/auth/logout")
    assert answer.json["next"].startswith(f"{oidc.issuer}/end?client_id=okno&post_logout_redirect_uri=https%3A%2F%2F")
    assert (SESSION in browser.cookies, await rows(identity)) == (False, [])
    browser.cookies[SESSION] = secret
    refused = await browser.post("/graphql", ME)
    assert (refused.status, "data" in refused.json) == (401, False)


async def test_signing_out_is_not_refused_while_nothing_can_be_recorded(
    browser: Browser, oidc: Oidc, identity: Identity
) -> None:
    await signed_in(browser, oidc)
    secret = browser.cookies[SESSION]
    store = identity.sessions._store
    store.trail = Trail(store.writing)  # it was never started: nothing can be written to it
    try:
        answer = await browser.post("/auth/logout")
    finally:
        store.trail = None
    assert (answer.status, answer.json["signedOut"]) == (200, True)
    assert (SESSION in browser.cookies, await rows(identity)) == (False, [])
    browser.cookies[SESSION] = secret
    assert (await browser.post("/graphql", ME)).status == 401


async def test_another_page_cannot_sign_somebody_out(browser: Browser, oidc: Oidc, identity: Identity) -> None:
    await signed_in(browser, oidc)
    answer = await browser.send("POST", "/auth/logout", {}, {"Origin": "https://evil.example"})
    assert answer.status == 403
    assert len(await rows(identity)) == 1


async def test_signing_out_twice_is_no_mistake(browser: Browser) -> None:
    assert (await browser.post("/auth/logout")).json == {"signedOut": True, "next": None}


@pytest.mark.parametrize("alike", ["\u212aate", "\uff4bate", "ka\u017fte"], ids=["kelvin", "wide", "long s"])
async def test_letters_that_only_look_alike_sign_nobody_in(
    browser: Browser, oidc: Oidc, identity: Identity, directory: Directory, alike: str
) -> None:
    """The directory folds such letters, so it finds another person; nobody becomes that person by a name of their own."""
    plain = alike.casefold().replace("\uff4b", "k")
    directory.groups[plain] = {"okno-south"}
    answer = await signed_in(browser, oidc, alike)
    assert (answer.status, answer.code) == (403, "NO_TEAM")
    assert SESSION not in browser.cookies
    assert await rows(identity) == []
    assert (await signed_in(browser, oidc, plain)).status == 303, "the person themselves are let in"
