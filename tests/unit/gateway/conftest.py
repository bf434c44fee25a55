"""An installation of two teams and no sources, and an endpoint over it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from authz.labels import labels_of_schema
from authz.policy import Policy
from authz.rights import Grant, Rights, Role, TeamRights
from gateway.graphql_http import Endpoint
from gateway.identity.callers import Callers
from gateway.identity.countries import Countries
from gateway.identity.login_settings import LoginSettings
from gateway.identity.memberships import Known
from gateway.identity.sessions import Sessions
from gateway.identity.tokens import Tokens
from gateway.identity.viewers import LiveGrant, Viewers
from gateway.settings import Installation, OknoFile, TeamFile, TeamSettings
from gateway.store import Store
from gateway.whole_graph import whole_graph
from resolvers.binding import bind
from resolvers.road import Road
from resolvers.search.index import IdentifierIndex
from sources.kit.desk import SourceDesk
from tests.unit.gateway.asgi import Answer, post


class NeverSwept:
    """Nothing has been swept."""

    def swept_at(self, source: str) -> datetime | None:
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """A policy that stays in force, with none beside it."""

    current: Policy
    shadows: tuple[Policy, ...] = ()

    def compare(self, *_said: object) -> None:
        raise AssertionError("nothing runs beside")


class NobodyGranted:
    """No dated grants."""

    def live(self, login: str, now: datetime) -> tuple[LiveGrant, ...]:
        return ()


def viewers_of(installation: Installation) -> Viewers:
    """The viewers of an installation whose teams may see everything."""
    everything = Role("everything", {}, (Grant("read", "*", "restricted", "anyone"),), free_text=True)
    teams = {
        each.id: TeamRights(
            each.id,
            ("everything",),
            each.file.reach,
            ("vip",),
            members=each.file.members,
            services=each.file.services,
            titles=dict(each.file.title),
        )
        for each in installation.teams
    }
    policy = Policy.of(Rights({"everything": everything}, teams, ("br",)), labels_of_schema(whole_graph()[0]))
    return Viewers(installation, Standing(policy), NobodyGranted())


class InNoGroup:
    """A directory without groups."""

    async def groups_of(self, login: str, patience: float = 0.0) -> Known:
        return Known(frozenset(), None)


def callers_of(store: Store, installation: Installation) -> Callers:
    """Who asks, known by tokens and sessions alone."""
    sessions = Sessions(store, timedelta(minutes=30), timedelta(hours=10))
    return Callers(
        Tokens(store), sessions, InNoGroup(), viewers_of(installation), Countries(LoginSettings()), sandbox=True
    )


def team(name: str, *members: str, services: tuple[str, ...] = ()) -> TeamSettings:
    return TeamSettings(
        name,
        TeamFile.model_validate(
            {"title": {"en": name.title(), "ru": "Команда"}, "region": "br", "members": members, "services": services}
        ),
    )


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("okno")
    file = OknoFile.model_validate({"name": "Test", "database": f"sqlite:///{folder}/okno.db", "sources": {}})
    return Installation(folder, file, (), (team("north", "ann", "bob"), team("south", "bob", services=("robot",))))


@pytest.fixture(scope="session")
async def store(installation: Installation) -> AsyncIterator[Store]:
    made = Store(installation.file.database)
    made.migrate()
    yield made
    await made.close()


@pytest.fixture(scope="session")
def database(installation: Installation) -> Path:
    return Path(installation.file.database.removeprefix("sqlite:///"))


@pytest.fixture(scope="session")
async def road() -> AsyncIterator[Road]:
    schema, computed = whole_graph()
    guards = bind(schema, computed.all())
    index = IdentifierIndex()
    yield Road(schema, guards, SourceDesk([]), index, NeverSwept(), deadline=1.0)
    index.close()


Ask = Callable[..., Awaitable[Answer]]


@pytest.fixture(scope="session")
async def ask(road: Road, store: Store, installation: Installation) -> Ask:
    """Asks as ann unless told otherwise; `body` is sent as JSON, or as it is when it is bytes or several parts."""
    tokens = Tokens(store)
    given = {login: await tokens.give(login) for login in ("ann", "bob", "robot", "stranger")}
    application = Starlette(
        routes=[Route("/graphql", Endpoint(road, callers_of(store, installation)).answer, methods=["POST"])]
    )

    async def put(body: Any, *, login: str = "ann", client: Any = ("127.0.0.1", 1), **headers: str | None) -> Answer:
        sent: dict[str, str | None] = {
            "Authorization": f"Bearer {given.get(login, login)}",
            "Content-Type": "application/json",
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        parts = body if isinstance(body, list) else [body if isinstance(body, bytes) else orjson.dumps(body)]
        named: Mapping[str, str] = {name: value for name, value in sent.items() if value is not None}
        return await post(application, parts, named, client=client)

    return put
