"""Origins: which pages may ask. Source: the Fetch standard (CORS), Fetch Metadata Request Headers."""

from collections.abc import Iterable, Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.door.refusals import KINDS, refuse

GUARDED: Final = ("/graphql", "/auth/", "/auth", "/graphql/")
"""Where data and sessions are. Pages, their files and the two probes hold nothing that is anybody's."""
_ARRIVALS: Final = frozenset({"/auth/login", "/auth/callback"})
"""Addresses that a browser is sent to from elsewhere."""
_METHODS: Final = "GET, POST"
_SENT: Final = "accept, authorization, cache-control, content-type, okno-on-behalf-of, okno-team, traceparent"
_SHOWN: Final = "Retry-After"
_REMEMBERED: Final = "600"


class Origins:
    """Refuses what a page of another origin asks for; answers pages of the origins named in the words of CORS.

    Pages of other origins, also of those named, speak with a bearer token: nothing here lets a cookie be sent along.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str], address: str | None) -> None:
        self.app = app
        self._named = frozenset(origins)
        self._address = address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request from a page of ours, or from no page, through."""
        if scope["type"] not in KINDS or not scope["path"].startswith(GUARDED):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        if len(origins) > 1 or not self._may_ask(scope, headers, origins[0] if origins else None):
            await refuse(
                scope, send, 403, "BAD_INPUT", "pages of this origin may not ask here", headers={"vary": "Origin"}
            )
            return
        named = origins[0] if origins and origins[0] in self._named else None
        if named and scope["type"] == "http" and scope["method"] == "OPTIONS":
            await _promise(send, named)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")
                if named:
                    answer["Access-Control-Allow-Origin"] = named
                    answer["Access-Control-Expose-Headers"] = _SHOWN
            await send(message)

        await self.app(scope, receive, told)

    def _may_ask(self, scope: Scope, headers: Mapping[str, str], origin: str | None) -> bool:
        if origin is not None:
            return origin in self._named or origin in self._own(scope, headers)
        site = headers.get("sec-fetch-site")
        if site in (None, "same-origin", "none"):
            return True
        arrives = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in ("GET", "HEAD")
        return arrives and scope["path"] in _ARRIVALS

    def _own(self, scope: Scope, headers: Mapping[str, str]) -> tuple[str, ...]:
        """Our own origin: as browsers know us, and as this request names us; the door for hosts has looked at that."""
        scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
        here = f"{scheme}://{headers.get('host', '').lower()}"
        return (here, self._address) if self._address else (here,)


async def _promise(send: Send, origin: str) -> None:
    """The answer to a browser that asks before it asks."""
    said = {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _SENT,
        "access-control-max-age": _REMEMBERED,
        "vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    }
    raw = [(name.encode(), value.encode()) for name, value in said.items()]
    await send({"type": "http.response.start", "status": 204, "headers": raw})
    await send({"type": "http.response.body", "body": b""})
