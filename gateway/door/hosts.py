"""Hosts: only requests to a name of ours are answered, so that no strange name can be made to point at us (DNS rebinding)."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.door.addresses import HOST, address_of
from gateway.door.refusals import KINDS, refuse

ANY: Final = "*"
LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")


def hosts_of(named: Sequence[str], address: str | None) -> tuple[str, ...]:
    """The hosts that are ours: those named; without any, this machine's own and that of `address`, where browsers reach us."""
    if named:
        return tuple(named)
    ours = urlsplit(address).netloc.lower() if address else ""
    return (*LOOPBACK, ours) if ours else LOOPBACK


class Hosts:
    """Refuses requests that name another host than ours, several, or none. Shape: 421, or 400 for what is no host."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self.app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request to a name of ours through."""
        if scope["type"] not in KINDS:
            await self.app(scope, receive, send)
            return
        said = [value for name, value in scope["headers"] if name.lower() == b"host"]
        host = said[0].decode("latin-1").strip().lower() if len(said) == 1 else ""
        if HOST.fullmatch(host) is None or not scope["path"].startswith("/"):
            await refuse(scope, send, 400, "BAD_INPUT", "Host: expected one name, the same as that of the address")
        elif not self._is_ours(host):
            await refuse(scope, send, 421, "BAD_INPUT", "Host: no name of this gateway (okno.yaml: door.hosts)")
        else:
            await self.app(scope, receive, send)

    def _is_ours(self, host: str) -> bool:
        if ANY in self._hosts or host in self._hosts:
            return True
        found = HOST.fullmatch(host)
        assert found is not None
        name = found[1]
        if name in self._hosts:
            return True
        own = address_of(name)
        return own is not None and own.is_loopback and "127.0.0.1" in self._hosts
