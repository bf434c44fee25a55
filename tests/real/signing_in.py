"""A person at a browser, as far as the sign-in service and the gateway can tell: forms filled in, cookies kept."""

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp

_FORM = re.compile(r'<form[^>]*action="([^"]+)"')
_HIDDEN = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Seen:
    """What came back. Shape: `address` is where the browser is now."""

    status: int
    address: str
    text: str
    location: str | None = None


@dataclass(slots=True)
class Person:
    """Keeps cookies by origin, secure ones of this machine's own address too, as browsers do."""

    http: aiohttp.ClientSession
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    async def get(self, address: str) -> Seen:
        """Open an address without following where it leads."""
        return await self._ask("GET", address, {})

    async def send(self, method: str, address: str, body: Any = None, **headers: str) -> Seen:
        """Send JSON, as a page of the gateway does."""
        said = {"Okno-Request": "1", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self._ask(method, address, {"json": body, "headers": said})

    async def follow(self, seen: Seen, *, until: str = "") -> Seen:
        """Follow redirects, stopping before an address that begins so."""
        while seen.location is not None and not (until and seen.location.startswith(until)):
            seen = await self.get(seen.location)
        return seen

    async def submit(self, seen: Seen, **fields: str) -> Seen:
        """Fill in the page's form and send it."""
        action = _FORM.search(seen.text)
        assert action is not None, seen.text[:300]
        form = {**dict(_HIDDEN.findall(seen.text)), **fields}
        return await self._ask("POST", urljoin(seen.address, action[1]), {"data": form})

    async def sign_in_at_provider(self, authorization: str, login: str, back: str) -> str:
        """Sign in and agree. Returns: the address of the gateway that the provider sends the browser to."""
        page = await self.follow(await self.get(authorization), until=back)
        page = await self.follow(await self.submit(page, login=login, password="any"), until=back)
        if page.location is None:
            page = await self.follow(await self.submit(page), until=back)
        assert page.location is not None, page.text[:300]
        return page.location

    async def _ask(self, method: str, address: str, how: dict[str, Any]) -> Seen:
        parts = urlsplit(address)
        jar = self.cookies.setdefault(parts.netloc, {})
        headers = dict(how.pop("headers", {}))
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        async with self.http.request(method, address, headers=headers, allow_redirects=False, **how) as answer:
            text = await answer.text()
            for line in answer.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                        jar.pop(name, None)
                    else:
                        jar[name] = morsel.value
            location = answer.headers.get("Location")
            return Seen(answer.status, address, text, urljoin(address, location) if location else None)
