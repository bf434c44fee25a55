"""Login by OAuth client credentials: one token per source, renewed before it ends, fetched anew when refused."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sources.kit.http import HttpAnswer, HttpTransport
from sources.kit.reading import BadData, text, whole
from sources.ports.call import CallContext
from sources.ports.errors import SourceError

_UNSAID_LIFE: Final = 60
_UNAUTHORIZED: Final = 401


class OAuthTransport:
    """Requests that carry a bearer token. The login itself must stand under `reads:` of the manifest.

    Source: RFC 6749, 4.4 (client credentials), RFC 6750. Units: `clock` counts seconds.
    """

    def __init__(
        self,
        http: HttpTransport,
        login_path: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._login_path = login_path
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        if scope:
            self._form["scope"] = scope
        self._clock = clock
        self._token: str | None = None
        self._renew_at = 0.0
        self._lock = asyncio.Lock()

    async def sign_in(self, call: CallContext) -> None:
        """Have a good token before the first question. Raises: SourceError."""
        await self._good_token(call)

    async def close(self) -> None:
        """Close all connections and forget the token."""
        self._token = None
        await self._http.close()

    async def request(
        self,
        method: str,
        path: str,
        call: CallContext,
        *,
        params: Mapping[str, str] | str | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        write: str | None = None,
        accept: Sequence[int] = (200,),
    ) -> HttpAnswer:
        """Send one request with the token. A refused token is fetched anew, once, for reads.

        A write is not sent twice, since its permit is spent: it raises SOURCE_REJECTED as retryable, nothing being done.
        Raises: SourceError; WriteRefused before anything is sent.
        """
        for last in (False, True):
            token = await self._good_token(call)
            answer = await self._http.request(
                method,
                path,
                call,
                params=params,
                json=json,
                headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                write=write,
                accept=(*accept, _UNAUTHORIZED),
            )
            if answer.status != _UNAUTHORIZED:
                return answer
            self._drop(token)
            if last or write is not None:
                break
        raise SourceError(
            "SOURCE_REJECTED", self._http.source, f"{method} {path}: the token is refused", retryable=write is not None
        )

    async def _good_token(self, call: CallContext) -> str:
        """The present token, or a new one; callers that come together share one login."""
        async with self._lock:
            if self._token is not None and self._clock() < self._renew_at:
                return self._token
            asked_at = self._clock()
            answer = await self._http.request("POST", self._login_path, call, form=self._form)
            token, life = text(answer.body, "access_token"), whole(answer.body, "expires_in")
            if not token.isascii() or not token.isprintable():
                raise BadData("access_token: expected printable ASCII")
            lasts = float(_UNSAID_LIFE if life is None else life)
            self._token, self._renew_at = token, asked_at + lasts - min(30.0, lasts * 0.2)
            return token

    def _drop(self, token: str) -> None:
        """Forget a refused token, unless another caller has renewed it meanwhile."""
        if self._token == token:
            self._token = None
