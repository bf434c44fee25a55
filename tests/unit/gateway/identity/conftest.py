"""An identity with a clock to set, a directory to fill, and a provider that can be told to misbehave."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete
from starlette.applications import Starlette
from starlette.routing import Route

from authz.labels import labels_of_schema
from authz.policy import Policy
from authz.rights import Rights, TeamRights
from gateway.graphql_http import Endpoint
from gateway.identity.identity import Identity
from gateway.identity.login_settings import LoginSettings, OidcSettings
from gateway.identity.tables import KnownGroups, Session, Token
from gateway.identity.viewers import Viewers
from gateway.settings import DocumentsSettings, Installation
from gateway.store import Store
from gateway.whole_graph import whole_graph
from resolvers.road import Road
from sources.ports.call import utc_now
from tests.unit.gateway.conftest import NobodyGranted, Standing, team
from tests.unit.gateway.identity.browser import ADDRESS, Browser
from tests.unit.gateway.identity.directory import Directory
from tests.unit.gateway.identity.oidc import CLIENT, SECRET, Oidc, serving


@dataclass(slots=True)
class Clock:
    now: datetime = field(default_factory=utc_now)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **more: float) -> None:
        self.now += timedelta(**more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def empty(store: Store) -> Store:
    """The store, with nobody signed in."""
    async with store.session() as session:
        for table in (Token, Session, KnownGroups):
            await session.execute(delete(table))
    return store


@pytest.fixture
async def oidc() -> AsyncIterator[Oidc]:
    async with serving(Oidc()) as provider:
        yield provider


@pytest.fixture
def settings(oidc: Oidc) -> OidcSettings:
    return OidcSettings(
        issuer=oidc.issuer, address=ADDRESS.replace("http:", "https:"), client_id=CLIENT, client_secret="env:S"
    )


@pytest.fixture
def directory() -> Directory:
    return Directory({"dan": {"okno-south"}})


@pytest.fixture
async def identity(
    installation: Installation, empty: Store, settings: OidcSettings, directory: Directory, clock: Clock
) -> AsyncIterator[Identity]:
    """Teams: north of ann and bob, south of bob, of the service robot and of the group okno-south."""
    free = DocumentsSettings(free_text="everyone")
    file = installation.file.model_copy(update={"login": LoginSettings(oidc=settings, sandbox=True), "documents": free})
    teams = (team("north", "ann", "bob"), team("south", "bob", services=("robot",)))
    whole = replace(installation, file=file, teams=teams)
    rights = {
        "north": TeamRights("north", (), members=("ann", "bob"), titles={"en": "North"}),
        "south": TeamRights(
            "south", (), members=("bob",), services=("robot",), groups=("okno-south",), titles={"en": "South"}
        ),
    }
    policy = Policy.of(Rights({}, rights, ("br",)), labels_of_schema(whole_graph()[0]))
    viewers = Viewers(whole, Standing(policy), NobodyGranted(), clock)
    opened = Identity.open(whole, empty, directory, viewers, {"S": SECRET}, clock)
    yield opened
    await opened.close()


Browsers = Callable[[], Browser]


@pytest.fixture
def browsers(identity: Identity, road: Road) -> Browsers:
    """Browsers that know each other's gateway and nothing else of each other."""
    application = Starlette(
        routes=[*identity.routes(), Route("/graphql", Endpoint(road, identity).answer, methods=["POST"])]
    )
    return lambda: Browser(application)


@pytest.fixture
def browser(browsers: Browsers) -> Browser:
    return browsers()
