"""Session pages: who am I, where else am I signed in, and for which team do I work now."""

from datetime import datetime
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.identity import cookies
from gateway.identity.callers import Caller, Callers, Refusal
from gateway.identity.sessions import Sessions, SignedIn
from gateway.identity.sign_in import HEADERS, refused

_MOST_BODY: Final = 1_024


class SessionPages:
    """`/auth/session`, `/auth/sessions`, `/auth/team`. Shape: `sign_in` is where people sign in, None where nobody can."""

    def __init__(self, sessions: Sessions, callers: Callers, sign_in: str | None) -> None:
        self._sessions = sessions
        self._callers = callers
        self._sign_in = sign_in

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/auth/session", self.session, methods=["GET"]),
            Route("/auth/sessions", self.sessions, methods=["GET"]),
            Route("/auth/sessions/{id}", self.end, methods=["DELETE"]),
            Route("/auth/team", self.choose_team, methods=["POST"]),
        ]

    async def session(self, http: Request) -> Response:
        """Who asks, until when, and for which team."""
        caller = await self._callers.caller(http)
        if isinstance(caller, Refusal):
            answer = refused(caller)
            if self._sign_in is not None and caller.status == 401:
                answer.headers["Link"] = f'<{self._sign_in}>; rel="authenticate"'
            return answer
        viewer = self._callers.viewer(caller)
        current = await self._sessions.of(http.cookies.get(cookies.SESSION, "")) if caller.session_id else None
        teams = viewer.teams if viewer is not None else ()
        active = viewer.active_team.id if viewer is not None and viewer.active_team is not None else None
        told = {
            "login": caller.login,
            "kind": caller.kind,
            "teams": [{"id": team.id, "title": team.title, "active": team.id == active} for team in teams],
            "groupsAsOf": _moment(caller.groups_as_of),
            "scopes": sorted(caller.scopes),
            "session": _told(current, current.id) if current is not None else None,
        }
        return JSONResponse(told, 200, HEADERS)

    async def sessions(self, http: Request) -> Response:
        """The caller's own sessions, the one used last first."""
        caller = await self._of_session(http)
        if isinstance(caller, Refusal):
            return refused(caller)
        found = await self._sessions.of_login(caller.login)
        return JSONResponse({"sessions": [_told(each, caller.session_id) for each in found]}, 200, HEADERS)

    async def end(self, http: Request) -> Response:
        """End one of the caller's own sessions, recorded now or later. Another's looks like one that does not exist."""
        caller = await self._of_session(http)
        if isinstance(caller, Refusal):
            return refused(caller)
        ended = http.path_params["id"]
        if not await self._sessions.leave(ended, caller.login):
            return refused(Refusal(404, "BAD_INPUT", "expected the id of a session of yours"))
        answer = Response(status_code=204, headers=HEADERS)
        if ended == caller.session_id:
            cookies.drop(answer, cookies.SESSION)
        return answer

    async def choose_team(self, http: Request) -> Response:
        """Work for another of one's teams from now on, in this session."""
        caller = await self._of_session(http)
        if isinstance(caller, Refusal):
            return refused(caller)
        team = await _team_in(http)
        viewer = self._callers.viewer(caller, team) if team else None
        if team is None or viewer is None or viewer.active_team is None:
            return refused(Refusal(400, "BAD_INPUT", "team: expected the id of a team of yours"))
        assert caller.session_id is not None
        await self._sessions.choose_team(caller.session_id, team, caller.login)
        return JSONResponse({"activeTeam": {"id": team, "title": viewer.active_team.title}}, 200, HEADERS)

    async def _of_session(self, http: Request) -> Caller | Refusal:
        caller = await self._callers.caller(http)
        if isinstance(caller, Caller) and caller.session_id is None:
            return Refusal(400, "BAD_INPUT", "a bearer token has no session")
        return caller


async def _team_in(http: Request) -> str | None:
    """The team that a small JSON body names."""
    if http.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return None
    content = bytearray()
    async for part in http.stream():
        content += part
        if len(content) > _MOST_BODY:
            return None
    try:
        body = orjson.loads(bytes(content))
    except orjson.JSONDecodeError:
        return None
    team = body.get("team") if isinstance(body, dict) else None
    return team if isinstance(team, str) and team else None


def _told(session: SignedIn, current: str | None) -> dict[str, object]:
    return {
        "id": session.id,
        "current": session.id == current,
        "createdAt": _moment(session.created_at),
        "seenAt": _moment(session.seen_at),
        "idleUntil": _moment(session.idle_until),
        "expiresAt": _moment(session.expires_at),
        "address": session.address,
        "agent": session.agent,
        "activeTeam": session.active_team,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
