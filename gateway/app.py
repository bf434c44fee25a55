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
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

import ui.pages
from gateway.around import around_of
from gateway.delivery import delivery_of
from gateway.discovery import connect
from gateway.door.door import middlewares_of
from gateway.grants import Grants
from gateway.graphql_http import Endpoint
from gateway.graphql_ws import SocketEndpoint
from gateway.identity.identity import Identity
from gateway.identity.viewers import Viewers
from gateway.operating import Operating
from gateway.policies import Policies
from gateway.rights_opening import open_rights
from gateway.settings import Installation
from gateway.standing_in import StandingIn
from gateway.store import Store
from gateway.sweeper import Sweeper
from gateway.whole_graph import whole_graph
from operations.kit.catalogue import shipped
from operations.kit.following import Following
from operations.kit.sending import Pace
from resolvers.binding import bind
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
    ready: bool = False


def create_app(installation: Installation) -> Starlette:
    """The ASGI application of an installation; it opens and closes everything with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        gateway = await open_gateway(installation)
        app.state.gateway = gateway
        endpoint = Endpoint(gateway.road, gateway.identity, lambda: gateway.policies.confirmed)
        app.router.routes.append(Route("/graphql", endpoint.answer, methods=["POST"]))
        app.router.routes.append(WebSocketRoute("/graphql", sockets_of(gateway).serve))
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
    middleware = [*middlewares_of(installation), Middleware(GZipMiddleware, minimum_size=2_000, compresslevel=4)]
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


def sockets_of(gateway: Gateway) -> SocketEndpoint:
    """Where runs and bulks are followed."""
    confirmed, freezing = gateway.policies, gateway.operating.acting.freezing

    def standing_in(http: Request) -> StandingIn:
        return StandingIn(http, gateway.identity, freezing, lambda: confirmed.confirmed)

    return SocketEndpoint(gateway.road, standing_in, gateway.following)


async def open_gateway(
    installation: Installation, clock: Callable[[], datetime] = utc_now, pace: Pace | None = None
) -> Gateway:
    """Open store, sources and index, and wait for the first sweep."""
    store = Store(installation.file.database)
    await asyncio.to_thread(store.migrate)
    lines = connect(installation.instances)
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
    )
    call = CallContext("start", time.monotonic() + _START, uuid.uuid4().hex, "okno")
    with suppress(TimeoutError):
        async with asyncio.timeout(_START):
            await asyncio.gather(*(line.source.start(call) for line in lines), return_exceptions=True)
    await sweeper.start()
    following = Following(store.engine)
    return Gateway(
        installation, desk, store, identity, policies, grants, viewers, index, sweeper, road, operating, following
    )


async def close_gateway(gateway: Gateway) -> None:
    """Close everything in the opposite order."""
    await gateway.sweeper.stop()
    await gateway.following.close()
    await gateway.operating.close()
    await gateway.identity.close()
    await gateway.desk.close()
    gateway.index.close()
    await gateway.policies.close()
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
