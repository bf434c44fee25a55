"""Provider: the OpenID Connect provider of an installation. Source: OpenID Connect Core 1.0, Discovery 1.0; RFC 7636.

Authlib knows the forms of requests and the rules of an ID token's claims, joserfc the signatures. Authlib's own clients
stand on requests or httpx; here aiohttp carries the calls, as it does those to the sources.
"""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_plus

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from gateway.identity.countries import country_of
from gateway.identity.login_settings import OidcSettings, is_safe_address
from gateway.identity.provider_keys import KEPT, ProviderKeys, told
from gateway.identity.provider_wire import Facts, ProviderWire, SignInFailed

_USUAL: Final = frozenset({"RS256"})
_LEEWAY: Final = 30
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom the provider says somebody is. Shape: `groups` and `country` None where it tells none."""

    login: str
    groups: tuple[str, ...] | None
    country: str | None = None


class Provider:
    """Asks one provider. What it publishes of itself is kept for an hour, its keys until one appears that is unknown."""

    def __init__(self, settings: OidcSettings, secret: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.redirect = f"{settings.address}/auth/callback"
        self._settings = settings
        self._secret = secret
        self._clock = clock
        self._metadata: tuple[float, Facts] | None = None
        self._wire = ProviderWire()
        self._keys = ProviderKeys(self._wire, clock)

    async def authorization(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser to sign in. Raises: SignInFailed."""
        metadata = await self.metadata()
        url: str = prepare_grant_uri(
            str(metadata["authorization_endpoint"]),
            self._settings.client_id,
            "code",
            self.redirect,
            list(self._settings.scopes),
            state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]  # described without types
            code_challenge_method="S256",
        )
        return url

    async def check_sender(self, issuer: str | None) -> None:
        """Refuse an answer that another provider sent. Source: RFC 9207. Raises: SignInFailed."""
        promised = (await self.metadata()).get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and promised) or (issuer is not None and issuer != self._settings.issuer):
            raise SignInFailed("SIGN_IN_STALE", "the answer is not the provider's own")

    async def prove(self, code: str, nonce: str, verifier: str) -> Proven:
        """Whom a code of the provider stands for: exchanged for an ID token, which is verified. Raises: SignInFailed."""
        told = await self._exchange(code, verifier)
        id_token, access_token = told.get("id_token"), told.get("access_token")
        if not isinstance(id_token, str):
            raise SignInFailed("ID_TOKEN_INVALID", "the provider gave no ID token")
        claims: dict[str, object] = dict(await self.verified(id_token, nonce, access_token))
        named = (self._settings.login_claim, self._settings.groups_claim, self._settings.country_claim)
        wanted = [name for name in named if name is not None]
        if any(name not in claims for name in wanted) and isinstance(access_token, str):
            claims = await self._user_info(access_token, str(claims["sub"])) | claims
        claimed = claims.get(self._settings.country_claim) if self._settings.country_claim else None
        country = country_of(claimed) if claimed is not None else None
        return Proven(self._login(claims), self._groups(claims), country)

    async def verified(self, id_token: str, nonce: str, access_token: object = None) -> Facts:
        """The claims of an ID token that is signed by the provider, for us, now, in answer to us. Raises: SignInFailed."""
        metadata = await self.metadata()
        said = metadata.get("id_token_signing_alg_values_supported")
        algorithms = frozenset(each for each in said if isinstance(each, str)) if isinstance(said, list) else _USUAL
        token = await self._keys.decoded(id_token, str(metadata["jwks_uri"]), algorithms)
        ours = self._settings.client_id
        checked = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": metadata["issuer"]},
                "aud": {"essential": True, "value": ours},
                "sub": {"essential": True},
            },
            {"nonce": nonce, "client_id": ours, "access_token": access_token},
        )
        try:
            checked.validate(leeway=_LEEWAY)
        except (JoseError, TypeError, ValueError) as problem:  # TypeError: a claim of a kind nobody expects
            raise SignInFailed("ID_TOKEN_INVALID", f"claims of the ID token: {told(problem)}") from None
        return dict(checked)

    async def metadata(self) -> Facts:
        """What the provider publishes of itself. Raises: SignInFailed."""
        if self._metadata is not None and self._clock() - self._metadata[0] < KEPT:
            return self._metadata[1]
        issuer = self._settings.issuer
        try:
            found = await self._wire.json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != issuer:
                raise SignInFailed("PROVIDER_INVALID", "the provider publishes another issuer than is configured")
            for name in _ENDPOINTS:
                if not is_safe_address(str(found.get(name))):
                    raise SignInFailed("PROVIDER_INVALID", f"the provider publishes no safe {name}")
            methods = found.get("code_challenge_methods_supported", ["S256"])
            if not isinstance(methods, list) or "S256" not in methods:
                raise SignInFailed("PROVIDER_INVALID", "the provider does not know PKCE with S256")
        except SignInFailed as problem:
            if self._metadata is None or problem.code != "PROVIDER_UNAVAILABLE":
                raise
            return self._metadata[1]  # what was true an hour ago serves better than nothing
        self._metadata = self._clock(), found
        return found

    async def goodbye(self) -> str | None:
        """Where to send the browser so that the provider ends its own session too, None where it offers none."""
        try:
            url = (await self.metadata()).get("end_session_endpoint")
        except SignInFailed:
            return None
        if not isinstance(url, str) or not is_safe_address(url):
            return None
        back = f"{self._settings.address}/"
        query = f"client_id={quote_plus(self._settings.client_id)}&post_logout_redirect_uri={quote_plus(back)}"
        return f"{url}{'&' if '?' in url else '?'}{query}"

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def _exchange(self, code: str, verifier: str) -> Facts:
        metadata = await self.metadata()
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        who, secret = self._settings.client_id, self._secret
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        form = {"code": code, "code_verifier": verifier}
        if secret is not None and isinstance(methods, list) and "client_secret_basic" in methods:
            # each part is encoded as a form's value first. Source: RFC 6749, 2.3.1
            pair = f"{quote_plus(who)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": who} | ({"client_secret": secret} if secret is not None else {})
        body: str = prepare_token_request("authorization_code", "", self.redirect, **form)
        return await self._wire.json("POST", str(metadata["token_endpoint"]), headers, body)

    async def _user_info(self, access_token: str, subject: str) -> dict[str, object]:
        url = (await self.metadata()).get("userinfo_endpoint")
        if not isinstance(url, str) or not is_safe_address(url):
            return {}
        found = await self._wire.json("GET", url, {"Authorization": f"Bearer {access_token}"})
        if found.get("sub") != subject:
            raise SignInFailed("ID_TOKEN_INVALID", "the provider's user info is about somebody else")
        return dict(found)

    def _login(self, claims: Facts) -> str:
        name = self._settings.login_claim
        login = claims.get(name)
        if not isinstance(login, str) or not login.strip() or len(login) > 200:
            raise SignInFailed("LOGIN_UNKNOWN", f"the provider tells no claim {name}")
        if name == "email" and claims.get("email_verified") is False:
            raise SignInFailed("LOGIN_UNKNOWN", "the provider has not verified the e-mail address")
        return login

    def _groups(self, claims: Facts) -> tuple[str, ...] | None:
        groups = claims.get(self._settings.groups_claim) if self._settings.groups_claim else None
        if not isinstance(groups, list):
            return None
        return tuple(each for each in groups if isinstance(each, str))
