"""Whose word counts on where somebody is, and what two words make."""

import pytest
from starlette.requests import Request

from authz.vocabulary import UNKNOWN
from gateway.identity.countries import Countries, country_of
from gateway.identity.identity import Identity
from gateway.identity.login_settings import LoginSettings, OidcSettings
from tests.unit.gateway.identity.browser import ADDRESS, Browser
from tests.unit.gateway.identity.oidc import CLIENT, Oidc
from tests.unit.gateway.identity.test_sign_in import ME, signed_in

OIDC = OidcSettings(issuer="https://id.example", address="https://okno.example", client_id="okno")
BEHIND = LoginSettings(country_header="X-Country", trusted_proxies=("10.0.0.0/8", "fd00::/8"))
CLAIMED = LoginSettings(oidc=OIDC.model_copy(update={"country_claim": "country"}))


def request(*said: str, peer: str | None = "10.1.2.3") -> Request:
    """A request with these headers, from a peer."""
    headers = [(b"x-country", each.encode()) for each in said]
    return Request({"type": "http", "headers": headers, "client": (peer, 1) if peer else None})


def test_a_trusted_proxy_is_believed_and_nobody_else() -> None:
    countries = Countries(BEHIND)
    for peer in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::1"):
        assert countries.at_sign_in(request("BR", peer=peer), None) == "BR"
    for peer in ("192.0.2.1", "11.0.0.1", "::1", "testclient", None):
        assert countries.at_sign_in(request("BR", peer=peer), None) is None


@pytest.mark.parametrize(
    ("said", "country"),
    [("BR", "BR"), (" br ", "BR"), ("XX", UNKNOWN), ("T1", UNKNOWN), ("", UNKNOWN), ("BRA", UNKNOWN)],
)
def test_what_is_no_country_is_unknown(said: str, country: str) -> None:
    assert country_of(said) == country


@pytest.mark.parametrize("said", [7, None, ["BR"], "ВR", "ﬁ"])
def test_a_claim_of_another_form_is_unknown(said: object) -> None:
    assert country_of(said) == UNKNOWN


@pytest.mark.parametrize(
    ("header", "claim", "kept"),
    [
        (("BR",), None, "BR"),
        ((), "BR", "BR"),
        (("BR",), "BR", "BR"),
        (("BR",), "KZ", None),
        (("BR", "KZ"), None, None),
        (("BR", "br "), None, None),
        (("XX",), "BR", None),
        (("BR",), UNKNOWN, None),
        ((), None, None),
    ],
)
def test_a_session_keeps_a_country_that_nothing_contradicts(
    header: tuple[str, ...], claim: str | None, kept: str | None
) -> None:
    assert Countries(BEHIND).at_sign_in(request(*header), claim) == kept


def test_a_session_is_where_it_began_unless_its_requests_come_from_elsewhere() -> None:
    countries = Countries(BEHIND)
    assert countries.now(request("BR"), "BR") == "BR"
    assert countries.now(request(), "BR") == "BR"
    assert countries.now(request("KZ", peer="192.0.2.1"), "BR") == "BR", "whoever may not say is not heard"
    assert countries.now(request("KZ"), "BR") == UNKNOWN
    assert countries.now(request("XX"), "BR") == UNKNOWN
    assert countries.now(request("BR"), None) == UNKNOWN, "what was not known at sign-in is not made up for"


def test_the_workplace_has_to_do_only_where_nothing_else_is_configured() -> None:
    assert Countries(LoginSettings()).now(request("BR"), None) is None
    assert Countries(LoginSettings()).without_session(request("BR")) is None
    assert Countries(BEHIND).without_session(request()) == UNKNOWN
    assert Countries(BEHIND).without_session(request("BR")) == "BR"
    assert Countries(CLAIMED).now(request(), None) == UNKNOWN
    assert Countries(CLAIMED).now(request("KZ"), "BR") == "BR", "no header is configured"
    assert Countries(CLAIMED).without_session(request("BR")) is None, "a token has no provider to ask"


@pytest.fixture
def settings(oidc: Oidc) -> OidcSettings:
    """The provider tells the country too."""
    there = ADDRESS.replace("http:", "https:")
    secret = "env:S"
    return OidcSettings(
        issuer=oidc.issuer, address=there, client_id=CLIENT, client_secret=secret, country_claim="country"
    )


@pytest.mark.parametrize(("said", "kept"), [("br", "BR"), ("Brazil", None), (7, None)])
async def test_a_session_keeps_the_country_that_the_provider_tells(
    browser: Browser, oidc: Oidc, identity: Identity, said: object, kept: str | None
) -> None:
    oidc.claims["country"] = said
    assert (await signed_in(browser, oidc)).status == 303
    [begun] = await identity.sessions.of_login("ann")
    assert begun.country == kept


async def test_a_sandbox_token_is_no_good_where_there_is_no_sandbox(browser: Browser, identity: Identity) -> None:
    token = await identity.tokens.give("ann")
    near = ("127.0.0.1", 5)
    browser.client = near
    asked = {"Authorization": f"Bearer {token}"}
    assert (await browser.post("/graphql", ME, **asked)).status == 200
    identity.callers._sandbox = False
    refused = await browser.post("/graphql", ME, **asked)
    assert (refused.status, "data" in refused.json) == (401, False)
