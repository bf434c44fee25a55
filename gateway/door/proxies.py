"""Proxies: what the ones we trust say of a client, and nothing of what anybody else says."""

import logging
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.door.addresses import HOST, PEER, Networks, address_of
from gateway.door.certificates import CERTIFICATE, Shown, WrongCertificate, shown_in
from gateway.door.door_settings import DoorSettings
from gateway.door.forwarded import forwarded_of
from gateway.door.refusals import KINDS, refuse

log = logging.getLogger("okno.door")

_SCHEMES: Final = {"websocket": {"http": "ws", "https": "wss"}}


class Proxies:
    """Makes a request look as it left the client, where it came by proxies that are trusted.

    The client is the rightmost address that is no proxy of ours: whatever stands left of it, the client may have written
    itself. Headers of another kind than the one configured are never read: a proxy lets through what it does not set.
    """

    def __init__(self, app: ASGIApp, settings: DoorSettings) -> None:
        self.app = app
        self._trusted = Networks(settings.proxies)
        self._plain = settings.forwarded == "x-forwarded"
        self._certificate = settings.client_certificates.header if settings.client_certificates else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on as it left the client."""
        if scope["type"] not in KINDS:
            await self.app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else None
        # in place: the headers of the answer, which are put on further out, depend on what is found here
        scope.update({PEER: peer, "headers": list(scope["headers"])})
        headers = MutableHeaders(scope=scope)
        trusted = self._trusted.has(peer)
        wrong = self._certified(scope, headers, trusted)
        if wrong is None and trusted:
            wrong = self._undone(scope, headers)
        if wrong is not None:
            log.warning("%s: %s", peer, wrong)
            await refuse(scope, send, 400, "BAD_INPUT", wrong)
            return
        await self.app(scope, receive, send)

    def _undone(self, scope: Scope, headers: MutableHeaders) -> str | None:
        """Put client, scheme and host back. Returns: what is wrong with what a proxy says."""
        told = forwarded_of(headers, plain=self._plain)
        if told is None:
            return "Forwarded: expected what RFC 7239 describes"
        client = scope["client"][0]
        for hop in reversed(told.hops):
            if not self._trusted.has(client):
                break
            found = address_of(hop)
            if found is None:
                return "expected addresses from the proxy in front"
            client = str(found)
        if told.hops:
            scope["client"] = (client, 0)
        if told.scheme is not None:
            if told.scheme not in ("http", "https"):
                return "expected http or https from the proxy in front"
            scope["scheme"] = _SCHEMES.get(scope["type"], {}).get(told.scheme, told.scheme)
        if told.host is not None:
            if HOST.fullmatch(told.host) is None:
                return "expected a host from the proxy in front"
            headers["host"] = told.host
        return None

    def _certified(self, scope: Scope, headers: MutableHeaders, trusted: bool) -> str | None:
        """Take what is said of a certificate out of the headers. Returns: why the request is refused."""
        if self._certificate is None:
            return None
        said = headers.getlist(self._certificate)
        if not said:
            return None
        if not trusted:
            # nobody sends this by mistake: it is a proxy that is not configured, or somebody who pretends to be one
            return f"{self._certificate}: only a trusted proxy may say what a client has shown"
        del headers[self._certificate]
        if len(said) > 1:
            return f"{self._certificate}: expected once"
        try:
            shown: Shown | None = shown_in(self._certificate, said[0])
        except WrongCertificate as problem:
            return f"{self._certificate}: {problem}"
        scope[CERTIFICATE] = shown
        return None
