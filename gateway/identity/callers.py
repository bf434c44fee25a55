"""Callers: who makes a request, told from its headers, or why it is nobody."""

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal, Protocol

from starlette.requests import Request

from gateway.door.certificates import shown
from gateway.identity import cookies
from gateway.identity.countries import Countries
from gateway.identity.memberships import PATIENCE, Known
from gateway.identity.sessions import Sessions
from gateway.identity.tokens import ON_BEHALF, Bearer, Tokens
from gateway.identity.viewers import Viewers
from resolvers.asking import Viewer

log = logging.getLogger("okno.identity")

Kind = Literal["SANDBOX", "SESSION", "SERVICE"]
_LOGIN: Final = re.compile(r"[\w.@+'-]{1,200}")


class Groups(Protocol):
    """Where groups are asked for."""

    async def groups_of(self, login: str, patience: float = PATIENCE) -> Known:
        """The groups of a person. Units: `patience` in seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, and by what that is known.

    Shape: `scopes` limit a SERVICE; `team` is the one chosen in the session; `on_behalf_of` is the end user that a
    service names, who lends it nothing but a name; `country` is as in `Viewer`; `groups_as_of` tells the age of `groups`.
    """

    login: str
    kind: Kind
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    session_id: str | None = None
    team: str | None = None
    on_behalf_of: str | None = None
    country: str | None = None
    groups_as_of: datetime | None = None
    authenticated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is nobody's. Shape: `status` is that of HTTP, `code` of the closed list."""

    status: int
    code: str
    message: str


class Callers:
    """Knows callers by bearer token or session cookie. A token that is no good is never made up for by a cookie.

    Shape: `certificates` are what services have to show besides their tokens, by login.
    """

    def __init__(
        self,
        tokens: Tokens,
        sessions: Sessions,
        groups: Groups,
        viewers: Viewers,
        countries: Countries,
        address: str | None = None,
        *,
        sandbox: bool = False,
        certificates: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self._certificates = certificates
        self._tokens = tokens
        self._sessions = sessions
        self._groups = groups
        self._viewers = viewers
        self._countries = countries
        self._address = address
        self._sandbox = sandbox

    async def caller(self, http: Request, *, used: bool = True) -> Caller | Refusal:
        """Who makes this request. Shape: with `used`, a session counts as used by it."""
        said = http.headers.get("authorization")
        if said is not None:
            return await self._by_token(http, said)
        secret = http.cookies.get(cookies.SESSION)
        if secret is None:
            return _nobody("a bearer token or a session is needed")
        return await self._by_cookie(http, secret, used=used)

    def is_meant(self, http: Request) -> bool:
        """Whether a request with a cookie was made by a page of ours, or by no page at all."""
        return cookies.is_meant(http, self._address)

    def viewer(self, caller: Caller, team: str | None = None) -> Viewer | None:
        """The viewer that a caller is, in the team asked for, else in that of the session. None for a team not theirs."""
        for chosen in (team,) if team is not None else dict.fromkeys((caller.team, None)):
            found = self._viewers.viewer(
                caller.login,
                chosen,
                caller.groups,
                scopes=caller.scopes,
                country=caller.country,
                on_behalf_of=caller.on_behalf_of,
                session=caller.session_id,
                authenticated_at=caller.authenticated_at,
            )
            if found is not None:
                return found
        return None

    async def _by_token(self, http: Request, said: str) -> Caller | Refusal:
        scheme, _, token = said.partition(" ")
        bearer = None
        if scheme.lower() == "bearer":
            bearer = await self._tokens.bearer(token.strip(), http.client.host if http.client else None)
        if bearer is None or (bearer.kind == "SANDBOX" and not self._sandbox):
            return _nobody("a bearer token is needed")
        if bearer.kind == "SERVICE":
            return self._service(http, bearer)
        known = await self._groups.groups_of(bearer.login)
        return self._known(
            Caller(
                bearer.login,
                "SANDBOX",
                known.groups,
                country=self._countries.without_session(http),
                groups_as_of=known.as_of,
                authenticated_at=bearer.created_at,
            ),
            http.headers.get("okno-on-behalf-of"),
        )

    async def _by_cookie(self, http: Request, secret: str, *, used: bool) -> Caller | Refusal:
        signed_in = await self._sessions.of(secret, used=used)
        if signed_in is None:
            return _nobody("the session has ended: sign in again")
        if not self.is_meant(http):
            return Refusal(403, "BAD_INPUT", "with a session, send Okno-Request: 1 from a page of this origin")
        groups, as_of = signed_in.groups, signed_in.created_at
        known = Known(groups, as_of) if groups is not None else await self._groups.groups_of(signed_in.login)
        caller = Caller(
            signed_in.login,
            "SESSION",
            known.groups,
            session_id=signed_in.id,
            team=signed_in.active_team,
            country=self._countries.now(http, signed_in.country),
            groups_as_of=known.as_of,
            authenticated_at=signed_in.created_at,
        )
        return self._known(caller, http.headers.get("okno-on-behalf-of"))

    def _service(self, http: Request, bearer: Bearer) -> Caller | Refusal:
        wanted = self._certificates.get(bearer.login)
        if wanted is not None:
            certificate = shown(http)
            if certificate is None or not certificate.proves(wanted):
                return _nobody("this service has to show its certificate besides its token")
        user = http.headers.get("okno-on-behalf-of")
        if user is not None and ON_BEHALF not in bearer.scopes:
            return Refusal(403, "UNAUTHENTICATED", f"Okno-On-Behalf-Of: a token with the scope {ON_BEHALF} is needed")
        if user is not None and _LOGIN.fullmatch(user) is None:
            return Refusal(400, "BAD_INPUT", "Okno-On-Behalf-Of: expected a login")
        viewer = self._viewers.viewer(bearer.login)
        if viewer is None or not viewer.service:
            return _nobody("no team names this service")
        if user is not None:
            log.info("%s asks on behalf of %s", bearer.login, user, extra={"token": bearer.id})
        country = self._countries.without_session(http)
        return Caller(bearer.login, "SERVICE", scopes=bearer.scopes, on_behalf_of=user, country=country)

    def _known(self, caller: Caller, on_behalf_of: str | None) -> Caller | Refusal:
        if on_behalf_of is not None:
            return Refusal(400, "BAD_INPUT", "Okno-On-Behalf-Of: only services act for others")
        if not self._viewers.knows(caller.login, caller.groups):
            return _nobody("no team names you or one of your groups")
        return caller


def _nobody(message: str) -> Refusal:
    return Refusal(401, "UNAUTHENTICATED", message)
