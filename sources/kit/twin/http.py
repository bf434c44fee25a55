"""HTTP twins: an aiohttp application on loopback, with faults between its answers and the wire."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

import orjson
from aiohttp import web

from sources.kit.reads import SAFE_METHODS, ReadRules
from sources.kit.twin.faults import Fault, spoil
from sources.kit.twin.twin import Twin

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HOLD = 60.0
"""Seconds a hanging call is held; longer than any client waits."""


class HttpTwin(Twin):
    """A twin that speaks HTTP. A subclass gives its routes in `application()`."""

    def __init__(self) -> None:
        super().__init__()
        self._runner: web.AppRunner | None = None
        self._rules: ReadRules | None = None

    @abstractmethod
    def application(self) -> web.Application:
        """A fresh application over the twin's state."""

    @property
    def url(self) -> str:
        """Base address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen on loopback, on any free port unless one is given."""
        application = self.application()
        application.middlewares.insert(0, self._suffer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.0, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._runner is not None:
            if self._runner.server is not None:
                for protocol in list(self._runner.server.connections):
                    if protocol.transport is not None:
                        protocol.transport.abort()
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _suffer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        called = f"{request.method} {request.path}"
        writing = await self._is_write(request)
        self.seen[called] += 1
        if writing:
            self.wrote[called] += 1
        fault = self.switch.hits(writing=writing)
        if fault is None:
            return await handler(request)
        return await self._faulty(request, handler, fault)

    async def _is_write(self, request: web.Request) -> bool:
        """Whether the system's manifest says that this call does more than read."""
        if request.method in SAFE_METHODS:
            return False
        if self._rules is None:
            manifest = self.manifest()
            self._rules = ReadRules(type(self).__name__, manifest.reads if manifest else ())
        path = request.raw_path.partition("?")[0].removeprefix(
            urlsplit(self.settings().get("url", "")).path.rstrip("/")
        )
        body = _body(request.content_type, await request.read())
        return not self._rules.is_read(request.method, f"{path}?" if request.query_string else path, body)

    async def _faulty(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
        if fault.kind == "slow":
            await asyncio.sleep(fault.latency)
            return await handler(request)
        if fault.kind == "hang":
            await asyncio.sleep(HOLD)
            return web.Response(status=504)
        if fault.kind == "busy":
            return web.json_response(
                {"error": "slow down"}, status=429, headers={"Retry-After": str(fault.retry_after)}
            )
        if fault.kind == "unavailable":
            return web.Response(status=503, text="temporarily unavailable")
        if fault.kind == "denied":
            return web.json_response({"error": "permission denied"}, status=403)
        if fault.kind == "deaf":
            put_back = self.keep()
            try:
                return await handler(request)
            finally:
                put_back()
        answer = await handler(request)
        if fault.kind == "lost_reply":
            if request.transport is not None:
                request.transport.abort()
            return answer
        content = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b"{}"
        if fault.kind == "cut":
            return await self._cut(request, content)
        kind = "text/html" if fault.garbage == "html" else "application/json"
        return web.Response(body=spoil(content, fault.garbage), content_type=kind)

    async def _cut(self, request: web.Request, content: bytes) -> web.StreamResponse:
        """Promise the whole answer, send half, drop the connection."""
        response = web.StreamResponse(headers={"Content-Length": str(max(2, len(content)))})
        await response.prepare(request)
        await response.write(content[: max(1, len(content) // 2)])
        if request.transport is not None:
            request.transport.abort()
        return response


def _body(kind: str, content: bytes) -> object:
    """What a request carries, as rules look at it; None for nothing that they can look into."""
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(content.decode(errors="replace")))
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None
