"""Forwarded: what proxies say of a request's way, in either of the two languages for it. Source: RFC 7239."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers

_PAIR: Final = re.compile(r'\s*([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;,\s"]*)\s*')
_MOST: Final = 30
"""Hops; nobody has more proxies."""


@dataclass(frozen=True, slots=True)
class Way:
    """The way of a request. Shape: `hops` from the client on, without ports; `scheme` and `host` as at the nearest proxy."""

    hops: tuple[str, ...]
    scheme: str | None
    host: str | None


def forwarded_of(headers: Headers, *, plain: bool) -> Way | None:
    """The way as told by `X-Forwarded-*` (`plain`) or by `Forwarded`. None for what cannot be understood."""
    return _plain(headers) if plain else _standard(",".join(headers.getlist("forwarded")))


def _plain(headers: Headers) -> Way | None:
    hops = [each.strip() for each in ",".join(headers.getlist("x-forwarded-for")).split(",") if each.strip()]
    if len(hops) > _MOST:
        return None
    scheme, host = _last(headers, "x-forwarded-proto"), _last(headers, "x-forwarded-host")
    return Way(tuple(_address(each) for each in hops), scheme, host)


def _last(headers: Headers, name: str) -> str | None:
    """What the nearest proxy has written, which is the last."""
    said = ",".join(headers.getlist(name)).split(",")[-1].strip().lower()
    return said or None


def _standard(text: str) -> Way | None:
    elements: list[dict[str, str]] = [{}]
    place = 0
    while place < len(text):
        if text[place] == ",":
            elements.append({})
            place += 1
        elif text[place] in "; \t":
            place += 1
        elif found := _PAIR.match(text, place):
            name, value = found[1].lower(), found[2]
            if name in elements[-1]:
                return None
            elements[-1][name] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
            place = found.end()
        else:
            return None
    if len(elements) > _MOST:
        return None
    hops = tuple(_address(each["for"]) for each in elements if "for" in each)
    scheme, host = elements[-1].get("proto"), elements[-1].get("host")
    return Way(hops, scheme.lower() if scheme else None, host.lower() if host else None)


def _address(text: str) -> str:
    """An address without its port; IPv6 may stand in brackets."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
