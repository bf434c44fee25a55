"""What of the provider's word is believed: signed by its key, for us, now, in answer to us. Nothing else."""

import logging
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from gateway.identity.login_settings import OidcSettings
from gateway.identity.provider import Proven, Provider
from gateway.identity.provider_wire import SignInFailed
from tests.unit.gateway.identity.oidc import CURVE, ONE, SECRET, TWO, Oidc, rsa

VERIFIER = "v" * 43


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
async def provider(settings: OidcSettings, ticks: Ticks) -> AsyncIterator[Provider]:
    made = Provider(settings, SECRET, ticks)
    yield made
    await made.close()


async def code_of(provider: Provider, oidc: Oidc, *, nonce: str = "n") -> str:
    return oidc.grant(await provider.authorization("s", nonce, VERIFIER))


async def proven(provider: Provider, oidc: Oidc) -> Proven:
    return await provider.prove(await code_of(provider, oidc), "n", VERIFIER)


async def refused(provider: Provider, oidc: Oidc) -> str:
    with pytest.raises(SignInFailed) as failure:
        await proven(provider, oidc)
    return failure.value.code


async def test_a_right_id_token_proves_a_login(provider: Provider, oidc: Oidc) -> None:
    assert await proven(provider, oidc) == Proven("ann", None)


async def test_groups_are_told_where_the_claim_is(provider: Provider, oidc: Oidc) -> None:
    oidc.claims = {"groups": ["a", 5, "b"]}
    assert await proven(provider, oidc) == Proven("ann", ("a", "b"))
    oidc.claims = {"groups": []}
    assert await proven(provider, oidc) == Proven("ann", ()), "told to be in none is not the same as not told"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": "another", "azp": "okno"},
        {"aud": None},
        {"aud": ["okno", "another"]},
        {"aud": ["okno", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": timedelta(seconds=-60)},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": timedelta(hours=1)},
        {"nbf": timedelta(hours=1)},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["n"]},
        {"sub": None},
        {"sub": ""},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    ],
    ids=str,
)
async def test_a_wrong_claim_proves_nothing(provider: Provider, oidc: Oidc, claims: dict[str, Any]) -> None:
    from_now = {
        name: time.time() + each.total_seconds() for name, each in claims.items() if isinstance(each, timedelta)
    }
    oidc.claims = {**claims, **{name: int(at) for name, at in from_now.items()}}
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


async def test_a_token_for_us_among_others_says_so(provider: Provider, oidc: Oidc) -> None:
    oidc.claims = {"aud": ["okno", "another"], "azp": "okno"}
    assert (await proven(provider, oidc)).login == "ann"


async def test_an_unsigned_token_proves_nothing(provider: Provider, oidc: Oidc) -> None:
    oidc.header, oidc.shared_secret = {"alg": "none"}, ""
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


@pytest.mark.parametrize("secret", [SECRET, ONE.as_pem(private=False).decode(), "guess" * 8])
async def test_a_shared_secret_or_the_public_key_as_one_proves_nothing(
    provider: Provider, oidc: Oidc, secret: str
) -> None:
    oidc.header, oidc.shared_secret = {"alg": "HS256", "kid": "one"}, secret
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


async def test_another_key_of_the_same_name_proves_nothing(provider: Provider, oidc: Oidc) -> None:
    oidc.key = rsa("one")
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


@pytest.mark.parametrize("token", ["", "a.b.c", "a", "....", "e30.e30.e30", "x" * 100_000])
async def test_what_is_no_token_proves_nothing(provider: Provider, oidc: Oidc, token: str) -> None:
    oidc.raw_token = token
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


async def test_an_elliptic_key_is_as_good(provider: Provider, oidc: Oidc) -> None:
    oidc.published, oidc.key, oidc.header = [ONE, CURVE], CURVE, {"alg": "ES256", "kid": "curve"}
    assert (await proven(provider, oidc)).login == "ann"


async def test_an_algorithm_that_the_provider_does_not_announce_is_refused(provider: Provider, oidc: Oidc) -> None:
    oidc.published, oidc.key, oidc.header = [ONE, CURVE], CURVE, {"alg": "ES256", "kid": "curve"}
    oidc.metadata = {"id_token_signing_alg_values_supported": ["RS256"]}
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


async def test_a_new_key_is_found_and_the_keys_are_not_fetched_again_for_nothing(
    provider: Provider, oidc: Oidc, ticks: Ticks
) -> None:
    await proven(provider, oidc)
    await proven(provider, oidc)
    assert (oidc.calls["discovery"], oidc.calls["jwks"]) == (1, 1)
    oidc.published, oidc.key, oidc.header = [ONE, TWO], TWO, {"alg": "RS256", "kid": "two"}
    ticks.now += 11
    assert (await proven(provider, oidc)).login == "ann"
    assert oidc.calls["jwks"] == 2


async def test_unknown_keys_do_not_make_us_ask_again_and_again(provider: Provider, oidc: Oidc, ticks: Ticks) -> None:
    await proven(provider, oidc)
    oidc.key, oidc.header = TWO, {"alg": "RS256", "kid": "two"}
    ticks.now += 11
    for _ in range(5):
        assert await refused(provider, oidc) == "ID_TOKEN_INVALID"
    assert oidc.calls["jwks"] == 2


async def test_a_withdrawn_key_is_forgotten_within_the_hour(provider: Provider, oidc: Oidc, ticks: Ticks) -> None:
    await proven(provider, oidc)
    oidc.published = [TWO]
    ticks.now += 3_601
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


async def test_claims_that_the_token_lacks_come_from_the_user_info(provider: Provider, oidc: Oidc) -> None:
    oidc.claims, oidc.info = {"preferred_username": None}, {"groups": ["a"], "nonce": "x"}
    assert await proven(provider, oidc) == Proven("ann", ("a",))


async def test_user_info_about_somebody_else_is_refused(provider: Provider, oidc: Oidc) -> None:
    oidc.info = {"sub": "another", "groups": ["okno-security-officers"]}
    assert await refused(provider, oidc) == "ID_TOKEN_INVALID"


async def test_the_signed_token_beats_the_user_info(provider: Provider, oidc: Oidc) -> None:
    oidc.info = {"preferred_username": "boss"}
    assert (await proven(provider, oidc)).login == "ann"


async def test_without_the_claim_nobody_is_proven(oidc: Oidc, settings: OidcSettings) -> None:
    for changes, claims in (
        ({"login_claim": "upn"}, {}),
        ({"login_claim": "email"}, {"email": "ann@corp.example", "email_verified": False}),
        ({}, {"preferred_username": "  "}),
        ({}, {"preferred_username": ["ann"]}),
    ):
        provider = Provider(settings.model_copy(update=changes), SECRET)
        oidc.claims = claims
        assert await refused(provider, oidc) == "LOGIN_UNKNOWN", changes
        await provider.close()


async def test_another_verifier_is_refused_by_the_provider(provider: Provider, oidc: Oidc) -> None:
    code = await code_of(provider, oidc)
    with pytest.raises(SignInFailed) as failure:
        await provider.prove(code, "n", "w" * 43)
    assert failure.value.code == "PROVIDER_REFUSED"


async def test_a_code_is_good_once(provider: Provider, oidc: Oidc) -> None:
    code = await code_of(provider, oidc)
    await provider.prove(code, "n", VERIFIER)
    with pytest.raises(SignInFailed) as failure:
        await provider.prove(code, "n", VERIFIER)
    assert failure.value.code == "PROVIDER_REFUSED"


async def test_the_secret_goes_in_the_way_the_provider_takes(oidc: Oidc, settings: OidcSettings) -> None:
    for methods in (None, ["client_secret_basic", "client_secret_post"], ["client_secret_post"]):
        oidc.metadata = {"token_endpoint_auth_methods_supported": methods}
        provider = Provider(settings, SECRET)
        assert (await proven(provider, oidc)).login == "ann", methods
        await provider.close()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"token_endpoint": "http://other.example/token"},
        {"authorization_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"code_challenge_methods_supported": ["plain"]},
        {"padding": "x" * 2_000_000},
    ],
    ids=lambda each: next(iter(each)),
)
async def test_a_provider_that_is_not_as_expected_is_not_used(
    provider: Provider, oidc: Oidc, metadata: dict[str, Any]
) -> None:
    oidc.metadata = metadata
    with pytest.raises(SignInFailed) as failure:
        await provider.authorization("s", "n", VERIFIER)
    assert failure.value.code == "PROVIDER_INVALID"


async def test_a_provider_that_is_down_is_said_to_be(settings: OidcSettings) -> None:
    provider = Provider(settings.model_copy(update={"issuer": "http://127.0.0.1:9"}), SECRET)
    with pytest.raises(SignInFailed) as failure:
        await provider.authorization("s", "n", VERIFIER)
    assert failure.value.code == "PROVIDER_UNAVAILABLE"
    assert await provider.goodbye() is None
    await provider.close()


async def test_what_was_published_serves_while_the_provider_stumbles(
    provider: Provider, oidc: Oidc, ticks: Ticks
) -> None:
    await proven(provider, oidc)
    oidc.status = 503
    ticks.now += 3_601
    assert (await provider.authorization("s", "n", VERIFIER)).startswith(oidc.issuer)


async def test_no_secret_reaches_the_log_or_an_error(
    provider: Provider, oidc: Oidc, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = await code_of(provider, oidc)
    oidc.claims = {"nonce": "another"}
    with pytest.raises(SignInFailed) as failure:
        await provider.prove(code, "n", VERIFIER)
    for secret in (SECRET, code, VERIFIER, "access ann"):
        assert secret not in str(failure.value)
        assert not any(secret in each.getMessage() for each in caplog.records if each.name.startswith("okno"))


async def test_a_sender_that_is_another_provider_is_refused(provider: Provider, oidc: Oidc) -> None:
    await provider.check_sender(oidc.issuer)
    await provider.check_sender(None)
    with pytest.raises(SignInFailed):
        await provider.check_sender("https://other.example")


async def test_a_promised_sender_may_not_be_missing(provider: Provider, oidc: Oidc) -> None:
    oidc.metadata = {"authorization_response_iss_parameter_supported": True}
    with pytest.raises(SignInFailed):
        await provider.check_sender(None)


def test_the_keys_of_these_tests_are_different() -> None:
    assert isinstance(ONE, RSAKey)
    assert ONE.thumbprint() != TWO.thumbprint()
