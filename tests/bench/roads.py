"""Okno's own road: the document parsed, validated and planned once, native resolvers, orjson; alone and behind HTTP."""

from collections.abc import MutableMapping
from typing import Any, Protocol

import orjson
from starlette.applications import Starlette
from starlette.routing import Route

from gateway.graphql_http import Endpoint
from tests.bench.stand import Stand
from tests.bench.workloads import Workload


class Way(Protocol):
    """One way to an answer. Shape: `name` as it stands in the tables."""

    name: str

    async def answer(self, workload: Workload) -> bytes:
        """The whole answer as JSON, `extensions.sources` included."""
        ...


class Okno:
    """The road as it is, from a shaped request to the bytes of the answer."""

    name = "Okno"

    def __init__(self, stand: Stand) -> None:
        self._road = stand.gateway.road
        self._viewer = stand.viewer

    async def answer(self, workload: Workload) -> bytes:
        """The whole answer as JSON."""
        return orjson.dumps((await self._road.answer(workload.request, self._viewer)).body)


class OknoOverHttp:
    """The same behind its endpoint: routing, token, reading of the body, headers. In this process, without a socket."""

    name = "Okno over HTTP"

    def __init__(self, stand: Stand) -> None:
        gateway = stand.gateway
        endpoint = Endpoint(gateway.road, gateway.identity)
        self._app = Starlette(routes=[Route("/graphql", endpoint.answer, methods=["POST"])])
        self._headers = [
            (b"host", b"127.0.0.1"),
            (b"accept", b"application/graphql-response+json"),
            (b"content-type", b"application/json"),
            (b"cache-control", b"no-cache"),
            (b"authorization", f"Bearer {stand.token}".encode()),
        ]

    async def answer(self, workload: Workload) -> bytes:
        """The whole answer as JSON."""
        return await self.post(orjson.dumps({"query": workload.query, "variables": dict(workload.variables)}))

    async def post(self, body: bytes) -> bytes:
        """What is answered to a body, whatever it holds."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "root_path": "",
            "query_string": b"",
            "headers": [*self._headers, (b"content-length", str(len(body)).encode())],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
        }
        parts: list[bytes] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.body":
                parts.append(message["body"])

        await self._app(scope, receive, send)
        return b"".join(parts)
