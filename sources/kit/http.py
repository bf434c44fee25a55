"""HTTP with JSON, to one configured address: the only way a connector speaks HTTP."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote, unquote, urlencode

import aiohttp
import orjson
from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError
from yarl import URL

from sources.kit.reads import SAFE_METHODS, ReadRules
from sources.ports.call import CallContext, utc_now
from sources.ports.errors import SourceError

_PATH: Final = re.compile(r"/[!-~]*")
_UNFIT: Final = re.compile(r"[?#\\]")
_PARAMS: Final = re.compile(r"[^\s#]*")
_BUSY: Final = frozenset({408, 429, 503})
_LONGEST_WAIT: Final = 86_400.0
"""Seconds; a source that asks for longer is asked again tomorrow."""
_SECRET: Final = 8
"""Characters; shorter header values are words, not credentials."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back. Shape: `body` decoded from JSON, None where there was none."""

    status: int
    headers: Mapping[str, str]
    body: Any


class HttpTransport:
    """Requests to one base address. No redirects, no other host, bounded answers, no unpermitted write.

    Where `attribution` names a header, the viewer's login goes with each request: for the system's own log, never as
    authority. Units: `max_answer` in bytes.
    """

    def __init__(
        self,
        source: str,
        base: str,
        rules: ReadRules,
        *,
        headers: Mapping[str, str] | None = None,
        user: str | None = None,
        password: str | None = None,
        max_answer: int = 1_048_576,
        limit: int = 32,
        attribution: str | None = None,
    ) -> None:
        self.source = source
        self._base = URL(base.rstrip("/"))
        self._rules = rules
        self._headers = dict(headers or {})
        if user is not None:
            self._headers["Authorization"] = aiohttp.encode_basic_auth(user, password or "")
        self._max_answer = max_answer
        self._limit = limit
        self._attribution = attribution
        self._session: aiohttp.ClientSession | None = None

    def set_header(self, name: str, value: str) -> None:
        """Send this header from now on (a token got by login)."""
        self._headers[name] = value

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(
        self,
        method: str,
        path: str,
        call: CallContext,
        *,
        params: Mapping[str, str] | str | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        write: str | None = None,
        accept: Sequence[int] = (200,),
        raw: bool = False,
    ) -> HttpAnswer:
        """Send one request below the base address.

        Shape: a body goes as `json` or, for logins that want it so, as `form`. `accept` lists the statuses that are
        answers; 404 among them gives the answer to read. `raw` leaves the body as bytes. Raises: SourceError;
        WriteRefused before anything is sent.
        """
        if not is_fit(path) or (isinstance(params, str) and not _PARAMS.fullmatch(params)):
            raise SourceError("SOURCE_REJECTED", self.source, f"unfit path {path!r}")
        # a rule speaks of a path and a body: what comes behind a question mark could say something else
        ruled = f"{path}?" if params and method.upper() not in SAFE_METHODS else path
        names = [*self._headers, *(headers or ())]
        self._rules.admit_http(method, ruled, form if json is None else json, names, call, write)
        url = URL(f"{self._base}{path}", encoded=True)
        if isinstance(params, str):
            url = URL(f"{url}?{params}", encoded=True)
        elif params:
            url = url.with_query(params)
        sent = {"Accept": "application/json", **self._headers, **(headers or {})}
        if self._attribution is not None:
            sent[self._attribution] = quote(call.on_behalf_of, safe="@.-_")
        data = None
        if json is not None:
            data, sent["Content-Type"] = orjson.dumps(json), "application/json"
        elif form is not None:
            data, sent["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        call.ledger.of(self.source).calls += 1
        try:
            async with self._open().request(
                method, url, data=data, headers=sent, allow_redirects=False, middlewares=(_once,) if write else ()
            ) as response:
                content = await self._bounded(response)
                status, answer_headers = response.status, response.headers  # names in any case
        except aiohttp.ClientPayloadError as problem:
            if isinstance(problem.__cause__, ContentEncodingError):
                raise SourceError("BAD_SOURCE_DATA", self.source, "an encoding that cannot be undone") from None
            # cut in the middle of the body: heard no better than one that was never begun
            raise SourceError("SOURCE_UNAVAILABLE", self.source, "cut in the middle of an answer") from None
        except HttpProcessingError as problem:
            raise SourceError("BAD_SOURCE_DATA", self.source, f"broken answer: {type(problem).__name__}") from None
        except aiohttp.ClientResponseError as problem:
            raise SourceError("BAD_SOURCE_DATA", self.source, f"not HTTP: {type(problem).__name__}") from None
        except (aiohttp.ClientError, OSError) as problem:
            raise SourceError("SOURCE_UNAVAILABLE", self.source, type(problem).__name__) from None
        if status not in accept:
            if write and not 400 <= status < 600:
                # neither taken nor refused: it may have happened, and the answer may hold what is told once
                raise SourceError("BAD_SOURCE_DATA", self.source, f"HTTP {status} to a write")
            raise self._refusal(status, answer_headers, _without_credentials(content[:200], sent))
        return HttpAnswer(status, answer_headers, content if raw else self._decode(content))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._limit, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(total=None, connect=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        if (response.content_length or 0) > self._max_answer:
            raise SourceError("BAD_SOURCE_DATA", self.source, f"answer of {response.content_length} bytes")
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > self._max_answer:
                raise SourceError("BAD_SOURCE_DATA", self.source, f"answer of more than {self._max_answer} bytes")
            parts.append(part)
        return b"".join(parts)

    def _decode(self, content: bytes) -> Any:
        if not content:
            return None
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as problem:
            raise SourceError("BAD_SOURCE_DATA", self.source, f"not JSON: {problem}") from None

    def _refusal(self, status: int, headers: Mapping[str, str], content: bytes) -> SourceError:
        detail = f"HTTP {status}: {content!r}"
        if status in _BUSY:
            return SourceError(
                "SOURCE_UNAVAILABLE", self.source, detail, retry_after=retry_after(headers.get("Retry-After"))
            )
        if status >= 500:
            return SourceError("SOURCE_UNAVAILABLE", self.source, detail)
        return SourceError("SOURCE_REJECTED", self.source, detail)


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send a write one time: by itself the library repeats a PUT or DELETE whose connection broke."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise aiohttp.ClientConnectionError(type(problem).__name__) from None


def _without_credentials(content: bytes, sent: Mapping[str, str]) -> bytes:
    """An excerpt of an answer for the log; some servers repeat what they were sent."""
    for name, value in sent.items():
        secret = value.rpartition(" ")[2].encode()
        if len(secret) >= _SECRET and name.lower() not in ("accept", "content-type"):
            content = content.replace(secret, b"***")
    return content


def is_fit(path: str) -> bool:
    """Whether a path stays below the base address whatever a server makes of it: encoded dots and slashes count."""
    if not _PATH.fullmatch(path) or _UNFIT.search(path):
        return False
    plain = unquote(path).replace("\\", "/")
    return not any(segment.partition(";")[0] in (".", "..") for segment in plain.split("/"))


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, by number or date, a day at most. Source: RFC 9110, 10.2.3."""
    said = (value or "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), _LONGEST_WAIT)
    try:
        return min(max(0.0, (parsedate_to_datetime(said) - utc_now()).total_seconds()), _LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError):
        return None
