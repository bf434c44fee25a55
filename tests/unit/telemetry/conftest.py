"""A whole gateway behind uvicorn over the twins, and a receiver of traces, all on loopback."""

import asyncio
import io
import itertools
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psycopg
import pytest
import uvicorn
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from gateway.app import Gateway, create_app
from gateway.serving import config_of
from gateway.settings import load_installation
from gateway.store import Store
from gateway.telemetry import logs
from sandbox.company.model import Company
from sandbox.installing import install
from sandbox.world import World
from tests.sandbox import ALL_SEEING, add_all_seeing
from tests.unit.audit.own_postgres import lacking, own_postgres


@dataclass(slots=True)
class Collector:
    """Takes traces as a collector of OpenTelemetry does. Shape: `spans` as they came, `headers` of each request."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        said = ExportTraceServiceRequest.FromString(await request.read())
        self.headers.append(dict(request.headers))
        for of_resource in said.resource_spans:
            self.resources.append({each.key: each.value.string_value for each in of_resource.resource.attributes})
            for of_scope in of_resource.scope_spans:
                self.spans += of_scope.spans
        return web.Response(content_type="application/x-protobuf")

    async def of(self, trace_id: str, enough: Callable[[list[Span]], bool]) -> list[Span]:
        """The spans of a trace, once there are enough of them."""
        for _ in range(100):
            found = [each for each in self.spans if each.trace_id.hex() == trace_id]
            if enough(found):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"not enough of {trace_id}: {[each.name for each in self.spans]}")


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector from its start to its end."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert isinstance(site._server, asyncio.Server)
    collector.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1/traces"
    try:
        yield collector
    finally:
        await runner.cleanup()


@dataclass(slots=True)
class Served:
    """A gateway that is served."""

    url: str
    gateway: Gateway
    session: aiohttp.ClientSession
    token: str
    world: World

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, *, name: str | None = None, **headers: str
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        """Status, body and headers of an answer, asked as one from whom nothing is withheld unless told otherwise."""
        said = {"Authorization": f"Bearer {self.token}"} | {
            key.replace("_", "-"): each for key, each in headers.items()
        }
        body = {"query": query, "variables": variables or {}, "operationName": name}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=said) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers

    async def metrics(self, **headers: str) -> str:
        """The figures as they stand."""
        said = {key.replace("_", "-"): each for key, each in headers.items()}
        async with self.session.get(f"{self.url}/metrics", headers=said) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()


@asynccontextmanager
async def served(
    company: Company, folder: Path, telemetry: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> AsyncIterator[Served]:
    """A gateway as it is always served, over its own twins."""
    world = World.of(company)
    await world.start()
    try:
        files: dict[str, object] = {
            "database": f"sqlite:///{folder}/okno.db",
            "search_index": ":memory:",
            "audit": {
                "keys": f"{folder}/audit-keys",
                "anchor": f"{folder}/anchor.txt",
                "detections": None,
                "sinks": [{"name": "archive", "kind": "json_lines", "file": f"{folder}/trail.jsonl"}],
            },
            "telemetry": telemetry,
        }
        found = install(folder / "installation", world.settings(), **files) | dict(environment or {})
        add_all_seeing(folder / "installation")
        app = create_app(load_installation(folder / "installation", found))
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(config_of(app))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        task = asyncio.create_task(server._serve([listener]))  # not `serve`, which would take the signals of the tests
        while not server.started:
            assert not task.done(), "the gateway has not started"
            await asyncio.sleep(0.02)
        gateway: Gateway = app.state.gateway
        try:
            token = await gateway.identity.tokens.give(ALL_SEEING)
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
                yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", gateway, session, token, world)
        finally:
            server.should_exit = True
            await task
            listener.close()
    finally:
        await world.stop()


@pytest.fixture(scope="session")
async def collector() -> AsyncIterator[Collector]:
    """One collector for all tests that trace."""
    async with collecting() as made:
        yield made


@pytest.fixture(scope="session")
async def traced(
    company: Company, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """A gateway that traces and counts."""
    said = {"endpoint": collector.url, "accept_traceparent": True}
    async with served(company, tmp_path_factory.mktemp("traced"), said) as made:
        yield made


class Told:
    """The log as it is written, each line of it JSON."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.dropped = 0

    def drop(self) -> None:
        self.dropped += 1

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(each) for each in self.text.splitlines()]

    async def requests(self, enough: int) -> list[dict[str, Any]]:
        """The lines of requests, once there are enough of them: a line is written behind its answer."""
        async with asyncio.timeout(10):
            while len(found := [each for each in self.lines() if each["event"] == "request"]) < enough:
                await asyncio.sleep(0.01)
        return found


@pytest.fixture
def told() -> Iterator[Told]:
    """What this process logs from here on."""
    made = Told()
    root, ours = logging.getLogger(), logging.getLogger("okno")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    logs.begin(made.stream, json=True, dropped=made.drop)
    yield made
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server, without a database's name; `model` there has all tables."""
    if (reason := lacking()) is not None:
        pytest.skip(reason)
    with own_postgres() as made:
        address = made.url.removesuffix("postgres")
        _sql(f"{address}postgres", "create database model")
        Store(f"{address}model").migrate()
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A database of the test's own, of each kind."""
    if request.param == "sqlite":
        made = Store(f"sqlite:///{tmp_path}/okno.db")
        await asyncio.to_thread(made.migrate)
    else:
        address = request.getfixturevalue("server")
        name = f"test_{next(_databases)}"
        await asyncio.to_thread(_sql, f"{address}postgres", f"create database {name} template model")
        made = Store(f"{address}{name}")
    yield made
    await made.close()


_databases = itertools.count(1)


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]  # our own words
