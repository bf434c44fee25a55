"""Rates: how much one address and one caller get, and how often one address may be wrong about who it is.

In one process: behind several, each counts by itself.
"""

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.door.addresses import neighbourhood
from gateway.door.buckets import MOST, Buckets
from gateway.door.door_settings import RateSettings
from gateway.door.refusals import KINDS, refuse
from gateway.identity import cookies

log = logging.getLogger("okno.door")

_LET_IN: Final = 600.0
"""Seconds for which a caller who was let in is not held up by what others of the same address get wrong."""
_REFUSED: Final = frozenset({4401, 4403})
"""How a WebSocket ends whose caller is nobody."""
_CALLBACK: Final = "/auth/callback"


class Rates:
    """Answers 429 to who asks too often. Units: `clock` counts seconds."""

    def __init__(self, app: ASGIApp, settings: RateSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._clock = clock
        self._addresses = Buckets(settings.address_per_second, settings.address_burst)
        self._callers = Buckets(settings.caller_per_second, settings.caller_burst)
        self._failures = Buckets(settings.failures / 60, settings.failures)
        self._let_in: OrderedDict[str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through where there is still room for it."""
        if scope["type"] not in KINDS:
            await self.app(scope, receive, send)
            return
        now = self._clock()
        client = neighbourhood(scope["client"][0] if scope.get("client") else None)
        wait = self._addresses.take(client, now)
        if wait:
            await self._too_often(scope, send, wait, "too many requests from this address", client)
            return
        caller = caller_of(scope)
        if caller is not None or _identifies(scope):
            wait = self._failures.lacking(client, now)
            if wait and (caller is None or self._let_in.get(caller, 0.0) < now):
                await self._too_often(scope, send, wait, "too many refused credentials from this address", client)
                return
        wait = self._callers.take(caller, now) if caller is not None else 0.0
        if wait:
            await self._too_often(scope, send, wait, "too many requests of yours", client)
            return

        async def told(message: Message) -> None:
            failed = _failed(scope, message, caller)
            if failed:
                self._failures.take(client, self._clock())
                if caller is not None:
                    self._let_in.pop(caller, None)
            elif failed is False and caller is not None:
                self._remember(caller)
            await send(message)

        await self.app(scope, receive, told)

    def _remember(self, caller: str) -> None:
        self._let_in[caller] = self._clock() + _LET_IN
        self._let_in.move_to_end(caller)
        if len(self._let_in) > MOST:
            self._let_in.popitem(last=False)

    async def _too_often(self, scope: Scope, send: Send, wait: float, why: str, client: str) -> None:
        log.info("%s: %s", client, why)
        await refuse(scope, send, 429, "RATE_LIMITED", why, retry_after=wait)


def caller_of(scope: Scope) -> str | None:
    """Who says to ask, by a digest of what they prove it with; None where nobody says so. It has not been looked at yet."""
    http = HTTPConnection(scope)
    secret = http.headers.get("authorization") or http.cookies.get(cookies.SESSION)
    if secret is None:
        return None
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _identifies(scope: Scope) -> bool:
    """Whether somebody may turn out to be nobody, with nothing in the headers that says who."""
    return scope["type"] == "websocket" or bool(scope["path"] == _CALLBACK)


def _failed(scope: Scope, message: Message, caller: str | None) -> bool | None:
    """Whether a message says that whoever asks is nobody; None where it says nothing about that."""
    if message["type"] == "http.response.start":
        status = int(message["status"])
        if scope["path"] == _CALLBACK:
            return 400 <= status < 500
        if caller is None:
            return None
        return True if status == 401 else False if 200 <= status < 300 and scope["path"] in _JUDGING else None
    if message["type"] == "websocket.close":
        return True if message.get("code") in _REFUSED else None
    return None


_JUDGING: Final = frozenset({"/graphql", "/auth/session", "/auth/sessions", "/auth/team"})
"""Addresses that answer 2xx to nobody but a caller they know."""
