"""Receivers of the trail, on this machine: they keep what they get, and can be stopped, hung or told to refuse."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from aiohttp import web

from audit.cursor import CursorState, states
from audit.delivering import Delivering
from audit.sinks.forms import own
from audit.sinks.sink import Outlet, Sink, cursor_of
from tests.unit.audit.conftest import Book


@dataclass(slots=True)
class SyslogListener:
    """Frames as they came. Shape: with `deaf` it takes connections and reads nothing; with `abrupt` it resets them after so many bytes."""

    frames: list[bytes] = field(default_factory=list)
    streams: list[bytes] = field(default_factory=list)
    port: int = 0
    deaf: bool = False
    abrupt: int | None = None
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for each in list(self._open):
            each.transport.abort()
        await asyncio.sleep(0)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self.deaf:
                await asyncio.sleep(3600)
            if self.abrupt is not None:
                self.streams.append(await reader.readexactly(self.abrupt))
                writer.transport.abort()
                return
            stream = await reader.read(-1)
            self.streams.append(stream)
            self.frames += frames(stream)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)

    def numbers(self) -> list[int]:
        return [orjson.loads(each[each.index(b"{") :])["number"] for each in self.frames]


def frames(stream: bytes) -> list[bytes]:
    """A stream cut as RFC 6587 says: each frame behind its length."""
    found = []
    while stream:
        length, _, stream = stream.partition(b" ")
        assert len(stream) >= int(length), "a frame is shorter than it says"
        found.append(stream[: int(length)])
        stream = stream[int(length) :]
    return found


@dataclass(slots=True)
class HttpReceiver:
    """Posts as they came. Shape: `answer` says what each is answered, by how many came before it."""

    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    port: int = 0
    answer: Callable[["HttpReceiver", list[int]], Awaitable[int]] | None = None
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/trail"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/trail", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.posts.append(({name.lower(): value for name, value in request.headers.items()}, body))
        said = orjson.loads(body) if body.startswith(b"[") else [orjson.loads(each) for each in body.splitlines()]
        numbers = [each["number"] for each in said]
        status = 204 if self.answer is None else await self.answer(self, numbers)
        if status < 300:
            self.kept += numbers
        return web.Response(status=status)


def outlet(name: str, sink: Sink, **more: object) -> Outlet:
    return Outlet(name, sink, own, **{"most": 10, "patience": 2.0, **more})  # type: ignore[arg-type]


@asynccontextmanager
async def delivering(book: Book, *outlets: Outlet, owner: str = "p1") -> AsyncIterator[Delivering]:
    """A process that delivers."""
    made = Delivering(book.store.writing, outlets, owner=owner, look_every=0.02, backoff=0.05)
    made.start()
    try:
        yield made
    finally:
        await made.close()


async def told(book: Book, *names: str, place: int, within: float = 20.0) -> None:
    """Wait until these sinks have everything up to a place."""
    async with asyncio.timeout(within):
        while any(each.place < place for each in await state(book, *names)):
            await asyncio.sleep(0.02)


async def failed(book: Book, name: str, within: float = 20.0) -> CursorState:
    """Wait until a sink has failed."""
    async with asyncio.timeout(within):
        while True:
            (found,) = await state(book, name)
            if found.problem is not None:
                return found
            await asyncio.sleep(0.02)


async def state(book: Book, *names: str) -> list[CursorState]:
    return await states(book.store.engine, [cursor_of(each) for each in names])


def numbers_in(file: Path) -> list[int]:
    return [orjson.loads(line)["number"] for line in file.read_bytes().splitlines()]
