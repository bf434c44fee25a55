"""Messages of graphql-transport-ws, as they come and as they are meant. Source: PROTOCOL.md of graphql-ws."""

from typing import Any, Final

import orjson
from starlette.requests import Request as HttpRequest
from starlette.websockets import WebSocket

from gateway.shaping import request_of
from resolvers.problems import RequestProblem
from resolvers.request import Request

_SAID: Final = frozenset({"authorization", "okno-team", "okno-on-behalf-of"})
"""Headers that may come with the first message: a browser cannot put them in those of the handshake."""
_LONGEST_REASON: Final = 123
"""Bytes that a closing frame has room for. Source: RFC 6455, 5.5."""


class Closed(Exception):
    """The connection has to end. Shape: `code` as in the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


def message_of(came: Any) -> dict[str, Any]:
    """One message. Raises: Closed for what is none."""
    text = came.get("text")
    if text is None:
        raise Closed(4400, "a message is text")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Closed(4400, "a message is JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Closed(4400, "a message is an object with a type")
    return message


def id_of(message: dict[str, Any]) -> str:
    """Which subscription a message is about. Raises: Closed."""
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= 200:
        raise Closed(4400, "id: expected a text")
    return id_


def request_of_payload(payload: Any) -> Request:
    """What is asked for. Raises: Closed."""
    if not isinstance(payload, dict):
        raise Closed(4400, "payload: expected an object")
    try:
        return request_of(payload)
    except RequestProblem as problem:
        raise Closed(4400, f"payload.{problem.message}") from None


def as_http(socket: WebSocket, given: dict[str, Any]) -> HttpRequest:
    """The handshake as the request of a caller; what a browser cannot put in its headers comes with the first message.

    It is looked at as one that changes something: a cookie alone, from a page of another origin, is nobody's.
    """
    headers = {name: value for name, value in socket.scope["headers"] if name.decode("latin-1").lower() != "upgrade"}
    for name, value in given.items():
        if name.lower() in _SAID and isinstance(value, str) and value.isascii():
            headers[name.lower().encode()] = value.encode()
    scheme = "https" if socket.scope.get("scheme") == "wss" else "http"
    return HttpRequest(
        {**socket.scope, "type": "http", "method": "POST", "scheme": scheme, "headers": [*headers.items()]}
    )
