"""An identity provider's administration: sessions found by user, ended one by one or all at once."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypedDict

from aiohttp import web

from sources.kit.twin.http import HttpTwin
from sources.kit.twin.oauth import CLIENT_ID, CLIENT_SECRET, TokenDesk

MOST_USERS: Final = 50
MOST_SESSIONS: Final = 500
"""Sessions in one page, whatever is asked for."""


class Session(TypedDict):
    """One session in the provider's words. Units: moments in milliseconds since 1970."""

    id: str
    userId: str
    clients: list[dict[str, str]]
    ipAddress: str
    userAgent: str
    start: int
    lastAccess: int
    expires: int


class IdentityTwin(HttpTwin):
    """The identity provider. Seed: sessions. `page` makes pages smaller than the provider's own."""

    passing = frozenset({"tokens"})

    def __init__(
        self, sessions: Iterable[Session], *, realm: str = "corp", page: int = MOST_SESSIONS, token_life: int = 3600
    ) -> None:
        super().__init__()
        self.realm = realm
        self.page = page
        self.sessions: dict[str, Session] = {session["id"]: session for session in sessions}
        self.tokens = TokenDesk(f"/realms/{realm}/protocol/openid-connect/token", life=token_life)

    def settings(self) -> Mapping[str, str]:
        """Address, realm and client."""
        return {"url": self.url, "realm": self.realm, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    def application(self) -> web.Application:
        """Login, search, and the two ways to end sessions."""
        admin = f"/admin/realms/{self.realm}"
        application = web.Application(middlewares=[self.tokens.check])
        application.add_routes(
            [
                web.post(self.tokens.login_path, self.tokens.log_in),
                web.post(f"{admin}/sessions/search", self._search),
                web.delete(f"{admin}/sessions/{{id}}", self._end),
                web.post(f"{admin}/users/{{id}}/logout", self._log_out),
            ]
        )
        return application

    async def _search(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        users = wanted.get("userIds")
        if not isinstance(users, list) or not users or len(users) > MOST_USERS:
            return _error(400, f"userIds: give 1 to {MOST_USERS}")
        folded = {str(user).casefold() for user in users}
        after = wanted.get("after", "")
        size = min(self.page, int(wanted.get("max", MOST_SESSIONS)))
        mine = (each for each in self.sessions.values() if each["userId"].casefold() in folded and each["id"] > after)
        found = sorted(mine, key=lambda each: each["id"])
        page: dict[str, Any] = {"sessions": found[:size]}
        if len(found) > size:
            page["next"] = found[size - 1]["id"]
        return web.json_response(page)

    async def _end(self, request: web.Request) -> web.Response:
        if self.sessions.pop(request.match_info["id"], None) is None:
            return _error(404, "Session not found")
        return web.Response(status=204)

    async def _log_out(self, request: web.Request) -> web.Response:
        user = request.match_info["id"].casefold()
        self.sessions = {key: each for key, each in self.sessions.items() if each["userId"].casefold() != user}
        return web.Response(status=204)


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)
