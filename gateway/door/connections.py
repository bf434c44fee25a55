"""Connections: how many are held, and how long slow ones are waited for. The server in use has no limit of either kind."""

import asyncio
import logging
from collections import Counter
from typing import Any, Final

import httptools
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.door.addresses import Networks, neighbourhood
from gateway.door.door_settings import ConnectionSettings
from gateway.door.headers import EVERYWHERE
from gateway.door.refusals import body_of

log = logging.getLogger("okno.door")

MOST_HEAD: Final = 32_768
"""Bytes of a request's line and headers."""
_LINGER: Final = 2.0
"""Seconds for a client to take what was sent before its connection is cut."""
_REASONS: Final = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class Register:
    """The connections that are open, in all and by address."""

    def __init__(self, settings: ConnectionSettings, proxies: Networks) -> None:
        self.settings = settings
        self._proxies = proxies
        self._of = Counter[str]()
        self._open = 0

    def enter(self, address: str | None) -> str | None:
        """Count a connection. Returns: under what name; None where there is no room for it. Proxies hold those of many."""
        name = neighbourhood(address)
        if self._open >= self.settings.most:
            return None
        if self._of[name] >= self.settings.per_address and not self._proxies.has(address):
            return None
        self._of[name] += 1
        self._open += 1
        return name

    def leave(self, name: str) -> None:
        """Count it no more."""
        self._open -= 1
        self._of[name] -= 1
        if not self._of[name]:
            del self._of[name]

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open


class BoundedHttp(HttpToolsProtocol):
    """One connection. Each part of a request has its time, and so has the client to read the answer.

    Shape: `register` is set by `protocols_of`.
    """

    register: Register

    def __init__(self, *said: Any, **named: Any) -> None:
        super().__init__(*said, **named)
        self._name: str | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._cut: asyncio.TimerHandle | None = None
        self._in_head = False
        self._in_body = False
        self._head = self._received = 0

    # the connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the server's own
        """Take the connection, if there is room."""
        super().connection_made(transport)
        self._name = self.register.enter(self.client[0] if self.client else None)
        if self._name is None:
            log.warning("%s: no room for another connection", self.client and self.client[0])
            self._refuse(503, "RATE_LIMITED", "too many connections", 1.0)
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        for each in (self._deadline, self._stalled, self._cut):
            if each is not None:
                each.cancel()
        self._deadline = self._stalled = self._cut = None
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        if self._name is not None:
            self.register.leave(self._name)
            self._name = None

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection on; its place in the register goes with it."""
        self._over()
        name, self._name = self._name, None
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if name is not None and isinstance(protocol, BoundedSocket):
            protocol.take_over(self.register, name)
        elif name is not None:
            self.register.leave(name)

    # what comes in

    def data_received(self, data: bytes) -> None:
        """Take some bytes."""
        if self.transport.is_closing():
            return
        if self._deadline is None and not self._answering():
            self._wait_for_head()  # also for empty lines, which begin no request and would wait for ever
        going_on = self._in_head
        super().data_received(data)
        if self._in_head and (going_on or not self._answering()):
            self._received += len(data)  # a header is told only when it is whole
            if self._received > MOST_HEAD:
                self._refuse_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head, self._received = True, 0, 0
        if self._deadline is None:
            self._wait_for_head()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        self._head += len(url)
        self._check_head()
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head += len(name) + len(value) + 4
        self._check_head()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; now the body."""
        self._in_head, self._in_body = False, True
        self._name_host()
        self._wait(self.register.settings.body, "the body of the request has not arrived in time")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._in_body = False
        self._over()
        super().on_message_complete()

    def _check_head(self) -> None:
        if self._head > MOST_HEAD:
            raise httptools.HttpParserError("the head is too long")

    def _name_host(self) -> None:
        """A host in the address itself counts as one in the headers, so that two different ones are seen as two.

        Source: RFC 9112, 3.2.2.
        """
        if self.url.startswith(b"/"):
            return
        found = httptools.parse_url(self.url)
        host = (found.host or b"") + (b":%d" % found.port if found.port else b"")
        if [value for name, value in self.headers if name == b"host"] != [host]:
            self.headers.append((b"host", host))

    # what goes out

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.register.settings.stall, self._abort, "reads nothing")

    def resume_writing(self) -> None:
        """It has read."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def on_response_complete(self) -> None:
        """An answer is written. What a closing connection still has to send has its time as well."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._linger(self.register.settings.stall)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing has come for a while."""
        super().timeout_keep_alive_handler()
        self._linger(self.register.settings.stall)

    def send_400_response(self, msg: str) -> None:
        """What cannot be read as a request."""
        del msg  # in the words that all refusals have
        if self._head > MOST_HEAD:
            self._refuse_head()
        else:
            self._refuse(400, "BAD_INPUT", "this is no HTTP request")

    # time

    def _wait_for_head(self) -> None:
        self._wait(self.register.settings.head, "the head of the request has not arrived in time")

    def _wait(self, seconds: float, why: str) -> None:
        self._over()
        self._deadline = self.loop.call_later(seconds, self._late, why)

    def _over(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self, why: str) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        untold = self._in_body and not self.cycle.response_started
        if untold or (self._in_head and not self._answering()):
            self._refuse(408, "BAD_INPUT", why)
        else:
            self._abort(why)  # no request has begun, or an answer has

    def _answering(self) -> bool:
        """Whether the application owes an answer."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _refuse_head(self) -> None:
        self._refuse(431, "LIMIT_EXCEEDED", f"a request's head has at most {MOST_HEAD} bytes")

    def _refuse(self, status: int, code: str, message: str, retry_after: float | None = None) -> None:
        """Answer without the application, and close."""
        if self.transport.is_closing():
            return
        body = body_of(code, message, retry_after)
        said = {**EVERYWHERE, "Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(body))}
        said["Connection"] = "close"
        if retry_after is not None:
            said["Retry-After"] = str(round(retry_after))
        lines = [f"HTTP/1.1 {status} {_REASONS[status]}", *(f"{name}: {value}" for name, value in said.items())]
        self.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self.transport.close()
        self._linger(_LINGER)

    def _linger(self, seconds: float) -> None:
        """Cut a closing connection whose client does not take the last bytes."""
        if self._cut is None:
            self._cut = self.loop.call_later(seconds, self.transport.abort)

    def _abort(self, why: str) -> None:
        log.info("%s: a connection is cut: %s", self.client and self.client[0], why)
        self.transport.abort()


class BoundedSocket(WebSocketsSansIOProtocol):
    """One connection that has become a WebSocket; it keeps its place in the register."""

    def __init__(self, *said: Any, **named: Any) -> None:
        super().__init__(*said, **named)
        self._place: tuple[Register, str] | None = None
        self._lost = False

    def take_over(self, register: Register, name: str) -> None:
        """Keep a place that was counted when the connection was made."""
        if self._lost:
            register.leave(name)
        else:
            self._place = (register, name)

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message of the application's."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # refused with an answer: nothing is left to do, and nothing to complain of

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._lost = True
        if self._place is not None:
            register, name = self._place
            self._place = None
            register.leave(name)
        super().connection_lost(exc)


def protocols_of(register: Register) -> tuple[type[BoundedHttp], type[BoundedSocket]]:
    """What a server makes of each connection."""
    return type("OfThisServer", (BoundedHttp,), {"register": register}), BoundedSocket
