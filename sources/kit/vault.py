"""Vault's HTTP API: token or AppRole login, lists, envelopes, and a 404 that means an empty list."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from sources.kit.http import HttpAnswer, HttpTransport
from sources.kit.reading import BadData, part, rows, text, whole
from sources.ports.call import CallContext
from sources.ports.errors import SourceError

_REFUSALS: Final = (400, 403, 404, 405)
_FORBIDDEN: Final = 403
_MISSING: Final = 404
_RENEW_AT: Final = 0.8
"""The share of a token's life after which a new one is fetched."""


class NotOffered(SourceError):
    """The server has no such path, or the token may not use it: another way must be taken."""


class VaultTransport:
    """Reads, lists and writes below `/v1` of a Vault or OpenBao server.

    With a token it is sent as given; with a role it is got by AppRole login and renewed before it ends (the login must
    stand under `reads:` of the manifest). Units: `clock` counts seconds.
    """

    def __init__(
        self,
        http: HttpTransport,
        *,
        token: str | None = None,
        role_id: str | None = None,
        secret_id: str | None = None,
        login_path: str = "/v1/auth/approle/login",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = http.source
        self._http = http
        self._token = token
        self._login = {"role_id": role_id, "secret_id": secret_id} if role_id else None
        self._login_path = login_path
        self._clock = clock
        self._good_until = float("inf") if token else 0.0
        self._lock = asyncio.Lock()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def read(self, path: str, call: CallContext) -> Mapping[str, Any] | None:
        """The data at a path; None where there is nothing. Raises: SourceError, BadData."""
        answer = await self._send("GET", path, call)
        if _is_absent(answer):
            return None
        return self._data(answer)

    async def list(self, path: str, call: CallContext) -> list[str]:
        """The keys below a path, none where the server says 404 without a complaint. Raises: SourceError, BadData."""
        # the server takes GET with `list` for LIST; many proxies and HTTP parsers know no such method
        answer = await self._send("GET", path, call, params={"list": "true"})
        if _is_absent(answer):
            return []
        keys = rows(self._data(answer), "keys")
        if not all(isinstance(key, str) for key in keys):
            raise BadData("keys: expected texts")
        return keys

    async def write(self, path: str, body: Mapping[str, Any], call: CallContext, *, write: str) -> Mapping[str, Any]:
        """Send a write. Raises: SourceError; WriteRefused without a permit, before anything is sent."""
        return self._data(await self._send("POST", path, call, json=dict(body), write=write))

    async def _send(self, method: str, path: str, call: CallContext, **said: Any) -> HttpAnswer:
        used = await self._good_token(call)
        answer = await self._ask(method, path, call, used, **said)
        if answer.status == _FORBIDDEN and self._login and "write" not in said:
            # a token may be revoked before its time; a permit is good for one sending only, so a write is not repeated
            self._good_until = 0.0 if self._token == used else self._good_until
            answer = await self._ask(method, path, call, await self._good_token(call), **said)
        return answer

    async def _ask(self, method: str, path: str, call: CallContext, token: str | None, **said: Any) -> HttpAnswer:
        headers = {"X-Vault-Token": token} if token else {}
        return await self._http.request(method, path, call, headers=headers, accept=(200, 204, *_REFUSALS), **said)

    async def _good_token(self, call: CallContext) -> str | None:
        if self._login is None or self._clock() < self._good_until:
            return self._token
        async with self._lock:
            if self._clock() >= self._good_until:
                answer = await self._http.request(
                    "POST", self._login_path, call, json=self._login, accept=(200, 400, 403)
                )
                if answer.status != 200:
                    raise SourceError("SOURCE_REJECTED", self.source, f"login refused: {_complaints(answer)}")
                granted = part(answer.body, "auth")
                self._token = text(granted, "client_token")
                lease = whole(granted, "lease_duration")
                self._good_until = self._clock() + lease * _RENEW_AT if lease else float("inf")
        return self._token

    def _data(self, answer: HttpAnswer) -> Mapping[str, Any]:
        if answer.status in _REFUSALS:
            detail = f"HTTP {answer.status}: {'; '.join(_complaints(answer))[:300]}"
            refusal = SourceError if answer.status == 400 else NotOffered
            raise refusal("SOURCE_REJECTED", self.source, detail)
        if answer.status == 204:
            return {}
        # every answer has its id: without it, what came is not Vault's
        text(answer.body, "request_id")
        data = answer.body.get("data")
        if not isinstance(data, Mapping):
            raise BadData(f"data: expected an object, got {type(data).__name__}")
        return data


def _is_absent(answer: HttpAnswer) -> bool:
    """Whether there is nothing at the path. Raises: BadData when a 404 does not come from Vault itself."""
    if answer.status != _MISSING:
        return False
    if not isinstance(answer.body, Mapping) or not isinstance(answer.body.get("errors"), list):
        raise BadData("errors: a list is missing")
    return not answer.body["errors"]


def _complaints(answer: HttpAnswer) -> list[str]:
    """What a refusal says, for the log."""
    said = answer.body.get("errors") if isinstance(answer.body, Mapping) else None
    return [str(each) for each in said] if isinstance(said, list) else []
