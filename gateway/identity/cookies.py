"""Cookies: names, attributes, and the proof that a request with one was meant. Source: RFC 6265bis."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "__Host-okno"
ATTEMPT: Final = "__Host-okno-in-"
"""One per attempt, told apart by the beginning of its state: several tabs may sign in at a time."""
MEANT: Final = "okno-request"
"""A header that no page of another origin can send without being asked first."""


def keep(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie for this host alone. Browsers take it over TLS, and from this machine's own address without."""
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def drop(response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def attempts(cookies: Mapping[str, str]) -> list[str]:
    """Names of the cookies of attempts that a request brings."""
    return [name for name in cookies if name.startswith(ATTEMPT)]


def attempt_name(state: str) -> str:
    """Name of the cookie of one attempt."""
    return ATTEMPT + "".join(char for char in state[:8] if char.isascii() and (char.isalnum() or char in "-_"))


def is_meant(http: Request, address: str | None) -> bool:
    """Whether a request that a cookie vouches for was made by a page of ours, or by no page at all.

    Shape: `address` is where browsers reach us; where it is unknown the host they name is taken.
    """
    if http.method in ("GET", "HEAD"):
        return True
    origin, site = http.headers.get("origin"), http.headers.get("sec-fetch-site")
    ours = address or f"{http.url.scheme}://{http.headers.get('host', '')}"
    if origin is not None and origin != ours:
        return False
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin == ours or site == "same-origin" or http.headers.get(MEANT) == "1"
