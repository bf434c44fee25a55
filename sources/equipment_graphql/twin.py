"""An asset register with the schema that PostGraphile makes of its two tables."""

import base64
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiohttp import web
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from sources.kit.twin.http import HttpTwin

READER: Final = "twin-equipment-reader"
WRITER: Final = "twin-equipment-writer"
COLUMNS: Final = {
    "id": "Int!",
    "tag": "String!",
    "kind": "String!",
    "model": "String",
    "status": "String!",
    "assignedTo": "String",
    "updatedAt": "Datetime!",
    "serialNumber": "String",
    "hostname": "String",
    "ip": "String",
    "mac": "String",
    "assignedAt": "Datetime",
    "purchasedOn": "Date",
    "warrantyUntil": "Date",
    "location": "String",
}
_SCHEMA: Final = """
scalar Cursor
scalar Datetime
scalar Date
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: Cursor endCursor: Cursor }
enum AssetsOrderBy { NATURAL PRIMARY_KEY_ASC PRIMARY_KEY_DESC TAG_ASC TAG_DESC }
input AssetCondition { tag: String assignedTo: String hostname: String serialNumber: String }
type Asset { nodeId: ID! %(columns)s employeeByAssignedTo: Employee }
type AssetsConnection { nodes: [Asset]! pageInfo: PageInfo! totalCount: Int! }
type Employee {
  nodeId: ID! id: String! login: String! fullName: String
  assetsByAssignedTo(first: Int, after: Cursor, orderBy: [AssetsOrderBy!] = [PRIMARY_KEY_ASC]): AssetsConnection!
}
type Query {
  employeeById(id: String!): Employee
  employeeByLogin(login: String!): Employee
  assetByTag(tag: String!): Asset
  allAssets(
    first: Int, after: Cursor, orderBy: [AssetsOrderBy!] = [PRIMARY_KEY_ASC], condition: AssetCondition
  ): AssetsConnection
}
input AssignAssetInput { clientMutationId: String tag: String! employeeId: String! }
input ReturnAssetInput { clientMutationId: String tag: String! }
input BlockAssetInput { clientMutationId: String tag: String! }
type AssetPayload { clientMutationId: String asset: Asset query: Query }
input AssetPatch { status: String assignedTo: String assignedAt: Datetime updatedAt: Datetime }
input UpdateAssetByTagInput { clientMutationId: String tag: String! assetPatch: AssetPatch! }
type Mutation { updateAssetByTag(input: UpdateAssetByTagInput!): AssetPayload %(functions)s }
"""
_FUNCTIONS: Final = """
  assignAsset(input: AssignAssetInput!): AssetPayload
  returnAsset(input: ReturnAssetInput!): AssetPayload
  blockAsset(input: BlockAssetInput!): AssetPayload
"""


Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True, slots=True)
class EquipmentSeed:
    """Rows of the tables `employee` (id, login, full_name) and `asset`, columns by their names in SQL."""

    employees: Sequence[Mapping[str, Any]]
    assets: Sequence[Mapping[str, Any]]


class EquipmentTwin(HttpTwin):
    """The asset register. `lacking` names fields that other people's registers do not have (`hostname`); without
    `functions` it has nothing but the update of a row.
    """

    def __init__(self, seed: EquipmentSeed, *, lacking: frozenset[str] = frozenset(), functions: bool = True) -> None:
        super().__init__()
        self.employees: dict[str, dict[str, Any]] = {row["id"]: dict(row) for row in seed.employees}
        self.assets: dict[str, dict[str, Any]] = {}
        for number, row in enumerate(seed.assets, 1):
            self.assets[row["tag"]] = {"id": number, "updated_at": _now(), **row}
        self.schema = _schema(lacking, functions=functions)
        self._documents: dict[str, DocumentNode | list[GraphQLError]] = {}
        self._tags_by_owner: dict[str | None, set[str]] = defaultdict(set)
        for tag, row in self.assets.items():
            self._tags_by_owner[row.get("assigned_to")].add(tag)

    def settings(self) -> Mapping[str, str]:
        """Address, tokens for reading and writing, and the width of employee ids."""
        return {"url": self.url, "path": "/graphql", "token": READER, "write_token": WRITER, "id_width": "7"}

    def application(self) -> web.Application:
        """The one endpoint."""
        application = web.Application(client_max_size=1_048_576)
        application.add_routes([web.post("/graphql", self._serve)])
        return application

    async def _serve(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in (READER, WRITER):
            return _answer({"errors": [{"message": "Invalid token"}]}, 401)
        body = await request.json()
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return _answer({"errors": [{"message": "Must provide a query string."}]}, 400)
        document = self._understood(body["query"])
        if isinstance(document, list):
            return _answer({"errors": [error.formatted for error in document]}, 400)
        result = execute_sync(
            self.schema,
            document,
            root_value=_Root(self, may_write=token == WRITER),
            variable_values=body.get("variables") or {},
            operation_name=body.get("operationName"),
        )
        errors = [error.formatted for error in result.errors or ()]
        if result.data is None and errors and not any("path" in error for error in errors):
            return _answer({"errors": errors}, 400)
        return _answer({"data": result.data, **({"errors": errors} if errors else {})}, 200)

    def _understood(self, text: str) -> DocumentNode | list[GraphQLError]:
        """A document as it will be run, or what is wrong with it; remembered as servers do."""
        if text not in self._documents:
            try:
                document = parse(text, no_location=True)
            except GraphQLError as problem:
                return [problem]
            if len(self._documents) > 500:
                self._documents.clear()
            self._documents[text] = validate(self.schema, document) or document
        return self._documents[text]

    def owned(self, employee_id: str) -> list[dict[str, Any]]:
        """The assets assigned to an employee."""
        return [self.assets[tag] for tag in self._tags_by_owner.get(employee_id, ())]

    def change(self, tag: str, **columns: Any) -> dict[str, Any]:
        """Update one asset, as the database would."""
        if tag not in self.assets:
            raise GraphQLError(
                "No values were updated in collection 'assets' because no values you can update were found."
            )
        if columns.get("assigned_to") is not None and columns["assigned_to"] not in self.employees:
            raise GraphQLError(
                'insert or update on table "asset" violates foreign key constraint "asset_assigned_to_fkey"',
                extensions={"errcode": "23503"},
            )
        self._tags_by_owner[self.assets[tag].get("assigned_to")].discard(tag)
        self.assets[tag].update({**columns, "updated_at": _now()})
        self._tags_by_owner[self.assets[tag].get("assigned_to")].add(tag)
        return self.assets[tag]


class _Root:
    """The fields of Query and Mutation over one twin's rows."""

    def __init__(self, twin: EquipmentTwin, *, may_write: bool) -> None:
        self._twin = twin
        self._may_write = may_write

    def employeeById(self, _info: Info, id: str) -> Any:  # noqa: A002, N802 - names of the schema
        return self._employee(self._twin.employees.get(id))

    def employeeByLogin(self, _info: Info, login: str) -> Any:  # noqa: N802 - a name of the schema
        return self._employee(next((row for row in self._twin.employees.values() if row["login"] == login), None))

    def assetByTag(self, _info: Info, tag: str) -> Any:  # noqa: N802 - a name of the schema
        return self._asset(self._twin.assets.get(tag))

    def allAssets(self, _info: Info, condition: Any = None, **window: Any) -> Any:  # noqa: N802
        rows = list(self._twin.assets.values())
        for name, value in (condition or {}).items():
            rows = [row for row in rows if row.get(_column(name)) == value]
        return self._connection(rows, **window)

    def assignAsset(self, _info: Info, input: Any) -> Any:  # noqa: A002, N802 - names of the schema
        return self._changed(input, assigned_to=input["employeeId"], status="assigned", assigned_at=_now())

    def returnAsset(self, _info: Info, input: Any) -> Any:  # noqa: A002, N802 - names of the schema
        return self._changed(input, assigned_to=None, status="in_stock", assigned_at=None)

    def blockAsset(self, _info: Info, input: Any) -> Any:  # noqa: A002, N802 - names of the schema
        return self._changed(input, status="lost")

    def updateAssetByTag(self, _info: Info, input: Any) -> Any:  # noqa: A002, N802 - names of the schema
        return self._changed(input, **{_column(name): value for name, value in input["assetPatch"].items()})

    def _changed(self, said: Any, **columns: Any) -> Any:
        if not self._may_write:
            raise GraphQLError("permission denied for table asset", extensions={"errcode": "42501"})
        row = self._twin.change(said["tag"], **columns)
        return {"clientMutationId": said.get("clientMutationId"), "asset": self._asset(row), "query": self}

    def _asset(self, row: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if row is None:
            return None
        shown = {name: row.get(_column(name)) for name in COLUMNS}
        owner = self._twin.employees.get(str(row.get("assigned_to")))
        return {
            **shown,
            "nodeId": _cursor(["assets", row["id"]]),
            "employeeByAssignedTo": lambda _i: self._employee(owner),
        }

    def _employee(self, row: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if row is None:
            return None

        def owned(_info: Info, **window: Any) -> Any:
            return self._connection(self._twin.owned(row["id"]), **window)

        return {
            "nodeId": _cursor(["employees", row["id"]]),
            "id": row["id"],
            "login": row["login"],
            "fullName": row.get("full_name"),
            "assetsByAssignedTo": owned,
        }

    def _connection(
        self,
        rows: list[dict[str, Any]],
        first: int | None = None,
        after: str | None = None,
        orderBy: Any = (),  # noqa: N803
    ) -> dict[str, Any]:
        order = (orderBy or ["PRIMARY_KEY_ASC"])[0]
        by: Callable[[dict[str, Any]], Any] = (lambda row: row["tag"]) if "TAG" in order else (lambda row: row["id"])
        ordered = sorted(rows, key=by, reverse=order.endswith("_DESC"))
        start = 0
        if after is not None:
            start = next((at + 1 for at, row in enumerate(ordered) if row["id"] == _place_of(after)), len(ordered))
        window = ordered[start:] if first is None else ordered[start : start + first]
        return {
            "nodes": [self._asset(row) for row in window],
            "totalCount": len(ordered),
            "pageInfo": {
                "hasNextPage": start + len(window) < len(ordered),
                "hasPreviousPage": start > 0,
                "startCursor": _cursor(["primary_key_asc", [window[0]["id"]]]) if window else None,
                "endCursor": _cursor(["primary_key_asc", [window[-1]["id"]]]) if window else None,
            },
        }


def _schema(lacking: frozenset[str], *, functions: bool) -> GraphQLSchema:
    columns = " ".join(f"{name}: {kind}" for name, kind in COLUMNS.items() if name not in lacking)
    return build_schema(_SCHEMA % {"columns": columns, "functions": _FUNCTIONS if functions else ""})


def _column(name: str) -> str:
    """A field's column in SQL."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _cursor(value: Any) -> str:
    return base64.b64encode(orjson.dumps(value)).decode()


def _place_of(cursor: str) -> int:
    try:
        return int(orjson.loads(base64.b64decode(cursor, validate=True))[1][0])
    except (ValueError, TypeError, LookupError):
        raise GraphQLError("Invalid cursor, please enter a cursor from a previous request, or null.") from None


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _answer(body: Mapping[str, Any], status: int) -> web.Response:
    return web.json_response(body, status=status)
