"""The application: sources, index and road put together behind HTTP."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

import ui.pages
from gateway.around import around_of
from gateway.connections import Connections
from gateway.delivery import delivery_of
from gateway.demand.budgets import Budgets
from gateway.discovery import connect
from gateway.door.door import middlewares_of
from gateway.grants import Grants
from gateway.graphql_http import Endpoint
from gateway.graphql_ws import GREETING, SocketEndpoint
from gateway.identity.identity import Identity
from gateway.identity.viewers import Viewers
from gateway.media import PARTS
from gateway.operating import Operating
from gateway.policies import Policies
from gateway.rights_opening import open_rights
from gateway.settings import Installation
from gateway.standing_in import StandingIn
from gateway.store import Store
from gateway.streams import BEAT, Streams
from gateway.sweeper import Sweeper
from gateway.telemetry.endpoint import MetricsEndpoint
from gateway.telemetry.standing import Standing
from gateway.telemetry.telemetry import Telemetry, secrets_of
from gateway.telemetry.usage import Usage
from gateway.trace import Tracing
from gateway.whole_graph import whole_graph
from operations.kit.catalogue import shipped
from operations.kit.documents import DocumentRegister
from operations.kit.following import Following
from operations.kit.sending import Pace
from resolvers.binding import bind
from resolvers.passport import Passports
from resolvers.road import Road
from resolvers.search.index import IdentifierIndex
from sources.kit.desk import SourceDesk
from sources.ports.call import CallContext, utc_now

_START: Final = 10.0
"""Seconds that sources have to prepare; one that is down then starts degraded."""


@dataclass(slots=True)
class Gateway:
    """Everything that runs behind one application."""

    installation: Installation
    desk: SourceDesk
    store: Store
    identity: Identity
    policies: Policies
    grants: Grants
    viewers: Viewers
    index: IdentifierIndex
    sweeper: Sweeper
    road: Road
    operating: Operating
    following: Following
    budgets: Budgets
    telemetry: Telemetry
    ready: bool = False


def create_app(installation: Installation) -> Starlette:
    """The ASGI application of an installation; it opens and closes everything with its lifespan. Raises: ConfigError."""
    telemetry = Telemetry.of(installation)
    _headers, token = secrets_of(installation)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        gateway = await open_gateway(installation, telemetry=telemetry)
        app.state.gateway = gateway
        app.router.routes.extend(graphql_routes(gateway))
        app.router.routes.append(Route("/metrics", metrics_of(gateway, token).answer))
        app.router.routes.extend(gateway.identity.routes())
        gateway.ready = True
        try:
            yield
        finally:
            gateway.ready = False
            await close_gateway(gateway)

    routes: list[BaseRoute] = [
        Route("/healthz", _healthz),
        Route("/readyz", _readyz),
        Route("/", lambda _request: RedirectResponse("/graphiql")),
        *ui.pages.routes(),
    ]
    # parts are small, and have to leave as soon as they are there
    as_they_are = (*DEFAULT_EXCLUDED_CONTENT_TYPES, PARTS)
    middleware = [
        Middleware(Tracing, telemetry, accept=installation.file.telemetry.accept_traceparent),
        *middlewares_of(installation),
        Middleware(GZipMiddleware, minimum_size=2_000, compresslevel=4, exclude_content_types=as_they_are),
    ]
    app = Starlette(routes=routes, middleware=middleware, lifespan=lifespan)
    app.state.telemetry = telemetry
    return app


def graphql_routes(gateway: Gateway, beat: float = BEAT, greeting: float = GREETING) -> list[BaseRoute]:
    """`/graphql`: requests, and what is followed, by WebSocket or as a stream of events. Units: seconds."""
    confirmed, freezing, road = gateway.policies, gateway.operating.acting.freezing, gateway.road

    def standing_in(http: Request) -> StandingIn:
        return StandingIn(http, gateway.identity, freezing, lambda: confirmed.confirmed)

    connections = Connections()
    streams = Streams(road, standing_in, gateway.following, connections, beat=beat)
    endpoint = Endpoint(road, gateway.identity, lambda: confirmed.confirmed, streams)
    sockets = SocketEndpoint(road, standing_in, gateway.following, connections, beat=beat, greeting=greeting)
    return [
        Route("/graphql", endpoint.answer, methods=["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]),
        WebSocketRoute("/graphql", sockets.serve),
    ]


def metrics_of(gateway: Gateway, token: str | None) -> MetricsEndpoint:
    """Where the figures are read."""
    metrics, sinks = gateway.telemetry.metrics, gateway.installation.file.audit.sinks
    standing = Standing(metrics.registry, gateway.desk, gateway.store.engine, [each.name for each in sinks])
    return MetricsEndpoint(metrics, standing, token)


async def open_gateway(
    installation: Installation,
    clock: Callable[[], datetime] = utc_now,
    pace: Pace | None = None,
    telemetry: Telemetry | None = None,
) -> Gateway:
    """Open store, sources and index, and wait for the first sweep."""
    store = Store(installation.file.database)
    await asyncio.to_thread(store.migrate)
    told = telemetry or Telemetry.of(installation)
    lines = connect(installation.instances)
    for line in lines:
        line.observer = told
    told.metrics.sources([line.source.name for line in lines])
    desk = SourceDesk(lines)
    index_path = installation.file.search_index
    if index_path != ":memory:":
        Path(index_path).parent.mkdir(parents=True, exist_ok=True)
    index = IdentifierIndex(index_path)
    sweeper = Sweeper(lines, index)
    schema, computed = whole_graph()
    guards = bind(schema, computed.all())
    grants = Grants(store)
    policies = await Policies.open(store, installation, guards.labels, grants)
    viewers = Viewers(installation, policies, grants, clock)
    identity = Identity.open(installation, store, desk, viewers)
    operating = await Operating.open(
        store,
        desk,
        viewers,
        shipped(),
        computed.room,
        clock,
        pace,
        installation.file.audit,
        around_of(installation),
        delivery_of(installation),
        installation.file.bulk,
        installation.file.approvals,
    )
    computed.room.rights = open_rights(
        installation, store, desk, identity, policies, guards.labels, operating.journal, computed.room.freezing, clock
    )
    passports = Passports(schema, guards)
    computed.room.documents = DocumentRegister(operating.trail, store.engine, passports, clock)
    budgets = Budgets(store, installation.file.demand, clock)
    budgets.start()
    road = Road(
        schema,
        guards,
        desk,
        index,
        sweeper,
        deadline=installation.file.deadline,
        clock=clock,
        trail=operating.trail,
        cases=operating.around.cases,
        exposure=operating.around.exposure,
        activity=computed.activity,
        registry=computed.room.documents,
        budget=budgets,
        observer=told,
    )
    call = CallContext("start", time.monotonic() + _START, uuid.uuid4().hex, "okno")
    with suppress(TimeoutError):
        async with asyncio.timeout(_START):
            await asyncio.gather(*(line.source.start(call) for line in lines), return_exceptions=True)
    await sweeper.start()
    following = Following(store.engine, sources=desk.health)
    dropped = told.metrics.dropped.labels("usage").inc
    told.start(Usage(store.engine, days=installation.file.telemetry.usage_days, dropped=dropped))
    return Gateway(
        installation,
        desk,
        store,
        identity,
        policies,
        grants,
        viewers,
        index,
        sweeper,
        road,
        operating,
        following,
        budgets,
        told,
    )


async def close_gateway(gateway: Gateway) -> None:
    """Close everything in the opposite order."""
    await gateway.sweeper.stop()
    await gateway.following.close()
    await gateway.budgets.close()
    await gateway.operating.close()
    await gateway.identity.close()
    await gateway.desk.close()
    gateway.index.close()
    await gateway.policies.close()
    await gateway.telemetry.close()
    await gateway.store.close()


async def _healthz(_request: Request) -> Response:
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def _readyz(request: Request) -> Response:
    """Requests will be answered. A source that is down does not make the gateway unready."""
    gateway: Gateway | None = getattr(request.app.state, "gateway", None)
    if gateway is None or not gateway.ready:
        return JSONResponse({"status": "starting"}, 503)
    if not gateway.policies.confirmed:
        return JSONResponse({"status": "the policy in force cannot be confirmed"}, 503)
    down = [health.name for health in gateway.desk.health() if health.state == "DOWN"]
    return JSONResponse({"status": "ready", "sourcesDown": down})
