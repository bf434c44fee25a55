"""GraphQL over HTTP: one POST, one answer. Source: the GraphQL over HTTP specification."""

from typing import Any, Final

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway.identity.tokens import Tokens
from gateway.identity.viewers import Viewers
from resolvers.asking import Viewer
from resolvers.problems import RequestProblem, formatted
from resolvers.road import Reply, Request, Road

MOST_BODY: Final = 1_048_576
MODERN: Final = "application/graphql-response+json"
LEGACY: Final = "application/json"


class Endpoint:
    """`/graphql`."""

    def __init__(self, road: Road, tokens: Tokens, viewers: Viewers) -> None:
        self._road = road
        self._tokens = tokens
        self._viewers = viewers

    async def __call__(self, http: HttpRequest) -> Response:
        """One request. Errors of form answer with their own status, errors of execution beside the data."""
        media = preferred(http.headers.get("accept"))
        if media is None:
            return _refused(406, "BAD_INPUT", f"this endpoint answers with {MODERN} or {LEGACY}", LEGACY)
        viewer = await self._viewer(http)
        if viewer is None:
            refusal = _refused(401, "UNAUTHENTICATED", "a bearer token is needed", media)
            refusal.headers["WWW-Authenticate"] = 'Bearer realm="okno"'
            return refusal
        content_type = http.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type != "application/json":
            return _refused(415, "BAD_INPUT", "the body is JSON: send Content-Type: application/json", media)
        try:
            request = await self._shaped(http)
        except RequestProblem as problem:
            return _refused(413 if problem.code == "LIMIT_EXCEEDED" else 400, problem.code, problem.message, media)
        reply = await self._road.answer(request, viewer)
        return _answered(reply, media)

    async def _viewer(self, http: HttpRequest) -> Viewer | None:
        scheme, _, token = http.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        bearer = await self._tokens.bearer(token.strip(), http.client.host if http.client else None)
        return self._viewers.viewer(bearer.login, http.headers.get("okno-team")) if bearer else None

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
        if body.get("extensions") is not None and not isinstance(body["extensions"], dict):
            raise RequestProblem("BAD_INPUT", "extensions: expected an object")
        fresh = "no-cache" in http.headers.get("cache-control", "")
        return Request(query, variables or {}, name or None, fresh)


def preferred(accept: str | None) -> str | None:
    """The media type to answer with: the one given the higher weight; None when neither is taken."""
    if not accept:
        return LEGACY
    best: tuple[float, str] | None = None
    for each in accept.split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        weight = next((_weight(part[2:]) for part in parameters if part.startswith("q=")), 1.0)
        if kind in (MODERN, LEGACY):
            chosen = kind
        elif kind in ("application/*", "*/*"):
            chosen = LEGACY
        else:
            continue
        if weight > 0 and (best is None or weight > best[0]):
            best = (weight, chosen)
    return best[1] if best else None


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _answered(reply: Reply, media: str) -> Response:
    status = 200 if reply.executed or media == LEGACY else 400
    return Response(orjson.dumps(reply.body), status, _headers(), f"{media}; charset=utf-8")


def _refused(status: int, code: str, message: str, media: str) -> Response:
    body: dict[str, Any] = {"errors": [formatted(RequestProblem(code, message), "")]}
    del body["errors"][0]["extensions"]["traceId"]
    return Response(orjson.dumps(body), status, _headers(), f"{media}; charset=utf-8")


def _headers() -> dict[str, str]:
    return {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept, Authorization"}
