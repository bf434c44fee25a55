"""OData v4 over HTTP: literals that cannot be broken out of, pages, batches of reads, ETags. Source: OData 4.01."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from sources.kit.http import HttpAnswer, HttpTransport
from sources.kit.odata_model import ODataModel, Projection, read_model
from sources.kit.reading import BadData, optional_text, part, rows, text, whole
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused

_MOST_PAGES: Final = 200
_PLAIN: Final = "$(),'="
NOTHING_LESS: Final = Projection(())
"""Every property, no neighbour."""
_REFUSALS: Final = (400, 404, 405, 409, 410, 412, 422, 428, 501)
"""Statuses whose body says why in OData's words."""


def literal(value: str) -> str:
    """A text as an OData literal: in single quotes, those inside doubled. Source: OData ABNF, `string`."""
    return "'" + value.replace("'", "''") + "'"


def any_of(attribute: str, values: Iterable[str]) -> str:
    """A filter for entities whose property is any of the texts."""
    return f"{attribute} in ({','.join(literal(value) for value in values)})"


def encoded(options: Mapping[str, str]) -> str:
    """Query options as they go into an address: a space is `%20`, since `+` is a plus here."""
    return "&".join(f"{name}={quote(value, safe=_PLAIN)}" for name, value in options.items())


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to an entity set. Shape: `where` is a filter made of `literal` and `any_of`."""

    entity_set: str
    where: str | None = None
    projection: Projection = NOTHING_LESS
    order: str | None = None

    def query(self) -> str:
        """Its query options, encoded."""
        options = {"$filter": self.where} if self.where else {}
        options |= self.projection.options()
        if self.order:
            options["$orderby"] = self.order
        return encoded(options)

    @property
    def address(self) -> str:
        """Its address below the service root."""
        query = self.query()
        return f"/{self.entity_set}?{query}" if query else f"/{self.entity_set}"


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity and the tag that a later change must present."""

    row: Mapping[str, Any]
    etag: str | None


class ODataRefused(SourceError):
    """The service understood and said no. Shape: `status` as in HTTP, 412 when somebody else changed the entity."""

    def __init__(self, source: str, status: int, detail: str) -> None:
        busy = status == 429 or (status >= 500 and status != 501)
        super().__init__("SOURCE_UNAVAILABLE" if busy else "SOURCE_REJECTED", source, detail)
        self.status = status


class ODataService:
    """One OData v4 service at one address."""

    def __init__(self, http: HttpTransport, base: str) -> None:
        self._http = http
        self._base = base.rstrip("/") + "/"

    async def model(self, call: CallContext) -> ODataModel:
        """What the service has, read anew. Raises: SourceError, BadData."""
        answer = await self._http.request("GET", "/$metadata", call, headers={"Accept": "application/xml"}, raw=True)
        return read_model(answer.body or b"")

    async def find(self, asked: Asked, call: CallContext) -> list[Any]:
        """All entities asked for, page after page. Raises: SourceError, BadData."""
        answer = await self._send("GET", f"/{asked.entity_set}", call, params=asked.query() or None)
        return await self._all_pages(answer.body, call)

    async def find_together(self, questions: Sequence[Asked], call: CallContext) -> list[list[Any]]:
        """Several questions in one call. Shape: `questions[i] -> rows[i]`. Raises: SourceError when any is refused."""
        requests = [{"id": str(place), "method": "GET", "url": each.address} for place, each in enumerate(questions)]
        answers = {text(each, "id"): each for each in await self.batch(requests, call)}
        found = []
        for request in requests:
            if request["id"] not in answers:
                raise BadData(f"$batch: no response to request {request['id']}")
            answer = answers[request["id"]]
            status = whole(answer, "status")
            if status is None:
                raise BadData("status: a number is missing")
            body = part(answer, "body")
            if status != 200:
                raise self._refusal(status, body)
            found.append(await self._all_pages(body, call))
        return found

    async def batch(self, requests: Sequence[Mapping[str, Any]], call: CallContext) -> list[Any]:
        """A `$batch` of reads; what hides a change is refused before anything is sent. Raises: WriteRefused."""
        for request in requests:
            if request.get("method") != "GET" or not request.keys() <= {"id", "method", "url", "headers"}:
                raise WriteRefused(f"{self._http.source}: a $batch may hold plain GETs only")
        answer = await self._send("POST", "/$batch", call, json={"requests": list(requests)})
        return rows(answer.body, "responses")

    async def read(self, entity_set: str, key: str, call: CallContext) -> Entity | None:
        """One entity with its ETag; None where there is none. Raises: SourceError."""
        answer = await self._http.request("GET", _place(entity_set, key), call, accept=(200, 404))
        if answer.status == 404:
            return None
        return Entity(_object(answer.body), _etag(answer))

    async def change(
        self, entity_set: str, key: str, changes: Mapping[str, Any], etag: str, call: CallContext, *, write: str
    ) -> Entity:
        """Change some properties if nobody else has meanwhile. Raises: SourceError; WriteRefused without a permit."""
        answer = await self._send(
            "PATCH", _place(entity_set, key), call, json=dict(changes), headers={"If-Match": etag}, write=write
        )
        return Entity(_object(answer.body) if answer.body is not None else {}, _etag(answer))

    async def _send(self, method: str, path: str, call: CallContext, **said: Any) -> HttpAnswer:
        answer = await self._http.request(method, path, call, accept=(200, 201, 204, *_REFUSALS), **said)
        if answer.status in _REFUSALS:
            raise self._refusal(answer.status, answer.body)
        return answer

    async def _all_pages(self, body: Any, call: CallContext) -> list[Any]:
        found = rows(body, "value")
        seen: set[str] = set()
        while link := optional_text(body, "@odata.nextLink"):
            if link in seen or len(seen) >= _MOST_PAGES:
                raise BadData("@odata.nextLink: pages without an end")
            seen.add(link)
            path, query = self._below(link)
            body = (await self._send("GET", path, call, params=query)).body
            found = [*found, *rows(body, "value")]
        return found

    def _below(self, link: str) -> tuple[str, str]:
        """Path and query of a link to follow. Raises: BadData unless it lies below the service's own address."""
        base = urlsplit(self._base)
        whole_link = urlsplit(urljoin(self._base, link))
        path = whole_link.path
        inside = (whole_link.scheme, whole_link.netloc) == (base.scheme, base.netloc) and path.startswith(base.path)
        steps = unquote(unquote(path)).replace("\\", "/").split("/")
        if not inside or ".." in steps or "." in steps:
            raise BadData("@odata.nextLink leads away from the service")
        return "/" + path[len(base.path) :], whole_link.query

    def _refusal(self, status: int, body: Any) -> ODataRefused:
        """What the error body says, for the log. Source: OData JSON Format 4.01, 21."""
        error = part(body, "error") if isinstance(body, Mapping) else {}
        detail = f"HTTP {status}: {error.get('code', '')} {str(error.get('message', ''))[:300]}"
        return ODataRefused(self._http.source, status, detail)


def _place(entity_set: str, key: str) -> str:
    return f"/{entity_set}({quote(literal(key), safe=_PLAIN)})"


def _etag(answer: HttpAnswer) -> str | None:
    tag = optional_text(answer.body, "@odata.etag") if isinstance(answer.body, Mapping) else None
    return tag or next((value for name, value in answer.headers.items() if name.lower() == "etag"), None)


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise BadData(f"expected an entity, got {type(body).__name__}")
    return body
