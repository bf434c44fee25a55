"""SCIM 2.0 over HTTP: filters that cannot be broken out of, pages, attribute projection. Source: RFC 7644."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson

from sources.kit.http import HttpTransport
from sources.kit.reading import BadData, optional_rows, rows, whole
from sources.ports.call import CallContext

_PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def quoted(value: str) -> str:
    """A text as a SCIM filter literal (a JSON string). Source: RFC 7644, 3.4.2.2."""
    return orjson.dumps(value).decode()


def any_of(attribute: str, values: Iterable[str]) -> str:
    """A filter for records whose attribute is any of the values."""
    return " or ".join(f"{attribute} eq {quoted(value)}" for value in values)


class ScimResources:
    """One resource type of a SCIM service, such as `/Users`."""

    def __init__(self, http: HttpTransport, path: str) -> None:
        self._http = http
        self._path = path

    async def find(
        self,
        call: CallContext,
        *,
        where: str | None = None,
        attributes: Sequence[str] = (),
        order: str | None = None,
        start: int = 1,
        count: int = 200,
    ) -> tuple[list[Any], int]:
        """One page of resources and how many there are. Units: `start` counts from 1."""
        params = {"startIndex": str(start), "count": str(count)}
        if where:
            params["filter"] = where
        if attributes:
            params["attributes"] = ",".join(attributes)
        if order:
            params["sortBy"], params["sortOrder"] = order, "ascending"
        answer = await self._http.request("GET", self._path, call, params=params)
        total = whole(answer.body, "totalResults")
        if total is None:
            raise BadData("totalResults: a number is missing")
        found = optional_rows(answer.body, "Resources")
        if total and not found and start == 1 and count:
            rows(answer.body, "Resources")
        return found, total

    async def patch(
        self, resource_id: str, steps: Sequence[Mapping[str, Any]], etag: str | None, call: CallContext, *, write: str
    ) -> None:
        """Change one resource, with `etag` only if it is still the one seen. Raises: SourceError; WriteRefused."""
        body = {"schemas": [_PATCH], "Operations": list(steps)}
        path = f"{self._path}/{quote(resource_id, safe='')}"
        tag = {"If-Match": etag} if etag else {}
        await self._http.request("PATCH", path, call, json=body, headers=tag, write=write, accept=(200, 204))

    async def sweep(self, call: CallContext, *, attributes: Sequence[str] = (), size: int = 200) -> list[Any]:
        """All resources, page after page."""
        found: list[Any] = []
        while True:
            page, total = await self.find(call, attributes=attributes, start=len(found) + 1, count=size)
            found.extend(page)
            if not page or len(found) >= total:
                return found
