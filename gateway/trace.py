"""Tracing: each HTTP request and each WebSocket gets its trace id here, once; everything that tells of it says the same.

Source: W3C Trace Context, 3.2 (the header `traceparent`).
"""

import logging
import re
import secrets
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolvers.replies import internal_error

log = logging.getLogger("okno.http")

TRACE: Final[ContextVar[str | None]] = ContextVar("okno_trace", default=None)
"""The trace id of whatever is done now."""
MOST_OF_A_NAME: Final = 60
_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^\s]*)?")
_CLIENT: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9 ._@/+-]{{0,{MOST_OF_A_NAME - 1}}}")
_CLIENT_HEADERS: Final = ("graphql-client-name", "apollographql-client-name")


@dataclass(frozen=True, slots=True)
class Parent:
    """The span of a caller that a request is a part of."""

    trace_id: str
    span_id: str
    sampled: bool


@dataclass(slots=True)
class Seen:
    """One request or connection as it is told of. Shape: `status` None where nothing was answered; `caller` NONE, or the kind of caller."""

    kind: str
    method: str
    trace_id: str
    parent: Parent | None
    route: str = "other"
    status: int | None = None
    caller: str = "NONE"


class RequestObserver(Protocol):
    """Who is told of requests."""

    def seen(self, seen: Seen) -> AbstractContextManager[object]:
        """A request or a connection, for as long as it takes."""
        ...


class Tracing:
    """The middleware around everything else. Shape: `accept` takes the trace id that a caller gives."""

    def __init__(self, app: ASGIApp, observer: RequestObserver, *, accept: bool = False) -> None:
        self._app = app
        self._observer = observer
        self._accept = accept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one connection, or the lifespan, which has no trace."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        parent = parent_of(scope) if self._accept else None
        trace_id = parent.trace_id if parent is not None else fresh()
        state = scope.setdefault("state", {})
        state["trace_id"] = trace_id
        seen = Seen(scope["type"], scope.get("method", "GET"), trace_id, parent)
        token = TRACE.set(trace_id)
        try:
            with self._observer.seen(seen):
                try:
                    await self._answered(scope, receive, send, seen)
                finally:
                    seen.route = getattr(scope.get("route"), "path", "other")
                    seen.caller = state.get("caller_kind", "NONE")
        finally:
            TRACE.reset(token)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, seen: Seen) -> None:
        named = (b"x-request-id", seen.trace_id.encode())

        async def told(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                seen.status = message.get("status", 101)
                message = {**message, "headers": [*message.get("headers", ()), named]}
            elif message["type"] == "websocket.close" and seen.status is None:
                seen.status = 403  # that is what a server makes of a handshake that is closed
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception:
            # told here, by our rules for logs: a server would print the exception's own words, with whatever is in them
            log.exception("unforeseen error, trace %s", seen.trace_id)
            if seen.kind == "http" and seen.status is None:
                await _broken(told, seen.trace_id)
            elif seen.kind == "websocket":
                await told({"type": "websocket.close", "code": 1011})


async def _broken(send: Send, trace_id: str) -> None:
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(internal_error(trace_id))})


def fresh() -> str:
    """A new trace id. No UUID: some digits of those are always the same, and sampling by trace id needs all of them."""
    return secrets.token_hex(16)


def parent_of(scope: Scope) -> Parent | None:
    """The caller's span, None where it says none, several, or something that is none."""
    said = [value for name, value in scope["headers"] if name.lower() == b"traceparent"]
    found = _TRACEPARENT.fullmatch(said[0].decode("latin-1")) if len(said) == 1 else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return Parent(trace_id, span_id, bool(int(flags, 16) & 1))


def trace_id_of(request: HTTPConnection | Scope) -> str:
    """The trace id of a request; where no middleware has given it one, it gets one now."""
    scope: Any = request.scope if isinstance(request, HTTPConnection) else request
    state = scope.setdefault("state", {})
    found: str = state.setdefault("trace_id", fresh())
    return found


def caller_is(request: HTTPConnection, kind: str) -> None:
    """Note of which kind the caller of a request is; never who."""
    request.scope.setdefault("state", {})["caller_kind"] = kind


def client_of(request: HTTPConnection) -> str | None:
    """What the program that asks calls itself, where it says so in words that can be shown."""
    for name in _CLIENT_HEADERS:
        said = request.headers.get(name)
        if said is not None:
            said = said.strip()
            return said if _CLIENT.fullmatch(said) else None
    return None
