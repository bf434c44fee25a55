"""GraphQL over HTTP: one request, one answer, in the form that is preferred. Source: the GraphQL over HTTP specification."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Protocol

import orjson
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.identity.callers import Caller, Refusal
from gateway.identity.scopes import lacking
from gateway.media import JSON, LEGACY, MODERN, PARTS, STREAM, preferred
from gateway.shaping import request_of_address, request_of_body
from gateway.trace import client_of, trace_id_of
from resolvers.asking import Viewer
from resolvers.problems import RequestProblem, formatted
from resolvers.replies import Reply, internal_error
from resolvers.request import Prepared, Request
from resolvers.road import Road

log = logging.getLogger("okno.http")

MOST_BODY: Final = 1_048_576
_PATIENCE: Final = 30.0
"""Seconds within which the body has to arrive."""
_CHARSETS: Final = frozenset({"", "utf-8", "utf8"})


class Doorkeeper(Protocol):
    """Who tells who asks."""

    async def caller(self, http: HttpRequest) -> Caller | Refusal:
        """Who makes a request, or why it is nobody's."""
        ...

    def viewer(self, caller: Caller, team: str | None = None) -> Viewer | None:
        """The viewer that a caller is, in the team asked for. None for a team not theirs."""
        ...


class Streaming(Protocol):
    """Who answers in more than one piece."""

    async def events(self, http: HttpRequest, prepared: Prepared, viewer: Viewer) -> Response:
        """An answer, or what is followed, as a stream of events."""
        ...

    def event(self, reply: Reply) -> Response:
        """An answer as one event."""
        ...

    async def parts(self, prepared: Prepared, viewer: Viewer, media: str) -> Response:
        """An answer whose deferred parts come later; in one piece of this type where none does."""
        ...


class Endpoint:
    """`/graphql`."""

    def __init__(
        self,
        road: Road,
        identity: Doorkeeper,
        confirmed: Callable[[], bool] = lambda: True,
        streaming: Streaming | None = None,
    ) -> None:
        self._road = road
        self._identity = identity
        self._confirmed = confirmed
        self._streaming = streaming

    async def answer(self, http: HttpRequest) -> Response:
        """One request. Errors of form answer with their own status, errors of execution beside the data."""
        accept = http.headers.get("accept")
        media = preferred(accept)
        if preferred(accept, (*JSON, STREAM, PARTS)) is None:
            return refused(406, "BAD_INPUT", f"this endpoint answers with {MODERN}, {LEGACY} or {STREAM}", LEGACY)
        said = media or LEGACY
        if http.method not in ("GET", "POST"):
            return _only(refused(405, "BAD_INPUT", "GraphQL is asked for by POST, or by GET", said), "GET, POST")
        known = await self._known(http, said)
        if isinstance(known, Response):
            return known
        try:
            async with asyncio.timeout(_PATIENCE):
                request = await self._shaped(http)
        except TimeoutError:
            return refused(408, "BAD_INPUT", "the body has not arrived in time", said)
        except ClientDisconnect:
            return refused(400, "BAD_INPUT", "the body has not arrived", said)  # for the log; nobody listens
        except RequestProblem as problem:
            return refused(_STATUS.get(problem.code, 400), problem.code, problem.message, said)
        except _NotJson as problem:
            return _accepting(refused(415, "BAD_INPUT", str(problem), said))
        known = await self._known(http, said)  # rights may have ended while the body was on its way
        if isinstance(known, Response):
            return known
        caller, viewer = known
        if not self._confirmed():
            refusal = refused(503, "INTERNAL", "the policy in force cannot be confirmed; try again", said)
            refusal.headers["Retry-After"] = "1"
            return refusal
        trace_id = trace_id_of(http)
        try:
            return await self._answered(
                http, replace(request, trace_id=trace_id, client=client_of(http)), caller, viewer, media
            )
        except Exception:
            # a defect of ours, or data that no JSON can carry: told as every other error is
            log.exception("unforeseen error, trace %s", trace_id)
            return Response(orjson.dumps(internal_error(trace_id)), 500, headers(), f"{said}; charset=utf-8")

    async def _answered(
        self, http: HttpRequest, request: Request, caller: Caller, viewer: Viewer, media: str | None
    ) -> Response:
        said = media or LEGACY
        prepared = await self._road.prepared(request, viewer)
        text = request.query if isinstance(prepared, Reply) else prepared.request.query
        scope = lacking(text, caller.scopes) if caller.kind == "SERVICE" else None
        if scope is not None:
            return refused(403, "UNAUTHENTICATED", f"a token with the scope {scope} is needed", said)
        accept = http.headers.get("accept")
        if isinstance(prepared, Reply):
            events = self._streaming is not None and preferred(accept, (*JSON, STREAM)) == STREAM
            return self._streaming.event(prepared) if events and self._streaming else answer_of(prepared, said)
        if http.method == "GET":
            if prepared.kind != "query":
                return _only(refused(405, "BAD_INPUT", f"a {prepared.kind} is sent by POST", said), "POST")
            if self._road.says_text(prepared):
                return refused(400, "BAD_INPUT", "texts do not stand in an address; send them by POST", said)
        forms = self._forms(prepared)
        form = preferred(accept, forms, PARTS)  # whoever takes parts at all wants them of what is deferred
        if form is None:
            taken = " or ".join(forms)
            return refused(406, "BAD_INPUT", f"a {prepared.kind} is answered with {taken}", said)
        if form == STREAM and self._streaming is not None:
            return await self._streaming.events(asking_as(http), prepared, viewer)
        if form == PARTS and self._streaming is not None:
            return await self._streaming.parts(prepared, viewer, said)
        reply = await self._road.answered(prepared, viewer)
        assert reply is not None
        return answer_of(reply, form)

    def _forms(self, prepared: Prepared) -> tuple[str, ...]:
        """The forms in which an answer may come."""
        if self._streaming is None:
            return JSON
        if prepared.kind == "subscription":
            return (STREAM,)
        return (*JSON, STREAM, PARTS) if prepared.deferred else (*JSON, STREAM)

    async def _known(self, http: HttpRequest, media: str) -> tuple[Caller, Viewer] | Response:
        """Who asks, with the rights of this moment; or the refusal."""
        caller = await self._identity.caller(asking_as(http))
        if isinstance(caller, Refusal):
            refusal = refused(caller.status, caller.code, caller.message, media)
            if caller.status == 401:
                refusal.headers["WWW-Authenticate"] = 'Bearer realm="okno"'
            return refusal
        viewer = self._identity.viewer(caller, http.headers.get("okno-team"))
        if viewer is None:
            return refused(400, "BAD_INPUT", "Okno-Team: expected the id of a team of yours", media)
        return caller, viewer

    async def _shaped(self, http: HttpRequest) -> Request:
        fresh = "no-cache" in http.headers.get("cache-control", "")
        if http.method == "GET":
            return request_of_address(http.url.query, fresh=fresh)
        kind, _, parameters = http.headers.get("content-type", "").partition(";")
        if kind.strip().lower() != LEGACY:
            raise _NotJson("the body is JSON: send Content-Type: application/json")
        name, _, charset = parameters.strip().partition("=")
        if name.strip().lower() == "charset" and charset.strip(' "').lower() not in _CHARSETS:
            raise _NotJson("the body is JSON in UTF-8")
        if http.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise _NotJson("the body is sent as it is, not compressed")
        content = bytearray()
        async for part in http.stream():
            content += part
            if len(content) > MOST_BODY:
                raise RequestProblem("LIMIT_EXCEEDED", f"a request has at most {MOST_BODY} bytes")
        return request_of_body(bytes(content), fresh=fresh)


class _NotJson(Exception):
    """A body of a type that is not read."""


_STATUS: Final = {"LIMIT_EXCEEDED": 413}


def asking_as(http: HttpRequest) -> HttpRequest:
    """The request as its caller is told by: an answer is worth as much as a change, so a cookie alone, from a page of
    another origin, is nobody's by GET either.
    """
    return http if http.method == "POST" else HttpRequest({**http.scope, "method": "POST"})


def answer_of(reply: Reply, media: str) -> Response:
    """An answer in one piece."""
    status = 200 if reply.executed or media == LEGACY else 400
    return Response(orjson.dumps(reply.body), status, headers(), f"{media}; charset=utf-8")


def refused(status: int, code: str, message: str, media: str) -> Response:
    """A refusal, as GraphQL tells errors."""
    body: dict[str, Any] = {"errors": [formatted(RequestProblem(code, message), "")]}
    del body["errors"][0]["extensions"]["traceId"]
    return Response(orjson.dumps(body), status, headers(), f"{media}; charset=utf-8")


def _only(response: Response, methods: str) -> Response:
    response.headers["Allow"] = methods
    return response


def _accepting(response: Response) -> Response:
    response.headers["Accept-Post"] = LEGACY
    return response


def headers() -> dict[str, str]:
    """What every answer says besides."""
    return {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept, Authorization, Cookie"}
