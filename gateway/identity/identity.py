"""Identity: everything that tells who asks, opened together."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import yaml
from starlette.requests import Request
from starlette.routing import BaseRoute

from gateway.identity.callers import Caller, Callers, Refusal
from gateway.identity.countries import Countries
from gateway.identity.memberships import Memberships
from gateway.identity.provider import Provider
from gateway.identity.session_pages import SessionPages
from gateway.identity.sessions import Sessions
from gateway.identity.sign_in import SignIn
from gateway.identity.tokens import Tokens
from gateway.identity.viewers import Viewers
from gateway.settings import Installation
from gateway.store import Store
from gateway.trace import caller_is
from resolvers.asking import Viewer
from sources.kit.yaml_file import ConfigError, line_of
from sources.ports.call import utc_now
from sources.ports.question import Desk


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, of one installation. A request becomes a caller here, and a caller a viewer."""

    tokens: Tokens
    sessions: Sessions
    memberships: Memberships
    callers: Callers
    provider: Provider | None
    sign_in: SignIn
    pages: SessionPages

    @classmethod
    def open(
        cls,
        installation: Installation,
        store: Store,
        desk: Desk,
        viewers: Viewers,
        environment: Mapping[str, str] = os.environ,
        clock: Callable[[], datetime] = utc_now,
    ) -> "Identity":
        """The identity of an installation. Raises: ConfigError for a secret or a source that is not there."""
        login = installation.file.login
        provider = None
        if login.oidc is not None:
            try:
                provider = Provider(login.oidc, login.oidc.secret(environment))
            except ValueError as problem:
                raise _mistake(installation, "oidc", "client_secret", expected=str(problem)) from None
        offered = desk.sources_of("groups")
        if login.groups_source is not None and login.groups_source not in offered:
            expected = f"expected a source that serves groups: {', '.join(offered) or 'there is none'}"
            raise _mistake(installation, "groups_source", expected=expected)
        tokens = Tokens(store)
        sessions = Sessions(store, timedelta(seconds=login.idle), timedelta(seconds=login.longest), clock)
        memberships = Memberships(desk, store, login.groups_source, clock)
        countries = Countries(login)
        address = login.oidc.address if login.oidc else None
        shown = installation.file.door.client_certificates
        callers = Callers(
            tokens,
            sessions,
            memberships,
            viewers,
            countries,
            address,
            sandbox=login.sandbox,
            certificates=shown.services if shown is not None else {},
        )
        sign_in = SignIn(provider, sessions, callers, memberships, countries, clock)
        pages = SessionPages(sessions, callers, "/auth/login" if provider is not None else None)
        return cls(tokens, sessions, memberships, callers, provider, sign_in, pages)

    async def caller(self, http: Request, *, used: bool = True) -> Caller | Refusal:
        """Who makes a request, or why it is nobody's. Shape: with `used`, a session counts as used by it."""
        found = await self.callers.caller(http, used=used)
        if isinstance(found, Caller):
            caller_is(http, found.kind)
        return found

    def viewer(self, caller: Caller, team: str | None = None) -> Viewer | None:
        """The viewer that a caller is, in the team asked for. None for a team not theirs."""
        return self.callers.viewer(caller, team)

    def routes(self) -> list[BaseRoute]:
        """The pages of identity, all under `/auth/`."""
        return [*self.sign_in.routes(), *self.pages.routes()]

    async def close(self) -> None:
        """Close what is open."""
        await self.memberships.close()
        if self.provider is not None:
            await self.provider.close()


def _mistake(installation: Installation, *path: str, expected: str) -> ConfigError:
    file = installation.folder / "okno.yaml"
    where = ["login", *path]
    try:
        tree = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError:
        tree = None
    return ConfigError(file, line_of(tree, list(where)), ".".join(where), expected)
