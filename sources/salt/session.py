"""A session with salt-api: the token got by login, shared, got anew when it is refused."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson

from sources.kit.http import HttpTransport
from sources.kit.reading import BadData, rows, text
from sources.ports.call import CallContext
from sources.ports.errors import SourceError

_UNAUTHORIZED: Final = 401


class Session:
    """Commands sent signed in. Source: Salt, rest_cherrypy, POST /login and POST /."""

    def __init__(self, http: HttpTransport, user: str, password: str, eauth: str) -> None:
        self._http = http
        self._credentials = {"username": user, "password": password, "eauth": eauth}
        self._token: str | None = None
        self._lock = asyncio.Lock()

    async def sign_in(self, call: CallContext) -> str:
        """A token: the one there is, or a new one; callers that come together share one login."""
        async with self._lock:
            if self._token is None:
                answer = await self._http.request("POST", "/login", call, json=self._credentials)
                given = rows(answer.body, "return")
                token = text(given[0], "token") if given else ""
                if not token or not token.isascii() or not token.isprintable():
                    raise BadData("token: expected printable ASCII")
                self._token = token
            return self._token

    async def run(
        self, command: Mapping[str, object], call: CallContext, *, write: str | None = None
    ) -> Mapping[str, Any]:
        """What one command returned, by minion or by name. Raises: SourceError, BadData.

        A write is not sent again in a new session, since its permit is spent: nothing is done then, and it may be retried.
        """
        for _ in range(2):
            token = await self.sign_in(call)
            answer = await self._http.request(
                "POST",
                "/",
                call,
                json=[command],
                headers={"X-Auth-Token": token},
                write=write,
                accept=(200, _UNAUTHORIZED),
                raw=True,
            )
            # a refused session is told in HTML, so only an answer is read as JSON
            if answer.status != _UNAUTHORIZED:
                returned = rows(_decoded(answer.body), "return")
                if len(returned) != 1 or not isinstance(returned[0], dict):
                    raise BadData("return: expected what one command returned")
                return returned[0]
            if self._token == token:
                self._token = None
            if write is not None:
                break
        raise SourceError(
            "SOURCE_REJECTED", self._http.source, "salt-api refuses the session", retryable=write is not None
        )


def _decoded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as problem:
        raise BadData(f"not JSON: {problem}") from None
