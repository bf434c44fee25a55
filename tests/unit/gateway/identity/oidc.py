"""An OpenID Connect provider over real HTTP, small enough to be told to misbehave."""

import base64
import hashlib
import hmac
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT, SECRET = "okno", "s:cret/+ü"


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


ONE, TWO = rsa("one"), rsa("two")
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig", "alg": "ES256"})


@dataclass(slots=True)
class Oidc:
    """What it is told: claims that replace or (None) drop the right ones, the key and algorithm it signs with."""

    issuer: str = ""
    published: list[Any] = field(default_factory=lambda: [ONE])
    key: Any = field(default_factory=lambda: ONE)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    claims: dict[str, Any] = field(default_factory=dict)
    info: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    raw_token: str | None = None
    shared_secret: str | None = None
    calls: Counter[str] = field(default_factory=Counter)
    authorizations: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def grant(self, location: str, login: str = "ann") -> str:
        """What the provider's page does when somebody has signed in there. Returns: the code."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert location.startswith(f"{self.issuer}/authorize?")
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "login": login}
        return code

    def id_token(self, asked: Mapping[str, str]) -> str:
        if self.raw_token is not None:
            return self.raw_token
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": f"subject of {asked['login']}",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": asked["login"],
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        if self.shared_secret is not None:
            return forged(self.header, kept, self.shared_secret)
        return jwt.encode(self.header, kept, self.key, algorithms=[self.header["alg"]])

    async def discovery(self, _: web.Request) -> web.Response:
        self.calls["discovery"] += 1
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/end",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            **self.metadata,
        }
        return web.json_response({name: value for name, value in told.items() if value is not None}, status=self.status)

    async def jwks(self, _: web.Request) -> web.Response:
        self.calls["jwks"] += 1
        return web.json_response(KeySet(list(self.published)).as_dict(private=False), status=self.status)

    async def token(self, request: web.Request) -> web.Response:
        self.calls["token"] += 1
        form = await request.post()
        asked = self.codes.pop(str(form.get("code")), None)
        challenge = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
        ours = {"challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="), "auth": _client(request, form)}
        if ours["auth"] != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        if asked is None or ours["challenge"] != asked["code_challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if form.get("redirect_uri") != asked["redirect_uri"] or form.get("grant_type") != "authorization_code":
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = {"access_token": f"access {asked['login']}", "token_type": "Bearer", "id_token": self.id_token(asked)}
        return web.json_response(token, status=self.status)

    async def me(self, request: web.Request) -> web.Response:
        self.calls["me"] += 1
        login = request.headers["Authorization"].removeprefix("Bearer access ")
        return web.json_response({"sub": f"subject of {login}", "preferred_username": login, **(self.info or {})})


def _client(request: web.Request, form: Mapping[str, Any]) -> tuple[str, str]:
    said = request.headers.get("Authorization", "")
    if not said.startswith("Basic "):
        return str(form.get("client_id")), str(form.get("client_secret"))
    name, _, secret = base64.b64decode(said.removeprefix("Basic ")).decode().partition(":")
    decoded = parse_qs(f"n={name}&s={secret}")
    return decoded["n"][0], decoded["s"][0]


def forged(header: Mapping[str, Any], claims: Mapping[str, Any], secret: str) -> str:
    """A token signed with a shared secret, or not at all; by hand, for the library makes none that are so bad."""
    parts = b".".join(_coded(orjson.dumps(part)) for part in (header, claims))
    mark = hmac.digest(secret.encode(), parts, "sha256") if header["alg"] != "none" else b""
    return b".".join((parts, _coded(mark))).decode()


def _coded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@asynccontextmanager
async def serving(oidc: Oidc) -> AsyncIterator[Oidc]:
    application = web.Application()
    routes = [
        web.get("/.well-known/openid-configuration", oidc.discovery),
        web.get("/jwks", oidc.jwks),
        web.post("/token", oidc.token),
        web.get("/me", oidc.me),
    ]
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    oidc.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield oidc
    finally:
        await runner.cleanup()
