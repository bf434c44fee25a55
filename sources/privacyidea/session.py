"""A session with privacyIDEA: the token got by login, shared, got anew when it is refused."""

import asyncio
from typing import Any, Final

from sources.kit.http import HttpAnswer, HttpTransport
from sources.kit.reading import BadData, text, whole
from sources.ports.call import CallContext
from sources.ports.errors import SourceError

_UNAUTHORIZED: Final = 401
_MISSING: Final = 404
_NO_SUCH_USER: Final = 904
_HEARD: Final = (200, 400, _UNAUTHORIZED, 403, _MISSING)
_LOGIN: Final = 10.0
"""Seconds a login may take; one that hangs must not hold up those who come after the system is back."""


class Session:
    """Requests signed in. The login hashes the password slowly on purpose, so it outlives the question that began it."""

    def __init__(self, http: HttpTransport, user: str, password: str) -> None:
        self._http = http
        self._credentials = {"username": user, "password": password}
        self._token: str | None = None
        self._login: asyncio.Task[str] | None = None

    async def close(self) -> None:
        """Forget the token."""
        self._token = None
        if self._login is not None and not self._login.done():
            self._login.cancel()

    async def sign_in(self, call: CallContext) -> str:
        """A token: the one there is, or a new one; who comes while a login is under way waits for it."""
        if self._token is not None:
            return self._token
        if self._login is None or self._login.done():
            self._login = asyncio.create_task(self._fetch(call))
            self._login.add_done_callback(_heard)
        return await asyncio.shield(self._login)

    async def get(self, path: str, params: dict[str, str], call: CallContext) -> Any:
        """The `result.value` of a GET; None where the user is not known. Raises: SourceError, BadData."""
        answer = await self._get(path, params, call)
        if answer.status == _UNAUTHORIZED:
            answer = await self._get(path, params, call)
        result = _part(answer.body, "result")
        if answer.status == 200 and result.get("status") is True:
            return _part(result, "value")
        code = whole(_part(result, "error"), "code")
        if code is None:
            raise BadData("code: missing from an error")
        if code == _NO_SUCH_USER:
            return None
        raise SourceError("SOURCE_REJECTED", self._http.source, f"HTTP {answer.status}, error {code!r}")

    async def write(
        self, method: str, path: str, call: CallContext, *, json: dict[str, str] | None = None, write: str
    ) -> bool:
        """Send a write; False where the server has no such token. Raises: SourceError, BadData; WriteRefused.

        It is not repeated with a new session, for a permit is good for one sending: ask something before.
        """
        token = await self.sign_in(call)
        answer = await self._http.request(
            method, path, call, json=json, headers={"Authorization": token}, write=write, accept=_HEARD
        )
        if answer.status == _MISSING:
            return False
        if answer.status != 200 or _part(answer.body, "result").get("status") is not True:
            raise SourceError("SOURCE_REJECTED", self._http.source, f"HTTP {answer.status}")
        return True

    async def _get(self, path: str, params: dict[str, str], call: CallContext) -> HttpAnswer:
        token = await self.sign_in(call)
        answer = await self._http.request(
            "GET", path, call, params=params, headers={"Authorization": token}, accept=(200, 400, _UNAUTHORIZED)
        )
        if answer.status == _UNAUTHORIZED and self._token == token:
            self._token = None
        return answer

    async def _fetch(self, call: CallContext) -> str:
        try:
            async with asyncio.timeout(_LOGIN):
                answer = await self._http.request("POST", "/auth", call, json=self._credentials)
        except TimeoutError:
            raise SourceError("SOURCE_TIMEOUT", self._http.source, "login") from None
        token = text(_part(_part(answer.body, "result"), "value"), "token")
        if not token.isascii() or not token.isprintable():
            raise BadData("token: expected printable ASCII")
        self._token = token
        return token


def _heard(login: "asyncio.Task[str]") -> None:
    """Take note of a failed login that nobody waited for to the end."""
    if not login.cancelled():
        _ = asyncio.Task.exception(login)


def _part(body: Any, name: str) -> dict[str, Any]:
    """A required object."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, dict):
        raise BadData(f"{name}: expected an object, got {type(value).__name__}")
    return value
