"""An HTTP twin that answers as the test says, and sockets that speak no HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from sources.kit.twin.http import HttpTwin

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AnyTwin(HttpTwin):
    """Answers every request with one handler and keeps what it was sent."""

    def __init__(self, handler: Handler | None = None) -> None:
        super().__init__()
        self.handler = handler
        self.heard: list[web.Request] = []
        self.bodies: list[bytes] = []

    def settings(self) -> Mapping[str, str]:
        return {"url": self.url}

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._any)
        return application

    async def _any(self, request: web.Request) -> web.StreamResponse:
        self.heard.append(request)
        self.bodies.append(await request.read())
        return await self.handler(request) if self.handler else web.json_response({"ok": True})


@asynccontextmanager
async def twin(handler: Handler | None = None) -> AsyncIterator[AnyTwin]:
    """A twin from its start to its end."""
    started = AnyTwin(handler)
    await started.start()
    try:
        yield started
    finally:
        await started.stop()


@asynccontextmanager
async def raw(answer: bytes) -> AsyncIterator[str]:
    """The address of a socket that answers anything with these bytes and hangs up."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def answering(status: int = 200, body: Any = None, **headers: str) -> Handler:
    """A handler that answers always the same; an underscore in a header's name stands for a dash."""

    async def answer(_request: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers=named)
        return web.json_response(body, status=status, headers=named)

    return answer
