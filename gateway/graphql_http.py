"""GraphQL over HTTP: one POST, one answer. Source: the GraphQL over HTTP specification."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.identity.callers import Caller, Refusal
from gateway.identity.scopes import lacking
from gateway.trace import client_of, trace_id_of
from resolvers.asking import Viewer
from resolvers.problems import RequestProblem, formatted
from resolvers.road import Reply, Request, Road, internal_error

log = logging.getLogger("okno.http")

MOST_BODY: Final = 1_048_576
_LONGEST_TICKET: Final = 40
_PATIENCE: Final = 30.0
"""Seconds within which the body has to arrive."""
MODERN: Final = "application/graphql-response+json"
LEGACY: Final = "application/json"


class Doorkeeper(Protocol):
    """Who tells who asks."""

    async def caller(self, http: HttpRequest) -> Caller | Refusal:
        """Who makes a request, or why it is nobody's."""
        ...

    def viewer(self, caller: Caller, team: str | None = None) -> Viewer | None:
        """The viewer that a caller is, in the team asked for. None for a team not theirs."""
        ...


class Endpoint:
    """`/graphql`."""

    def __init__(self, road: Road, identity: Doorkeeper, confirmed: Callable[[], bool] = lambda: True) -> None:
        self._road = road
        self._identity = identity
        self._confirmed = confirmed

    async def answer(self, http: HttpRequest) -> Response:
        """One request. Errors of form answer with their own status, errors of execution beside the data."""
        media = preferred(http.headers.get("accept"))
        if media is None:
            return _refused(406, "BAD_INPUT", f"this endpoint answers with {MODERN} or {LEGACY}", LEGACY)
        known = await self._known(http, media)
        if isinstance(known, Response):
            return known
        content_type = http.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type != "application/json":
            return _refused(415, "BAD_INPUT", "the body is JSON: send Content-Type: application/json", media)
        try:
            async with asyncio.timeout(_PATIENCE):
                request = await self._shaped(http)
        except TimeoutError:
            return _refused(408, "BAD_INPUT", "the body has not arrived in time", media)
        except ClientDisconnect:
            return _refused(400, "BAD_INPUT", "the body has not arrived", media)  # for the log; nobody listens
        except RequestProblem as problem:
            return _refused(413 if problem.code == "LIMIT_EXCEEDED" else 400, problem.code, problem.message, media)
        known = await self._known(http, media)  # rights may have ended while the body was on its way
        if isinstance(known, Response):
            return known
        caller, viewer = known
        scope = lacking(request.query, caller.scopes) if caller.kind == "SERVICE" else None
        if scope is not None:
            return _refused(403, "UNAUTHENTICATED", f"a token with the scope {scope} is needed", media)
        if not self._confirmed():
            refusal = _refused(503, "INTERNAL", "the policy in force cannot be confirmed; try again", media)
            refusal.headers["Retry-After"] = "1"
            return refusal
        try:
            return _answered(await self._road.answer(request, viewer), media)
        except Exception:
            # a defect of ours, or data that no JSON can carry: told as every other error is
            trace_id = trace_id_of(http)
            log.exception("unforeseen error, trace %s", trace_id)
            return Response(orjson.dumps(internal_error(trace_id)), 500, _headers(), f"{media}; charset=utf-8")

    async def _known(self, http: HttpRequest, media: str) -> tuple[Caller, Viewer] | Response:
        """Who asks, with the rights of this moment; or the refusal."""
        caller = await self._identity.caller(http)
        if isinstance(caller, Refusal):
            refusal = _refused(caller.status, caller.code, caller.message, media)
            if caller.status == 401:
                refusal.headers["WWW-Authenticate"] = 'Bearer realm="okno"'
            return refusal
        viewer = self._identity.viewer(caller, http.headers.get("okno-team"))
        if viewer is None:
            return _refused(400, "BAD_INPUT", "Okno-Team: expected the id of a team of yours", media)
        return caller, viewer

    async def _shaped(self, http: HttpRequest) -> Request:
        content = bytearray()
        async for part in http.stream():
            content += part
            if len(content) > MOST_BODY:
                raise RequestProblem("LIMIT_EXCEEDED", f"a request has at most {MOST_BODY} bytes")
        try:
            body = orjson.loads(bytes(content))
        except orjson.JSONDecodeError:
            raise RequestProblem("BAD_INPUT", "the body is not JSON") from None
        if not isinstance(body, dict):
            raise RequestProblem("BAD_INPUT", "the body is one JSON object; batches are not served")
        query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
        if not isinstance(query, str) or not query:
            raise RequestProblem("BAD_INPUT", "query: expected a text")
        if variables is not None and not isinstance(variables, dict):
            raise RequestProblem("BAD_INPUT", "variables: expected an object")
        if name is not None and not isinstance(name, str):
            raise RequestProblem("BAD_INPUT", "operationName: expected a text")
        fresh = "no-cache" in http.headers.get("cache-control", "")
        case = _case(body.get("extensions"))
        return Request(query, variables or {}, name or None, fresh, case, trace_id_of(http), client_of(http))


def _case(extensions: Any) -> str | None:
    """The ticket that the viewer has in hand, of `extensions.purpose`."""
    if extensions is None:
        return None
    if not isinstance(extensions, dict):
        raise RequestProblem("BAD_INPUT", "extensions: expected an object")
    purpose = extensions.get("purpose")
    if purpose is None:
        return None
    ticket = purpose.get("ticket") if isinstance(purpose, dict) else ""
    if ticket is not None and not (isinstance(ticket, str) and 0 < len(ticket.strip()) <= _LONGEST_TICKET):
        raise RequestProblem("BAD_INPUT", "extensions.purpose.ticket: expected a ticket's number")
    return ticket


@dataclass(frozen=True, slots=True)
class _Range:
    """One media range of an Accept header. Shape: `place` counts from the end, so that the first is the greatest."""

    kind: str
    weight: float
    place: int


_NEARNESS: Final = {"*/*": 0, "application/*": 1, LEGACY: 2, MODERN: 2}


def preferred(accept: str | None) -> str | None:
    """The media type to answer with, None when neither is taken. Source: RFC 9110, 12.5.1.

    For each type the nearest range counts; of equal weights the one named outright, then the one named first, then the
    type that every client reads.
    """
    if not accept or not accept.strip():
        return LEGACY
    ranges = [_range(each, -place) for place, each in enumerate(accept.split(","))]
    taken: list[tuple[float, int, int, str]] = []
    for media in (MODERN, LEGACY):
        fitting = [each for each in ranges if each.kind in (media, "application/*", "*/*")]
        nearest = max(fitting, key=lambda each: (_NEARNESS[each.kind], each.place), default=None)
        if nearest is not None and nearest.weight > 0:
            taken.append((nearest.weight, _NEARNESS[nearest.kind], nearest.place, media))
    return max(taken, key=lambda each: (*each[:3], each[3] == LEGACY))[3] if taken else None


def _range(text: str, place: int) -> _Range:
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    said = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        weight = float(said)
    except ValueError:
        weight = 0.0
    return _Range(kind, weight if 0 <= weight <= 1 else 0.0, place)


def _answered(reply: Reply, media: str) -> Response:
    status = 200 if reply.executed or media == LEGACY else 400
    return Response(orjson.dumps(reply.body), status, _headers(), f"{media}; charset=utf-8")


def _refused(status: int, code: str, message: str, media: str) -> Response:
    body: dict[str, Any] = {"errors": [formatted(RequestProblem(code, message), "")]}
    del body["errors"][0]["extensions"]["traceId"]
    return Response(orjson.dumps(body), status, _headers(), f"{media}; charset=utf-8")


def _headers() -> dict[str, str]:
    return {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept, Authorization, Cookie"}
