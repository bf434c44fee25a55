"""GraphQL over WebSocket: subscriptions, in the subprotocol graphql-transport-ws. Source: PROTOCOL.md of graphql-ws.

Nothing is asked or changed here, only followed: queries and mutations are asked for by POST.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import orjson
from starlette.requests import Request as HttpRequest
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gateway.connections import Connections, TooMany
from gateway.standing_in import Ended, StandingIn
from gateway.streams import BEAT
from gateway.telling import Teller, beating
from gateway.trace import client_of, trace_id_of
from gateway.ws_messages import Closed, as_http, id_of, message_of, request_of_payload
from operations.kit.following import Following
from resolvers.request import Request
from resolvers.road import Road

log = logging.getLogger("okno.ws")

PROTOCOL: Final = "graphql-transport-ws"
GREETING: Final = 10.0
"""Seconds within which a connection has to be begun with."""
_SENDING: Final = 10.0
"""Seconds that a message may wait for a client that does not read."""
_MOST_STREAMS: Final = 50


class SocketEndpoint:
    """`/graphql`, as a WebSocket."""

    def __init__(
        self,
        road: Road,
        standing_in: Callable[[HttpRequest], StandingIn],
        following: Following,
        connections: Connections | None = None,
        *,
        beat: float = BEAT,
        greeting: float = GREETING,
    ) -> None:
        self.road = road
        self.standing_in = standing_in
        self.following = following
        self.beat = beat
        self.greeting = greeting
        self.connections = connections or Connections()

    async def serve(self, socket: WebSocket) -> None:
        """One connection, to its end."""
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await socket.close(4406, "Subprotocol not acceptable")
            return
        await socket.accept(PROTOCOL)
        try:
            with self.connections.anonymous():
                await _Connection(self, socket).run()
        except TooMany as too_many:
            await socket.close(1013, str(too_many))


class _Connection:
    """One connection."""

    def __init__(self, endpoint: SocketEndpoint, socket: WebSocket) -> None:
        self._endpoint = endpoint
        self._socket = socket
        self._streams: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Speak until either side ends it."""
        closed: Closed | None = None
        try:
            who = await self._greeted()
            with self._endpoint.connections.of(who.caller.login):
                await self._send({"type": "connection_ack"})
                async with asyncio.TaskGroup() as group:
                    teller = Teller(self._endpoint.road, self._endpoint.following, who)
                    group.create_task(self._beat(teller))
                    await self._read(group, teller)
        except* WebSocketDisconnect:
            pass
        except* Closed as several:
            closed = next(each for each in several.exceptions if isinstance(each, Closed))
        except* TooMany as several:
            closed = Closed(4429, str(several.exceptions[0]))
        except* Exception:  # a defect of ours; the client may connect again
            log.exception("a connection ends: unforeseen")
            closed = Closed(1013, "internal error")  # clients take 1011 for the end of it
        if closed is not None and self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(_SENDING):
                    await self._socket.close(closed.code, closed.reason)

    async def _greeted(self) -> StandingIn:
        try:
            async with asyncio.timeout(self._endpoint.greeting):
                message = await self._received()
                while message["type"] in ("ping", "pong"):
                    await self._played(message)
                    message = await self._received()
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        if message["type"] != "connection_init":
            raise Closed(4401, "Unauthorized")
        given = message.get("payload")
        if given is not None and not isinstance(given, dict):
            raise Closed(4400, "connection_init: expected an object as payload")
        who = self._endpoint.standing_in(as_http(self._socket, given or {}))
        try:
            await who.now(used=True)
        except Ended as ended:
            raise Closed(4403, ended.reason) from None
        return who

    async def _received(self) -> dict[str, Any]:
        """The next message. Raises: WebSocketDisconnect; Closed for what is none."""
        came = await self._socket.receive()
        if came["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(came.get("code") or 1005)
        return message_of(came)

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(_SENDING):
                await self._socket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            raise Closed(4499, "what is sent is not read") from None
        except RuntimeError:
            raise WebSocketDisconnect(1006) from None  # it was closed while this was on its way

    async def _played(self, message: dict[str, Any]) -> None:
        if message["type"] == "ping":
            same = {"payload": message["payload"]} if isinstance(message.get("payload"), dict) else {}
            await self._send({"type": "pong", **same})

    async def _read(self, group: asyncio.TaskGroup, teller: Teller) -> None:
        while True:
            message = await self._received()
            kind = message["type"]
            if kind in ("ping", "pong"):
                await self._played(message)
            elif kind == "subscribe":
                self._begin(group, teller, message)
            elif kind == "complete":
                stream = self._streams.pop(id_of(message), None)
                if stream is not None:
                    stream.cancel()
            elif kind == "connection_init":
                raise Closed(4429, "Too many initialisation requests")
            else:
                raise Closed(4400, f"no message is of the type {kind[:40]!r}")

    def _begin(self, group: asyncio.TaskGroup, teller: Teller, message: dict[str, Any]) -> None:
        id_ = id_of(message)
        if id_ in self._streams:
            raise Closed(4409, f"Subscriber for {id_} already exists")
        if len(self._streams) >= _MOST_STREAMS:
            raise Closed(4429, f"at most {_MOST_STREAMS} are followed at a time")
        request = request_of_payload(message.get("payload"))
        request = replace(request, trace_id=trace_id_of(self._socket), client=client_of(self._socket))
        stream = self._streams[id_] = group.create_task(self._stream(teller, id_, request), name="subscription")
        stream.add_done_callback(lambda done: self._over(id_, done))

    def _over(self, id_: str, done: "asyncio.Task[None]") -> None:
        if self._streams.get(id_) is done:  # else the client has begun another of that id
            del self._streams[id_]

    async def _beat(self, teller: Teller) -> None:
        """Look again and again whether whoever is connected still may be, and still has the same rights."""
        try:
            await beating(teller, self._endpoint.beat)
        except Ended as ended:
            raise Closed(4403, ended.reason) from None

    async def _stream(self, teller: Teller, id_: str, request: Request) -> None:
        """One subscription, to its end."""
        try:
            async for told in teller.told(request):
                if told.kind == "next":
                    await self._send({"id": id_, "type": "next", "payload": told.body})
                else:
                    await self._last(id_, told.kind, told.body)
        except Ended as ended:
            raise Closed(4403, ended.reason) from None

    async def _last(self, id_: str, kind: str, payload: object = None) -> None:
        """The last word about a subscription: whoever hears it may use its id again at once."""
        if self._streams.get(id_) is asyncio.current_task():
            del self._streams[id_]
        await self._send({"id": id_, "type": kind, **({} if payload is None else {"payload": payload})})
