"""Addresses: hosts as requests name them, and networks of clients."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AfterValidator
from starlette.requests import HTTPConnection
from starlette.types import Scope

HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?::([0-9]{1,5}))?")
"""A host in small letters: name or address, and the port."""
PEER: Final = "okno.peer"
"""Where the scope keeps the address that the connection itself comes from, whatever a proxy says of the client."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(text: str | None) -> Address | None:
    """An address; None for what is none. An IPv4 address may come in the clothes of IPv6."""
    try:
        found = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def peer_of(scope: Scope) -> str | None:
    """The address that the connection comes from."""
    if PEER in scope:
        told: str | None = scope[PEER]
        return told
    return scope["client"][0] if scope.get("client") else None


def peer(http: HTTPConnection) -> str | None:
    """The address that a request's connection comes from."""
    return peer_of(http.scope)


def neighbourhood(text: str | None) -> str:
    """Whom a limit per address is about: an IPv4 address, or the /64 that a household of IPv6 has."""
    found = address_of(text)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found) if found is not None else "?"


def _networks(names: tuple[str, ...]) -> tuple[str, ...]:
    for each in names:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise ValueError(f"expected networks such as 10.0.0.0/8 or 127.0.0.1/32, is {each!r}") from None
    return names


NetworkNames = Annotated[tuple[str, ...], AfterValidator(_networks)]
"""Networks as settings write them."""


class Networks:
    """Some networks."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ipaddress.ip_network(each) for each in networks)

    def has(self, text: str | None) -> bool:
        """Whether an address is in one of them."""
        found = address_of(text)
        return found is not None and any(found in each for each in self._networks)
