"""Refusals at the door: a status, a code of the closed list and plain words, over HTTP and to a WebSocket's handshake."""

import math
from collections.abc import Mapping
from typing import Final

import orjson
from starlette.types import Scope, Send

from resolvers.problems import RequestProblem, formatted

KINDS: Final = ("http", "websocket")
"""Scopes that a door stands before; the third is the application's own start and end."""


def body_of(code: str, message: str, retry_after: float | None = None, trace_id: str | None = None) -> bytes:
    """The body of a refusal, in the form of GraphQL. Units: `retry_after` in seconds."""
    more = {} if retry_after is None else {"retryAfterMs": math.ceil(retry_after * 1_000)}
    told = formatted(RequestProblem(code, message, **more), trace_id or "")
    if trace_id is None:
        del told["extensions"]["traceId"]
    return orjson.dumps({"errors": [told]})


async def refuse(
    scope: Scope,
    send: Send,
    status: int,
    code: str,
    message: str,
    *,
    retry_after: float | None = None,
    headers: Mapping[str, str] | None = None,
    trace_id: str | None = None,
) -> None:
    """Answer a request, or a handshake, with a refusal. Units: `retry_after` in seconds."""
    body = body_of(code, message, retry_after, trace_id)
    said = {"content-type": "application/json; charset=utf-8", "content-length": str(len(body)), **(headers or {})}
    if retry_after is not None:
        said["retry-after"] = str(max(1, math.ceil(retry_after)))
    raw = [(name.encode(), value.encode("latin-1")) for name, value in said.items()]
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})
    elif "websocket.http.response" in scope.get("extensions", {}):
        await send({"type": "websocket.http.response.start", "status": status, "headers": raw})
        await send({"type": "websocket.http.response.body", "body": body})
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": message[:100]})
