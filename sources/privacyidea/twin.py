"""A privacyIDEA server with login, token listing and token administration. Source: privacyIDEA 3.14."""

import itertools
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from sources.kit.twin.http import Handler, HttpTwin

_LIFE: Final = 3600.0
_MOST: Final = 1000


@dataclass(slots=True)
class PiToken:
    """A token. Shape: `tokentype` in privacyIDEA's words; `info` as its token info, all texts."""

    serial: str
    tokentype: str
    username: str
    description: str = ""
    active: bool = True
    locked: bool = False
    revoked: bool = False
    failcount: int = 0
    maxfail: int = 10
    rollout_state: str = "enrolled"
    info: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PiSeed:
    """A filled server: a realm, the users its resolver finds (login to the user store's id), and their tokens."""

    realm: str
    users: Mapping[str, str]
    tokens: Sequence[PiToken]


class PrivacyIdeaTwin(HttpTwin):
    """The second-factor server. `expire_sessions` makes it forget every login."""

    def __init__(self, seed: PiSeed, *, admin: str = "okno", password: str = "twin-password") -> None:
        super().__init__()
        self.realm = seed.realm
        self.users = dict(seed.users)
        self.tokens = {token.serial: token for token in seed.tokens}
        self.admin, self.password = admin, password
        self._sessions: dict[str, float] = {}
        self._ids = itertools.count(1)

    def settings(self) -> Mapping[str, str]:
        """Address, administrator and realm."""
        return {"url": self.url, "user": self.admin, "password": self.password, "realm": self.realm}

    def expire_sessions(self) -> None:
        """Every session token given so far is good no longer."""
        self._sessions.clear()

    def application(self) -> web.Application:
        """Login, listing, and what may be done with a token."""
        application = web.Application(middlewares=[self._signed_in])
        application.add_routes(
            [
                web.post("/auth", self._auth),
                web.get("/token/", self._list),
                web.post("/token/init", self._init),
                web.post("/token/{deed:disable|enable|reset|revoke}", self._change),
                web.delete("/token/{serial}", self._delete),
            ]
        )
        return application

    @web.middleware
    async def _signed_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/auth":
            return await handler(request)
        token = request.headers.get("Authorization")
        if not token:
            return self._error(401, 4033, "Authentication failure. Missing Authorization header.")
        if self._sessions.get(token, 0.0) < time.monotonic():
            return self._error(401, 4031, "Authentication failure. Your token has expired.")
        return await handler(request)

    async def _auth(self, request: web.Request) -> web.Response:
        given = await request.json()
        if (given.get("username"), given.get("password")) != (self.admin, self.password):
            return self._error(401, 4031, "Authentication failed.")
        token = f"eyJhbGciOiJIUzI1NiJ9.{secrets.token_urlsafe(24)}.{secrets.token_urlsafe(16)}"
        self._sessions[token] = time.monotonic() + _LIFE
        return self._value({"token": token, "role": "admin", "username": self.admin, "realm": "", "auth": True})

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        found = sorted(self.tokens.values(), key=lambda token: token.serial)
        user, _, suffix = query.get("user", "").partition("@")
        if suffix and suffix != self.realm:
            user = query["user"]
        if user and (user not in self.users or query.get("realm", self.realm).lower() != self.realm.lower()):
            return self._error(400, 904, "ERR904: The user can not be found in any resolver in this realm!")
        if user:
            found = [token for token in found if token.username == user]
        if "serial" in query:
            found = [token for token in found if token.serial in query["serial"].split(",")]
        size = min(_MOST, max(1, int(query.get("pagesize", "15"))))
        page = max(1, int(query.get("page", "1")))
        shown = found[(page - 1) * size : page * size]
        return self._value(
            {
                "count": len(found),
                "prev": page - 1 if page > 1 else None,
                "next": page + 1 if page * size < len(found) else None,
                "tokens": [self._token(token) for token in shown],
            }
        )

    async def _init(self, request: web.Request) -> web.Response:
        given = await request.json()
        user = given.get("user", "")
        if user and user not in self.users:
            return self._error(400, 904, "ERR904: The user can not be found in any resolver in this realm!")
        kind = given.get("type", "hotp")
        serial = given.get("serial") or f"{kind.upper()[:4]}{secrets.token_hex(4).upper()}"
        token = PiToken(serial, kind, user, given.get("description", ""))
        token.info["creation_date"] = datetime.now(UTC).isoformat(timespec="seconds")
        self.tokens[serial] = token
        return self._value(True, {"serial": serial, "rollout_state": token.rollout_state})

    async def _change(self, request: web.Request) -> web.Response:
        given = await request.json()
        token = self.tokens.get(given.get("serial", ""))
        if token is None:
            return self._error(404, 601, f"No token found for serials: {given.get('serial')}")
        deed = request.match_info["deed"]
        if deed in ("disable", "enable"):
            token.active = deed == "enable"
        elif deed == "reset":
            token.failcount = 0
        else:
            token.revoked = token.locked = True
        return self._value(1)

    async def _delete(self, request: web.Request) -> web.Response:
        serial = request.match_info["serial"]
        if self.tokens.pop(serial, None) is None:
            return self._error(404, 601, f"No token found for serials: {serial}")
        return self._value(1)

    def _token(self, token: PiToken) -> dict[str, Any]:
        assigned = bool(token.username)
        return {
            "id": next(self._ids),
            "serial": token.serial,
            "tokentype": token.tokentype,
            "description": token.description,
            "active": token.active,
            "locked": token.locked,
            "revoked": token.revoked,
            "failcount": token.failcount,
            "maxfail": token.maxfail,
            "rollout_state": token.rollout_state,
            "otplen": 6,
            "count": 0,
            "info": token.info,
            "username": token.username,
            "user_id": self.users.get(token.username, ""),
            "user_realm": self.realm if assigned else "",
            "realms": [self.realm] if assigned else [],
            "resolver": self.realm if assigned else "",
            "container_serial": "",
        }

    def _value(self, value: object, detail: object = None) -> web.Response:
        return self._answer(200, {"status": True, "value": value}, detail)

    def _error(self, status: int, code: int, words: str) -> web.Response:
        return self._answer(status, {"status": False, "error": {"code": code, "message": words}}, None)

    def _answer(self, status: int, result: Mapping[str, object], detail: object) -> web.Response:
        body = {"detail": detail, "id": 1, "jsonrpc": "2.0", "result": result, "time": time.time()}
        signed = {"signature": f"rsa_sha256_pss:{secrets.token_hex(16)}", "version": "privacyIDEA 3.14"}
        return web.json_response({**body, **signed}, status=status)
