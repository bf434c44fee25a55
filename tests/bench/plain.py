"""Plain Strawberry: the same declarations as an ordinary Strawberry program would run them, with no caches.

`Schema.execute` parses and validates every time and the answer is written by the standard library's json. Every field
that is not an attribute of its record goes through the resolver that Strawberry's own converter makes for a field with
a resolver: its Info object, its conversion of arguments, its call. What such a resolver does inside is what Okno's does
(the same loaders, the same desk), so the difference is the machinery and nothing else. Two things favour this side: the
needs of the document are planned beforehand and not counted, Strawberry's check of each object's type is off, because it
would refuse records that are not instances of its classes, and so is its log of errors: Okno writes none for a source
that does not answer.
"""

import json
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from copy import copy
from inspect import Signature, isawaitable, signature
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, parse
from strawberry.types.base import has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.info import Info

from gateway.whole_graph import declared
from operations.kit.catalogue import shipped
from operations.kit.graph import Computations
from resolvers.asking import Asking
from resolvers.binding import bind
from resolvers.facts import Circumstances
from resolvers.planning import DEFINITION, Plan, lookup_of, plan_document
from resolvers.replies import accounted
from resolvers.viewpoints import Viewpoints
from schema.declare import Boundary, Value, declaration_of
from sources.ports.call import CallContext
from tests.bench.stand import Stand
from tests.bench.workloads import Workload
from tests.sandbox import NOW

Native = Callable[..., Any]


class PlainStrawberry:
    """`Schema.execute` over ordinary resolvers."""

    name = "plain Strawberry"

    def __init__(self, stand: Stand) -> None:
        self._gateway = stand.gateway
        self._viewer = stand.viewer
        self._schema = declared()
        # Strawberry executes no schema that knows `@defer` unless it is told to answer in parts
        bare = self._schema._schema
        bare.directives = tuple(each for each in bare.directives if each.name != "defer")
        self._guards = bind(self._schema._schema, Computations(shipped()).all())
        self._viewpoints = Viewpoints(self._schema._schema, self._guards.labels)
        self._wrap(self._schema._schema)
        self._plans: dict[str, Plan] = {}
        logging.getLogger("strawberry.execution").setLevel(logging.CRITICAL + 1)

    async def answer(self, workload: Workload) -> bytes:
        """The whole answer as JSON."""
        gateway = self._gateway
        call = CallContext(
            self._viewer.partition, time.monotonic() + 60, uuid.uuid4().hex, self._viewer.login, fresh=True
        )
        plan = self._plan(workload.query)
        asking = Asking(
            self._viewer,
            gateway.desk,
            call,
            plan,
            gateway.index,
            gateway.sweeper,
            NOW,
            self._guards,
            self._viewpoints,
            Circumstances(self._viewer.login),
        )
        result = await self._schema.execute(workload.query, dict(workload.variables), context_value=asking)
        errors = [each.formatted for each in (*(result.errors or ()), *asking.partial)]
        extensions = {"traceId": call.trace_id, "sources": accounted(call.ledger), "access": asking.sight.access()}
        return json.dumps({"errors": errors, "data": result.data, "extensions": extensions}).encode()

    def _plan(self, query: str) -> Plan:
        if query not in self._plans:
            document = parse(query)
            operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
            self._plans[query] = plan_document(
                self._schema._schema, document, operation, self._guards.labels, self._viewer.profile
            )
        return self._plans[query]

    def _wrap(self, schema: GraphQLSchema) -> None:
        """Put Strawberry's own resolvers back, around what Okno bound."""
        converter = self._schema.schema_converter
        for kind in schema.type_map.values():
            if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("_"):
                continue
            edge = {"cursor", "node"} <= set(kind.fields)
            for name, field in kind.fields.items():
                declared = field.extensions.get(DEFINITION)
                if declared is None:
                    continue
                own = copy(declared)
                attribute = isinstance(declaration_of(declared), Value) and not edge
                if not attribute or (name == "id" and lookup_of(kind) is not None):
                    own.base_resolver = _resolver(own, field.resolve)
                field.resolve = converter.from_resolver(own)


def _resolver(field: StrawberryField, native: Native | None) -> StrawberryResolver[Any]:
    """A resolver with the arguments of the field's stub, `root` and `info`; async where a source is asked."""
    assert native is not None
    names = {each.python_name: each.graphql_name or _camel(each.python_name) for each in field.arguments}

    def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        given = {names[name]: _as_mapping(value) for name, value in arguments.items()}
        return native(root, info._raw_info, **given)

    async def resolve_later(root: Any, info: Info, **arguments: Any) -> Any:
        found = resolve(root, info, **arguments)
        return await found if isawaitable(found) else found

    function: Any = resolve_later if isinstance(declaration_of(field), Boundary) else resolve
    reserved = [each for each in signature(resolve).parameters.values() if each.name != "arguments"]
    function.__signature__ = Signature(reserved)
    resolver: StrawberryResolver[Any] = StrawberryResolver(function)
    resolver.arguments = field.arguments
    return resolver


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)


def _as_mapping(value: Any) -> Any:
    """An input object as the mapping of what was given."""
    if has_object_definition(value):
        given: Mapping[str, Any] = {name: each for name, each in vars(value).items() if isinstance(each, str | int)}
        return given
    return value
