"""The wire to the sign-in provider: one JSON object for one call, bounded in time and size."""

from collections.abc import Mapping
from typing import Final

import aiohttp
import orjson

Facts = Mapping[str, object]

_PATIENCE: Final = 5.0
_MOST: Final = 1_048_576


class SignInFailed(Exception):
    """Somebody could not be signed in. Shape: `code` is told; the text, without secrets, is for the log; `login` where known."""

    def __init__(self, code: str, text: str, login: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.login = login


class ProviderWire:
    """Calls to one provider. Addresses are told in failures, what was sent and answered is not."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None

    async def json(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: str = "") -> Facts:
        """The object that a call answers with. Raises: SignInFailed; PROVIDER_UNAVAILABLE where trying again may help."""
        where = url.partition("?")[0]
        asked = {"Accept": "application/json", **(headers or {})}
        try:
            status, content = await self._called(method, url, asked, body)
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise SignInFailed("PROVIDER_UNAVAILABLE", f"{where}: {type(problem).__name__}") from None
        if content is None:
            raise SignInFailed("PROVIDER_INVALID", f"{where}: more than {_MOST} bytes")
        if status >= 500:
            raise SignInFailed("PROVIDER_UNAVAILABLE", f"{where}: status {status}")
        try:
            found = orjson.loads(content)
        except orjson.JSONDecodeError:
            found = None
        if status != 200:
            error = found.get("error") if isinstance(found, dict) else None
            raise SignInFailed("PROVIDER_REFUSED", f"{where}: status {status}, {str(error)[:60]!r}")
        if not isinstance(found, dict):
            raise SignInFailed("PROVIDER_INVALID", f"{where}: no JSON object")
        return found

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()

    async def _called(self, method: str, url: str, headers: Mapping[str, str], body: str) -> tuple[int, bytes | None]:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_PATIENCE), cookie_jar=aiohttp.DummyCookieJar()
            )
        # a secret goes nowhere but to the address that was published
        async with self._http.request(method, url, headers=headers, data=body or None, allow_redirects=False) as answer:
            content = bytearray()
            async for part in answer.content.iter_chunked(65_536):
                content += part
                if len(content) > _MOST:
                    return answer.status, None
            return answer.status, bytes(content)
