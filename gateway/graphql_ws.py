"""GraphQL over WebSocket: subscriptions, in the subprotocol graphql-transport-ws. Source: PROTOCOL.md of graphql-ws.

Nothing is asked or changed here, only followed: queries and mutations are asked for by POST.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import orjson
from starlette.requests import Request as HttpRequest
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gateway.identity.scopes import lacking
from gateway.standing_in import Ended, StandingIn
from gateway.trace import client_of, trace_id_of
from gateway.ws_messages import Closed, as_http, id_of, lacking_scope, message_of, request_of, said
from operations.kit.following import Following, Watch
from resolvers.following import Topic
from resolvers.road import Reply, Request, Road

log = logging.getLogger("okno.ws")

PROTOCOL: Final = "graphql-transport-ws"
BEAT: Final = 2.0
"""Seconds between two looks whether whoever is connected still may be."""
_GREETING: Final = 10.0
"""Seconds within which a connection has to be begun with."""
_SENDING: Final = 10.0
"""Seconds that a message may wait for a client that does not read."""
_MOST_STREAMS: Final = 50
MOST_OF_ONE: Final = 20
"""Connections of one login, in one process."""
_MOST: Final = 1_000


class SocketEndpoint:
    """`/graphql`, as a WebSocket."""

    def __init__(
        self,
        road: Road,
        standing_in: Callable[[HttpRequest], StandingIn],
        following: Following,
        *,
        beat: float = BEAT,
        greeting: float = _GREETING,
    ) -> None:
        self.road = road
        self.standing_in = standing_in
        self.following = following
        self.beat = beat
        self.greeting = greeting
        self._open = 0
        self._of = Counter[str]()

    async def serve(self, socket: WebSocket) -> None:
        """One connection, to its end."""
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await socket.close(4406, "Subprotocol not acceptable")
            return
        await socket.accept(PROTOCOL)
        self._open += 1
        try:
            if self._open > _MOST:
                await socket.close(1013, "too many connections")
                return
            await _Connection(self, socket).run()
        finally:
            self._open -= 1

    @property
    def open(self) -> int:
        """How many connections there are."""
        return self._open

    def enter(self, login: str) -> None:
        """Count a connection of somebody. Raises: Closed."""
        if self._of[login] >= MOST_OF_ONE:
            raise Closed(4429, "too many connections of yours")
        self._of[login] += 1

    def leave(self, login: str) -> None:
        """Count it no more."""
        self._of[login] -= 1
        if self._of[login] <= 0:
            del self._of[login]


class _Connection:
    """One connection."""

    def __init__(self, endpoint: SocketEndpoint, socket: WebSocket) -> None:
        self._endpoint = endpoint
        self._socket = socket
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._watches: set[Watch] = set()

    async def run(self) -> None:
        """Speak until either side ends it."""
        login: str | None = None
        closed: Closed | None = None
        try:
            who = await self._greeted()
            self._endpoint.enter(who.caller.login)
            login = who.caller.login
            await self._send({"type": "connection_ack"})
            async with asyncio.TaskGroup() as group:
                group.create_task(self._beat(who))
                await self._read(group, who)
        except* WebSocketDisconnect:
            pass
        except* Closed as several:
            closed = next(each for each in several.exceptions if isinstance(each, Closed))
        except* Exception:  # a defect of ours; the client may connect again
            log.exception("a connection ends: unforeseen")
            closed = Closed(1011, "internal error")
        finally:
            if login is not None:
                self._endpoint.leave(login)
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

    async def _read(self, group: asyncio.TaskGroup, who: StandingIn) -> None:
        while True:
            message = await self._received()
            kind = message["type"]
            if kind in ("ping", "pong"):
                await self._played(message)
            elif kind == "subscribe":
                self._begin(group, who, message)
            elif kind == "complete":
                stream = self._streams.pop(id_of(message), None)
                if stream is not None:
                    stream.cancel()
            elif kind == "connection_init":
                raise Closed(4429, "Too many initialisation requests")
            else:
                raise Closed(4400, f"no message is of the type {kind[:40]!r}")

    def _begin(self, group: asyncio.TaskGroup, who: StandingIn, message: dict[str, Any]) -> None:
        id_ = id_of(message)
        if id_ in self._streams:
            raise Closed(4409, f"Subscriber for {id_} already exists")
        if len(self._streams) >= _MOST_STREAMS:
            raise Closed(4429, f"at most {_MOST_STREAMS} are followed at a time")
        request = replace(
            request_of(message.get("payload")), trace_id=trace_id_of(self._socket), client=client_of(self._socket)
        )
        stream = self._streams[id_] = group.create_task(self._stream(who, id_, request), name="subscription")
        stream.add_done_callback(lambda done: self._over(id_, done))

    def _over(self, id_: str, done: "asyncio.Task[None]") -> None:
        if self._streams.get(id_) is done:  # else the client has begun another of that id
            del self._streams[id_]

    async def _beat(self, who: StandingIn) -> None:
        """Look again and again whether whoever is connected still may be, and still has the same rights."""
        before = who.rights
        while True:
            await asyncio.sleep(self._endpoint.beat)
            try:
                await who.now()
            except Ended as ended:
                raise Closed(4403, ended.reason) from None
            if who.rights != before:
                before = who.rights
                for watch in self._watches:
                    watch.wake()

    async def _stream(self, who: StandingIn, id_: str, request: Request) -> None:
        """One subscription, to its end."""
        road = self._endpoint.road
        try:
            viewer = await who.now(used=True)
            scope = lacking(request.query, who.caller.scopes) if who.caller.kind == "SERVICE" else None
            topic = lacking_scope(scope) if scope is not None else road.topic(request, viewer)
            if isinstance(topic, Reply):
                await self._last(id_, "error", topic.body["errors"])
                return
            async with self._endpoint.following.watch((topic.type_name, topic.key)) as watch:
                self._watches.add(watch)
                try:
                    await self._told(who, id_, request, topic, watch)
                finally:
                    self._watches.discard(watch)
        except Ended as ended:
            raise Closed(4403, ended.reason) from None

    async def _last(self, id_: str, kind: str, payload: object = None) -> None:
        """The last word about a subscription: whoever hears it may use its id again at once."""
        if self._streams.get(id_) is asyncio.current_task():
            del self._streams[id_]
        await self._send({"id": id_, "type": kind, **({} if payload is None else {"payload": payload})})

    async def _told(self, who: StandingIn, id_: str, request: Request, topic: Topic, watch: Watch) -> None:
        """Say how it stands, whenever it has changed; decided anew each time by the rights of that moment."""
        before: object = None
        while True:
            over = watch.mark.over  # as of before the answer: what changes meanwhile is told by another one
            reply = await self._endpoint.road.answer(request, await who.now(), followed=True)
            if not reply.executed:
                await self._last(id_, "error", reply.body["errors"])
                return
            told = said(reply)
            if told != before:
                before = told
                await self._send({"id": id_, "type": "next", "payload": reply.body})
            data = reply.body.get("data")
            if over or not data or data.get(topic.answer) is None:
                await self._last(id_, "complete")
                return
            await watch.moved()
