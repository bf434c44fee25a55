"""The token endpoint of a twin: client credentials in, bearer tokens out, refused when they end."""

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CLIENT_ID: Final = "okno"
CLIENT_SECRET: Final = "twin-secret"  # noqa: S105 - opens nothing but a twin on loopback


class TokenDesk:
    """Tokens of one twin. Units: `life` in seconds. Source: RFC 6749, 4.4 and 5.2; RFC 6750, 3.1."""

    def __init__(self, login_path: str, *, life: int = 3600) -> None:
        self.login_path = login_path
        self.life = life
        self._good_until: dict[str, float] = {}

    def revoke(self) -> None:
        """Refuse every token given so far."""
        self._good_until.clear()

    async def log_in(self, request: web.Request) -> web.Response:
        """Answer a login."""
        form = await request.post()
        if form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "unsupported_grant_type"}, status=400)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        token = secrets.token_urlsafe(24)
        self._good_until[token] = time.monotonic() + self.life
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": self.life})

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let only good tokens past, except to the login."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        good = scheme == "Bearer" and self._good_until.get(token, 0.0) > time.monotonic()
        if request.path == self.login_path or good:
            return await handler(request)
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return web.json_response({"error": "invalid_token"}, status=401, headers=challenge)
