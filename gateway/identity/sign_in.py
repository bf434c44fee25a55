"""Sign-in: to the provider and back, and out again. Source: OpenID Connect Core 1.0, 3.1; RP-Initiated Logout 1.0."""

import html
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from audit.trail import TrailUnavailable
from gateway.identity import cookies
from gateway.identity.attempt import LIFE, Attempt
from gateway.identity.callers import Caller, Callers, Groups, Refusal
from gateway.identity.countries import Countries
from gateway.identity.provider import Proven, Provider
from gateway.identity.provider_wire import SignInFailed
from gateway.identity.sessions import Sessions
from sources.ports.call import utc_now

log = logging.getLogger("okno.identity")

_MOST_ATTEMPTS: Final = 5
_LONGEST: Final = 4_096
_PATIENCE: Final = 4.0
"""Seconds for the directory: who signs in may wait longer than who asks."""
_WORDS: Final = {
    "SIGN_IN_STALE": (400, "This attempt to sign in is not known here, or it took too long."),
    "SIGN_IN_REFUSED": (403, "The sign-in service did not let you in."),
    "NO_TEAM": (403, "You are signed in, but no team of Okno names you or one of your groups."),
    "LOGIN_UNKNOWN": (502, "The sign-in service did not tell who you are."),
    "ID_TOKEN_INVALID": (502, "What the sign-in service said of you could not be verified."),
    "PROVIDER_REFUSED": (502, "The sign-in service refused to tell who you are."),
    "PROVIDER_INVALID": (502, "The sign-in service is not set up as Okno expects."),
    "UNRECORDED": (503, "That you sign in cannot be recorded now, so you are not signed in. Try again."),
    "PROVIDER_UNAVAILABLE": (503, "The sign-in service cannot be reached."),
}
"""The closed list of what can go wrong: status and words."""
_DENIED: Final = frozenset({"SIGN_IN_REFUSED", "NO_TEAM", "LOGIN_UNKNOWN", "ID_TOKEN_INVALID"})
"""Of these the provider has said something."""
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


class SignIn:
    """`/auth/login`, `/auth/callback`, `/auth/logout`."""

    def __init__(
        self,
        provider: Provider | None,
        sessions: Sessions,
        callers: Callers,
        groups: Groups,
        countries: Countries,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._provider = provider
        self._sessions = sessions
        self._callers = callers
        self._groups = groups
        self._countries = countries
        self._clock = clock

    def routes(self) -> list[Route]:
        """Signing in exists where a provider is configured; signing out always does."""
        found = [Route("/auth/logout", self.logout, methods=["POST"])]
        if self._provider is not None:
            found.append(Route("/auth/login", self.login, methods=["GET"]))
            found.append(Route("/auth/callback", self.callback, methods=["GET"]))
        return found

    async def login(self, http: Request) -> Response:
        """Send the browser to the provider. `?next=` is a local address to come back to."""
        assert self._provider is not None
        attempt = Attempt.begun(http.query_params.get("next"), self._clock())
        try:
            there = await self._provider.authorization(attempt.state, attempt.nonce, attempt.verifier)
        except SignInFailed as problem:
            return _failed(http, problem)
        answer = RedirectResponse(there, 303, HEADERS)
        before = cookies.attempts(http.cookies)
        for name in before if len(before) >= _MOST_ATTEMPTS else ():
            cookies.drop(answer, name)
        cookies.keep(answer, cookies.attempt_name(attempt.state), attempt.cookie, int(LIFE.total_seconds()))
        return answer

    async def callback(self, http: Request) -> Response:
        """Take the provider's answer, and begin a session with a new cookie. An earlier session of the browser ends."""
        state = http.query_params.get("state", "")[:_LONGEST]
        name = cookies.attempt_name(state)
        try:
            attempt = Attempt.read(http.cookies.get(name, ""), state, self._clock())
            if attempt is None:
                raise SignInFailed("SIGN_IN_STALE", "state does not belong to this browser, or is old")
            proven = await self._proven(http, attempt)
            answer = await self._begun(http, proven, attempt.target)
        except SignInFailed as problem:
            await self._denied(http, problem)
            answer = _failed(http, problem)
        except TrailUnavailable:
            answer = _failed(http, SignInFailed("UNRECORDED", "the trail cannot be written"))
        cookies.drop(answer, name)
        return answer

    async def _denied(self, http: Request, problem: SignInFailed) -> None:
        """That somebody whom the provider knows was not let in stands in the trail; what strangers send does not."""
        if problem.code in _DENIED:
            try:
                await self._sessions.denied(problem.code, problem.login, http.client.host if http.client else None)
            except TrailUnavailable:
                log.exception("a sign-in that was denied could not be recorded")

    async def logout(self, http: Request) -> Response:
        """End the session of the cookie, whether or not it can be recorded now: nobody is kept signed in by a full disk.

        Shape: the answer's `next` is where the provider ends its own, or null.
        """
        if not self._callers.is_meant(http):
            refusal = {"code": "BAD_INPUT", "message": "send Okno-Request: 1 from a page of this origin"}
            return JSONResponse({"error": refusal}, 403, HEADERS)
        secret = http.cookies.get(cookies.SESSION)
        signed_in = await self._sessions.of(secret) if secret else None
        there = None
        if signed_in is not None:
            await self._sessions.leave(signed_in.id, signed_in.login)
            log.info("signed out: %s", signed_in.login, extra={"session": signed_in.id})
            there = await self._provider.goodbye() if self._provider is not None else None
        answer = JSONResponse({"signedOut": True, "next": there}, 200, HEADERS)
        cookies.drop(answer, cookies.SESSION)
        return answer

    async def _proven(self, http: Request, attempt: Attempt) -> Proven:
        assert self._provider is not None
        query = http.query_params
        await self._provider.check_sender(query.get("iss"))
        if "error" in query:
            refused = query["error"] in ("access_denied", "login_required", "consent_required", "interaction_required")
            raise SignInFailed(
                "SIGN_IN_REFUSED" if refused else "PROVIDER_REFUSED", f"provider: {query['error'][:60]!r}"
            )
        code = query.get("code")
        if not code or len(code) > _LONGEST:
            raise SignInFailed("PROVIDER_REFUSED", "the provider sent no code")
        return await self._provider.prove(code, attempt.nonce, attempt.verifier)

    async def _begun(self, http: Request, proven: Proven, target: str) -> Response:
        known = await self._groups.groups_of(proven.login, _PATIENCE)
        login = known.login or proven.login  # as the directory spells it, so that nobody is two people
        if not (login.isascii() and proven.login.isascii() and login.lower() == proven.login.lower()) and (
            login != proven.login
        ):
            raise SignInFailed(
                "NO_TEAM", "the directory knows this login by another name", login
            )  # letters that only look alike
        groups = frozenset(proven.groups) if proven.groups is not None else known.groups
        viewer = self._callers.viewer(Caller(login, "SESSION", groups))
        if viewer is None or viewer.service:
            raise SignInFailed("NO_TEAM", f"{login} belongs to no team, or is a service", login)
        before = await self._sessions.of(http.cookies.get(cookies.SESSION, ""))
        if before is not None:
            await self._sessions.end(before.id, before.login)
        secret, begun = await self._sessions.begin(
            login,
            proven.groups,
            address=http.client.host if http.client else None,
            agent=http.headers.get("user-agent"),
            country=self._countries.at_sign_in(http, proven.country),
        )
        log.info("signed in: %s", login, extra={"session": begun.id})
        answer = RedirectResponse(target, 303, HEADERS)
        cookies.keep(answer, cookies.SESSION, secret)
        return answer


def refused(refusal: Refusal) -> Response:
    """A refusal as the pages of identity tell it."""
    headers = {**HEADERS, "WWW-Authenticate": 'Bearer realm="okno"'} if refusal.status == 401 else HEADERS
    return JSONResponse({"error": {"code": refusal.code, "message": refusal.message}}, refusal.status, headers)


def _failed(http: Request, problem: SignInFailed) -> Response:
    """A page for people, JSON for programs; the code is the same, and the details are in the log alone."""
    status, words = _WORDS[problem.code]
    log.warning("sign-in failed: %s: %s", problem.code, problem)
    if "text/html" not in http.headers.get("accept", ""):
        return JSONResponse({"error": {"code": problem.code, "message": words}}, status, HEADERS)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Okno: sign-in</title>'
        f"<h1>Sign-in did not succeed</h1><p>{html.escape(words)}</p><p>Code: {problem.code}</p>"
        '<p><a href="/auth/login">Try again</a></p></html>'
    )
    return HTMLResponse(page, status, HEADERS)
