"""A server with a door, and clients that speak to it byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from gateway.door.addresses import Networks
from gateway.door.connections import Register
from gateway.door.door import middlewares_of
from gateway.door.door_settings import DoorSettings
from gateway.serving import config_of
from gateway.settings import Installation, OknoFile


def installation_of(door: Mapping[str, Any] | None = None, address: str | None = None) -> Installation:
    """An installation with nothing but a door."""
    oidc = {"issuer": "https://login.example", "address": address, "client_id": "okno"} if address else None
    said = {"name": "Test", "sources": {}, "door": dict(door or {}), "login": {"oidc": oidc}}
    return Installation(Path(), OknoFile.model_validate(said), (), ())


@dataclass
class Echo:
    """An application that says what reached it; `token good` is the only one it knows."""

    seen: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, http: Request) -> Response:
        body = await http.body() if http.method == "POST" else b""
        told = {
            "client": http.client and http.client.host,
            "scheme": http.url.scheme,
            "host": http.headers.get("host"),
            "size": len(body),
        }
        self.seen.append(told)
        if http.headers.get("authorization", "Bearer good") != "Bearer good":
            return JSONResponse({"errors": []}, 401)
        return JSONResponse(told)

    async def broken(self, _http: Request) -> Response:
        raise RuntimeError("the secret of the store is sesame")

    async def broken_late(self, _http: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun "
            raise RuntimeError("the secret of the store is sesame")

        return StreamingResponse(parts())

    async def long(self, _http: Request) -> Response:
        return PlainTextResponse("x" * 50_000_000)

    async def socket(self, socket: WebSocket) -> None:
        self.seen.append({"client": socket.client and socket.client.host, "scheme": socket.scope["scheme"]})
        await socket.accept()
        said = await socket.receive_text()
        await socket.close(4403 if said == "nobody" else 1000)

    def application(self, middleware: Sequence[Middleware]) -> Starlette:
        any_ = ["GET", "POST", "DELETE"]
        routes = [
            Route("/graphql", self.answer, methods=any_),
            Route("/auth/callback", self.answer, methods=any_),
            Route("/auth/session", self.answer, methods=any_),
            Route("/graphiql", self.answer, methods=any_),
            Route("/broken", self.broken),
            Route("/broken-late", self.broken_late),
            Route("/long", self.long),
            WebSocketRoute("/graphql", self.socket),
        ]
        return Starlette(routes=routes, middleware=list(middleware))


@dataclass(slots=True)
class Told:
    """An answer as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str:
        code: str = self.json["errors"][0]["extensions"]["code"]
        return code


@dataclass(slots=True)
class Served:
    """A server that runs."""

    port: int
    echo: Echo
    register: Register

    async def said(self, text: bytes, *, source: str = "127.0.0.1", seconds: float = 20.0) -> bytes:
        """Everything that the server answers to some bytes, until it closes."""
        reader, writer = await self.connected(source)
        try:
            writer.write(text)
            async with asyncio.timeout(seconds):
                return await reader.read()
        finally:
            writer.close()

    async def connected(self, source: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))

    async def ask(
        self,
        method: str = "GET",
        target: str = "/graphql",
        *extra: str,
        host: str | None = "",
        source: str = "127.0.0.1",
    ) -> Told:
        """One request. Shape: `extra` are headers, written out; `host` is the server's own unless given, None for none."""
        named = [] if host is None else [f"Host: {host or f'127.0.0.1:{self.port}'}"]
        lines = [f"{method} {target} HTTP/1.1", *named, *extra, "Connection: close", "", ""]
        return read(await self.said("\r\n".join(lines).encode("latin-1"), source=source))

    async def shake(self, *extra: str, source: str = "127.0.0.1") -> Told:
        """The answer to a WebSocket's handshake; an accepted one is let go at once."""
        reader, writer = await self.connected(source)
        named = () if any(each.lower().startswith("host:") for each in extra) else (f"Host: 127.0.0.1:{self.port}",)
        lines = [
            "GET /graphql HTTP/1.1",
            *named,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
        ]
        writer.write("\r\n".join([*lines, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *extra, "", ""]).encode())
        try:
            async with asyncio.timeout(10):
                head = await reader.readuntil(b"\r\n\r\n")
                rest = b"" if b" 101 " in head.split(b"\r\n")[0] else await reader.read()
        finally:
            writer.close()
        return read(head + rest)


def read(answer: bytes) -> Told:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return Told(int(first.split(" ")[1]), headers, body)


@asynccontextmanager
async def served(door: Mapping[str, Any] | None = None, address: str | None = None) -> AsyncIterator[Served]:
    """A server with a door before an application that says what it sees."""
    echo = Echo()
    middleware = middlewares_of(installation_of(door, address))
    settings = DoorSettings.model_validate(dict(door or {}))
    register = Register(settings.connections, Networks(settings.proxies))
    config = config_of(echo.application(middleware), register)
    config.host, config.port = "127.0.0.1", 0
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    task = asyncio.create_task(server._serve())  # not `serve`, which would take the signals of the tests' process
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield Served(server.servers[0].sockets[0].getsockname()[1], echo, register)
    finally:
        server.should_exit = True
        await task
