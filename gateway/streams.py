"""Streams: answers in more than one piece: events, in distinct connections mode, and deferred parts.

Sources: PROTOCOL.md of graphql-sse; the WHATWG's server-sent events; Apollo's `multipart/mixed; deferSpec=20220824`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gateway.connections import Connections, TooMany
from gateway.graphql_http import answer_of, headers, refused
from gateway.media import DEFER_SPEC, LEGACY, PARTS, STREAM
from gateway.standing_in import Ended, StandingIn
from gateway.telling import Teller, Told, beating
from operations.kit.following import Following
from resolvers.asking import Viewer
from resolvers.replies import Reply
from resolvers.request import Prepared
from resolvers.road import Road

log = logging.getLogger("okno.streams")

BEAT: Final = 2.0
"""Seconds between two looks whether whoever follows still may."""
SIGN_OF_LIFE: Final = 12.0
"""Seconds after which an idle stream says that it is there: whatever stands between would close it."""
_SENDING: Final = 10.0
"""Seconds that a piece may wait for a client that does not read."""
_BOUNDARY: Final = "-"


class Streams:
    """Answers in pieces. Units: `beat` and `sign_of_life` in seconds."""

    def __init__(
        self,
        road: Road,
        standing_in: Callable[[HttpRequest], StandingIn],
        following: Following,
        connections: Connections,
        *,
        beat: float = BEAT,
        sign_of_life: float = SIGN_OF_LIFE,
    ) -> None:
        self._road = road
        self._standing_in = standing_in
        self._following = following
        self._connections = connections
        self._beat = beat
        self._sign_of_life = sign_of_life

    async def events(self, http: HttpRequest, prepared: Prepared, viewer: Viewer) -> Response:
        """An answer as one event, or what is followed as many; what cannot be followed is refused as any request is."""
        if prepared.kind == "subscription":
            topic = self._road.topic(prepared)
            if isinstance(topic, Reply):
                return self.event(topic)
            who = self._standing_in(http)
            try:
                await who.now(used=True)
                return _Pieces(lambda send: self._follow(who, prepared, send), f"{STREAM}; charset=utf-8")
            except Ended as ended:
                return refused(403, "UNAUTHENTICATED", ended.reason, LEGACY)
        reply = await self._road.answered(prepared, viewer)
        assert reply is not None
        return self.event(reply)

    def event(self, reply: Reply) -> Response:
        """An answer as one event; so what is not executed is told too, once events are what is taken."""

        async def once(send: "Sending") -> None:
            await send(event("next", orjson.dumps(reply.body)))
            await send(event("complete"))

        return _Pieces(once, f"{STREAM}; charset=utf-8")

    async def parts(self, prepared: Prepared, viewer: Viewer, media: str) -> Response:
        """An answer whose deferred parts come later, each recorded before it is sent; in one piece where none does."""
        bodies = self._road.parts(prepared, viewer)
        first = await anext(bodies)
        if not first.executed or not first.body.get("hasNext"):
            await bodies.aclose()
            return answer_of(first, media)

        async def sent(send: Sending) -> None:
            # clients take a part for whole when they meet what ends it, so that leaves with it
            await send(f"--{_BOUNDARY}".encode() + _part(first))
            async for each in bodies:
                await send(_part(each))
            await send(b"--\r\n")

        return _Pieces(sent, f'{PARTS}; boundary="{_BOUNDARY}"; deferSpec={DEFER_SPEC}', bodies.aclose)

    async def _follow(self, who: StandingIn, prepared: Prepared, send: "Sending") -> None:
        """Say what is followed, to its end or to that of its person's rights."""
        teller = Teller(self._road, self._following, who)
        try:
            with self._connections.anonymous(), self._connections.of(who.caller.login):
                async with asyncio.TaskGroup() as group:
                    others = [
                        group.create_task(beating(teller, self._beat)),
                        group.create_task(self._live(send)),
                    ]
                    async for told in teller.told(prepared.request):
                        await send(_event_of(told))
                        if told.kind == "error":
                            await send(event("complete"))
                    for each in others:
                        each.cancel()
        except* Ended as ended:
            await send(event("next", _ended(str(ended.exceptions[0]), "UNAUTHENTICATED")))
            await send(event("complete"))
        except* TooMany as too_many:
            await send(event("next", _ended(str(too_many.exceptions[0]), "RATE_LIMITED")))
            await send(event("complete"))

    async def _live(self, send: "Sending") -> None:
        while True:
            await asyncio.sleep(self._sign_of_life)
            await send(b":\n\n")


Sending = Callable[[bytes], Awaitable[None]]


class _Gone(Exception):
    """The client is not there any more, or does not read."""


class _Pieces(Response):
    """A response written piece by piece, given up as soon as its client is gone."""

    def __init__(
        self,
        write: Callable[[Sending], Awaitable[None]],
        media: str,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(None, 200, {**headers(), "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.headers["Content-Type"] = media
        self._write = write
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # as ASGI has it
        """Write until it is over, or the client has gone."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        turn = asyncio.Lock()

        async def out(piece: bytes) -> None:
            message: Message = {"type": "http.response.body", "body": piece, "more_body": True}
            try:
                async with turn, asyncio.timeout(_SENDING):
                    await send(message)
            except (TimeoutError, OSError):
                raise _Gone from None

        writing = asyncio.ensure_future(self._written(out))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (writing, leaving):
                each.cancel()
            await asyncio.gather(writing, leaving, return_exceptions=True)
            if self._close is not None:
                await self._close()
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _written(self, out: Sending) -> None:
        try:
            await self._write(out)
        except* _Gone:
            pass
        except* Exception:  # a defect of ours; what has been said stands, the client sees that more was to come
            log.exception("a stream ends: unforeseen")


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def event(name: str, data: bytes = b"") -> bytes:
    """One event. Its lines end with LF alone: not every client reads CRLF."""
    return b"event: " + name.encode() + b"\ndata:" + (b" " + data if data else b"") + b"\n\n"


def _event_of(told: Told) -> bytes:
    if told.kind == "complete":
        return event("complete")
    return event("next", orjson.dumps(told.body if told.kind == "next" else {"errors": told.body}))


def _ended(reason: str, code: str) -> bytes:
    return orjson.dumps({"errors": [{"message": reason, "extensions": {"code": code}}]})


def _part(reply: Reply) -> bytes:
    head = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    return head + orjson.dumps(reply.body) + f"\r\n--{_BOUNDARY}".encode()
