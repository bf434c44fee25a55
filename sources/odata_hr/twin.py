"""A personnel service over OData v4: metadata, filters, nested expansion, pages by link, ETags, batches, an action."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from aiohttp import web

from sources.kit.twin.http import HttpTwin
from sources.kit.twin.odata_query import Choice, QuerySyntax, compile_filter, read_choice
from sources.odata_hr.twin_model import ROOT, Tables, metadata

READER: Final = ("reader", "twin-hr-reader")
WRITER: Final = ("writer", "twin-hr-writer")
_PLACE: Final = re.compile(r"/(?P<set>\w+)(?:\('(?P<key>(?:[^']|'')*)'\))?(?P<rest>/.*)?")
_OPTIONS: Final = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken"})


@dataclass(frozen=True, slots=True)
class HrSeed:
    """Employees with `department_code`, `jobs` and `absences` inside, and departments with the code of their parent."""

    employees: Sequence[Mapping[str, Any]]
    departments: Sequence[Mapping[str, Any]]


class Refusal(Exception):
    """An answer in OData's words for errors."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, of its own or inside a batch."""

    status: int
    body: Any = None
    etag: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What goes above the body."""
        return {"OData-Version": "4.0", **({"ETag": self.etag} if self.etag else {})}


class ODataHrTwin(HttpTwin):
    """The personnel system. `lacking` names columns other people's systems do not have (`Employees.birthDate`);
    `nested` makes `parent` of a department lead to the department itself; `page` bounds every answer.
    """

    def __init__(
        self, seed: HrSeed, *, lacking: frozenset[str] = frozenset(), nested: bool = False, page: int = 1000
    ) -> None:
        super().__init__()
        self.tables = Tables(lacking, nested)
        self.page = page
        for row in seed.departments:
            self.tables.departments[row["code"]] = dict(row)
        for row in seed.employees:
            self._hire(dict(row))

    def settings(self) -> Mapping[str, str]:
        """Address, the accounts that may read and write, and the width of employee ids."""
        reader = {"user": READER[0], "password": READER[1]}
        writer = {"write_user": WRITER[0], "write_password": WRITER[1]}
        return {"url": f"{self.url}{ROOT}", **reader, **writer, "id_width": "7"}

    def application(self) -> web.Application:
        """One handler for everything below the service root: batches take the same road."""
        application = web.Application()
        application.router.add_route("*", ROOT + "/{rest:.*}", self._serve)
        return application

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        user = _user(request.headers.get("Authorization", ""))
        if user is None:
            return web.Response(status=401, text="Unauthorized", headers={"WWW-Authenticate": "Basic"})
        target = request.raw_path.removeprefix(ROOT)
        if target == "/$metadata":
            return web.Response(text=metadata(self.tables), content_type="application/xml")
        body = await request.json() if await request.read() else None
        if request.method == "POST" and target == "/$batch":
            said = self._batch(body, user)
        else:
            said = self._answer(request.method, target, body, request.headers.get("If-Match"), user)
        if said.body is None:
            return web.Response(status=said.status, headers=said.headers)
        if isinstance(said.body, str):
            return web.Response(status=said.status, text=said.body, headers=said.headers)
        return web.json_response(said.body, status=said.status, headers=said.headers)

    def _batch(self, body: Any, user: str) -> Said:
        requests = body.get("requests") if isinstance(body, dict) else None
        if not isinstance(requests, list) or not requests:
            return _error(400, "There must be at least one request")
        responses = []
        for each in requests:
            headers = {name.lower(): value for name, value in each.get("headers", {}).items()}
            target = "/" + each["url"].lstrip("/")
            said = self._answer(each["method"].upper(), target, each.get("body"), headers.get("if-match"), user)
            responses.append({"id": each["id"], "status": said.status, "headers": said.headers, "body": said.body})
        return Said(200, {"responses": responses})

    def _answer(self, method: str, target: str, body: Any, if_match: str | None, user: str) -> Said:
        try:
            if method != "GET" and user != WRITER[0]:
                raise Refusal(403, "Forbidden")
            return self._routed(method, target, body, if_match)
        except Refusal as refusal:
            return _error(refusal.status, str(refusal))
        except QuerySyntax as problem:
            return _error(400, str(problem))

    def _routed(self, method: str, target: str, body: Any, if_match: str | None) -> Said:
        path, _, query = target.partition("?")
        match = _PLACE.fullmatch(unquote(path))
        if match is None or match["set"] not in self.tables.columns:
            raise Refusal(404, f"Invalid resource path {path!r}")
        entity_set, rest = match["set"], match["rest"]
        # a plus is a plus: only %20 is a space
        options = dict(_pair(each) for each in query.split("&") if each)
        if match["key"] is None:
            if method == "GET" and rest in (None, "/$count"):
                return self._listed(entity_set, options, rest == "/$count")
            if method == "POST" and rest is None and entity_set == "Employees":
                return self._posted(body)
            raise Refusal(405, f"Method {method} is not allowed for {path!r}")
        return self._single(method, entity_set, match["key"].replace("''", "'"), rest, options, body, if_match)

    def _listed(self, entity_set: str, options: Mapping[str, str], count_only: bool) -> Said:
        if not options.keys() <= _OPTIONS:
            raise QuerySyntax(f"unknown query options {sorted(options.keys() - _OPTIONS)}")
        rows = self.tables.rows(entity_set)
        if "$filter" in options:
            test = compile_filter(options["$filter"], self.tables.properties(entity_set), f"HRService.{entity_set}")
            rows = [row for row in rows if test(row)]
        if count_only:
            return Said(200, str(len(rows)))
        for name, _, way in reversed([each.strip().partition(" ") for each in _list(options.get("$orderby", ""))]):
            self.tables.check(entity_set, name)
            rows.sort(key=lambda row, by=name: (row.get(by) is not None, row.get(by)), reverse=way.strip() == "desc")  # type: ignore[misc]
        choice = read_choice(options.get("$select", ""), options.get("$expand", ""))
        start = _number(options, "$skip", 0) + _number(options, "$skiptoken", 0)
        length = min(self.page, _number(options, "$top", self.page))
        answer: dict[str, Any] = {"@odata.context": f"$metadata#{entity_set}"}
        if options.get("$count") == "true":
            answer["@odata.count"] = len(rows)
        answer["value"] = [self.tables.shown(entity_set, row, choice) for row in rows[start : start + length]]
        if "$top" not in options and start + length < len(rows):
            kept = "&".join(f"{name}={value}" for name, value in _raw(options).items() if name != "$skiptoken")
            answer["@odata.nextLink"] = f"{entity_set}?{kept}{'&' if kept else ''}$skiptoken={start + length}"
        return Said(200, answer)

    def _single(
        self,
        method: str,
        entity_set: str,
        key: str,
        rest: str | None,
        options: Mapping[str, str],
        body: Any,
        if_match: str | None,
    ) -> Said:
        row = self.tables.by_key(entity_set, key)
        if row is None:
            raise Refusal(404, "Not Found")
        if if_match not in (None, "*", _etag(row)):
            raise Refusal(412, "Precondition Failed")
        if method == "POST" and entity_set == "Employees" and rest == "/HRService.transfer":
            code = body.get("department") if isinstance(body, dict) else None
            if code not in self.tables.departments:
                raise Refusal(400, f"No such department {code!r}")
            row["department_code"] = code
        elif method == "PATCH" and rest is None:
            for name in body:
                self.tables.check(entity_set, name)
            row.update(body)
        elif method == "DELETE" and rest is None and entity_set == "Employees":
            del self.tables.employees[key]
            return Said(204)
        elif method != "GET" or rest is not None:
            raise Refusal(405, f"Method {method} is not allowed here")
        if method != "GET":
            row["modifiedAt"] = datetime.now(UTC).isoformat()
        choice = read_choice(options.get("$select", ""), options.get("$expand", ""))
        shown = {"@odata.context": f"$metadata#{entity_set}/$entity", **self.tables.shown(entity_set, row, choice)}
        return Said(200, shown, _etag(row))

    def _posted(self, body: Any) -> Said:
        if not isinstance(body, dict) or not isinstance(body.get("personIdExternal"), str):
            raise Refusal(400, "Property personIdExternal is missing")
        if body["personIdExternal"] in self.tables.employees:
            raise Refusal(409, "Entity already exists")
        for name in body:
            if name not in ("jobs", "absences"):
                self.tables.check("Employees", name)
        row = self._hire(dict(body))
        return Said(201, self.tables.shown("Employees", row, Choice()), _etag(row))

    def _hire(self, row: dict[str, Any]) -> dict[str, Any]:
        row.setdefault("modifiedAt", datetime.now(UTC).isoformat())
        row.setdefault("status", "A")
        self.tables.employees[row["personIdExternal"]] = row
        return row


def _user(authorization: str) -> str | None:
    try:
        pair = base64.b64decode(authorization.removeprefix("Basic "), validate=True).decode()
    except ValueError:
        return None
    name, _, password = pair.partition(":")
    return name if (name, password) in (READER, WRITER) else None


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return unquote(name), unquote(value)


def _raw(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value.replace("%", "%25").replace("&", "%26").replace(" ", "%20") for name, value in options.items()}


def _list(text: str) -> list[str]:
    return [each for each in text.split(",") if each.strip()]


def _number(options: Mapping[str, str], name: str, otherwise: int) -> int:
    value = options.get(name)
    if value is None:
        return otherwise
    if not value.isdigit():
        raise QuerySyntax(f"{name}: expected a number")
    return int(value)


def _etag(row: Mapping[str, Any]) -> str:
    return f'W/"{row.get("modifiedAt", "")}"'


def _error(status: int, message: str) -> Said:
    return Said(status, {"error": {"code": str(status), "message": message, "@Common.numericSeverity": 4}})
