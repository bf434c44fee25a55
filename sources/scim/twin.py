"""A SCIM 2.0 server with filters, sorting, paging, projection and PATCH. Source: RFC 7644."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from sources.kit.twin.http import HttpTwin
from sources.kit.twin.scim_filter import FilterSyntax, compile_filter, values_at
from sources.kit.twin.state import digest

LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
WRITER: Final = "twin-scim-writer"
MOST: Final = 200
"""Resources in one page, whatever is asked for."""


class ScimTwin(HttpTwin):
    """The directory. Seed: SCIM users as they would be POSTed, with `id` where it must be known beforehand.

    `versions` off imitates servers that cannot tell one state of a resource from another.
    """

    def __init__(
        self, users: Sequence[Mapping[str, Any]], *, token: str = "twin-scim-reader", versions: bool = True
    ) -> None:
        super().__init__()
        self.token = token
        self.versions = versions
        self.users: dict[str, dict[str, Any]] = {}
        for user in users:
            self._add(dict(user))

    def settings(self) -> Mapping[str, str]:
        """Address and tokens."""
        return {"url": f"{self.url}/scim/v2", "token": self.token, "write_token": WRITER}

    def application(self) -> web.Application:
        """Users, one user, and what the service can do."""
        application = web.Application(middlewares=[self._check_token])
        application.add_routes(
            [
                web.get("/scim/v2/Users", self._list),
                web.post("/scim/v2/Users", self._create),
                web.get("/scim/v2/Users/{id}", self._get),
                web.patch("/scim/v2/Users/{id}", self._patch),
                web.get("/scim/v2/ServiceProviderConfig", self._config),
            ]
        )
        return application

    def _add(self, user: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        user.setdefault("id", str(uuid.uuid4()))
        user.setdefault("meta", {"resourceType": "User", "created": now, "lastModified": now})
        self.users[user["id"]] = user
        return self._versioned(user)

    def _versioned(self, user: dict[str, Any]) -> dict[str, Any]:
        if self.versions:
            seen = {**user, "meta": user["meta"]["lastModified"]}
            user["meta"] = {**user["meta"], "version": f'W/"{digest(seen).hex()[:16]}"'}
        return user

    @web.middleware
    async def _check_token(self, request: web.Request, handler: Any) -> web.StreamResponse:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if bearer not in (self.token, WRITER):
            return _error(401, "invalid bearer token")
        if request.method != "GET" and bearer != WRITER:
            return _error(403, "this token may only read")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        users = list(self.users.values())
        if "filter" in query:
            try:
                test = compile_filter(query["filter"])
            except FilterSyntax:
                return _error(400, "invalid filter", "invalidFilter")
            users = [user for user in users if test(user)]
        if "sortBy" in query:
            # ties stay in no order that a client could rely on
            users.sort(key=lambda user: (_sortable(user, query["sortBy"]), user["id"]))
            if query.get("sortOrder", "ascending").lower() == "descending":
                users.reverse()
        start = max(1, int(query.get("startIndex", "1")))
        count = min(MOST, max(0, int(query.get("count", str(MOST)))))
        page = users[start - 1 : start - 1 + count]
        wanted = [each.strip() for each in query.get("attributes", "").split(",") if each.strip()]
        return _scim(
            {
                "schemas": [LIST],
                "totalResults": len(users),
                "startIndex": start,
                "itemsPerPage": len(page),
                "Resources": [_projected(user, wanted) for user in page],
            }
        )

    async def _get(self, request: web.Request) -> web.Response:
        user = self.users.get(request.match_info["id"])
        return _scim(user) if user else _error(404, "no such user")

    async def _create(self, request: web.Request) -> web.Response:
        user = await request.json()
        if any(each["userName"].casefold() == user["userName"].casefold() for each in self.users.values()):
            return _error(409, "userName is taken", "uniqueness")
        user.pop("id", None)
        return _scim(self._add(user), status=201)

    async def _patch(self, request: web.Request) -> web.Response:
        user = self.users.get(request.match_info["id"])
        if user is None:
            return _error(404, "no such user")
        if request.headers.get("If-Match") not in (None, "*", user["meta"].get("version")):
            return _error(412, "the resource has changed")
        for step in (await request.json()).get("Operations", []):
            deed = step.get("op", "").lower()
            if deed not in ("replace", "add", "remove") or "path" not in step:
                return _error(400, "only add, replace and remove with a path", "invalidPath")
            whole, _, name = _place(step["path"], user)
            if deed == "remove":
                (user.get(whole, {}) if name else user).pop(name or whole, None)
            elif name:
                user[whole] = {**user.get(whole, {}), name: step["value"]}
            else:
                user[whole] = step["value"]
        user["meta"] = {**user["meta"], "lastModified": datetime.now(UTC).isoformat()}
        return _scim(self._versioned(user))

    async def _config(self, _request: web.Request) -> web.Response:
        can = {"supported": True}
        return _scim({"patch": can, "filter": {**can, "maxResults": MOST}, "sort": can, "bulk": {"supported": False}})


def _place(path: str, user: Mapping[str, Any]) -> tuple[str, str, str]:
    """Attribute of a resource, and attribute within it, as in `urn:…:User:desk`."""
    if not path.startswith("urn:") or path in user:
        return path, "", ""
    return path.rpartition(":")


def _sortable(user: dict[str, Any], attribute: str) -> tuple[bool, str]:
    """Who has no value comes last. Source: RFC 7644, 3.4.2.3."""
    values = values_at(user, attribute)
    return not values, str(values[0]).casefold() if values else ""


def _projected(user: dict[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    if not wanted:
        return user
    kept: dict[str, Any] = {"schemas": user.get("schemas", []), "id": user["id"]}
    for path in wanted:
        urn = next((key for key in user if key.startswith("urn:") and path.startswith(key)), None)
        name = path[len(urn) + 1 :].split(".")[0] if urn else path.split(".")[0]
        if urn and name:
            kept.setdefault(urn, {}).update({name: user[urn][name]} if name in user[urn] else {})
        elif urn:
            kept[urn] = user[urn]
        elif name in user:
            kept[name] = user[name]
    return kept


def _scim(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, content_type="application/scim+json")


def _error(status: int, detail: str, kind: str | None = None) -> web.Response:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return _scim({**body, "scimType": kind} if kind else body, status=status)
