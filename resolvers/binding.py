"""Binding: every declared field gets the native resolver that its declaration means; nothing is left unbound."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from resolvers import ids
from resolvers.asking import Asking
from resolvers.computed.federation import bind_federation
from resolvers.computed.registry import Computation, computations
from resolvers.executing import Kept
from resolvers.planning import DEFINITION, lookup_of
from resolvers.windows import Edge, Listed, window
from schema.declare import Boundary, Computed, Lookup, Value, declaration_of, labels_of
from sources.ports.catalogue import question_of
from sources.ports.errors import Partial
from sources.ports.question import Question

Resolver = Callable[..., Any]
_FEDERATION: Final = frozenset({"_service", "_entities"})


class Unbound(Exception):
    """The schema and what stands behind it do not fit; the program must not start. The text names the field."""


def bind(schema: GraphQLSchema) -> None:
    """Give every field of the schema its resolver. Raises: Unbound naming each field that cannot have one."""
    wrong: list[str] = []
    left = dict(computations())
    for name, kind in schema.type_map.items():
        if name.startswith("__") or not isinstance(kind, GraphQLObjectType):
            continue
        for field_name, field in kind.fields.items():
            if field_name in _FEDERATION or name == "_Service":
                continue
            try:
                field.resolve = _resolver(kind, field_name, field, left)
            except (Unbound, KeyError, LookupError) as problem:
                wrong.append(f"{name}.{field_name}: {problem}")
    wrong += [f"{place}: a computation without a field" for place in left if not place.startswith("_")]
    if wrong:
        raise Unbound("; ".join(wrong))
    _bind_abstract(schema)
    _bind_choices(schema)
    bind_federation(schema)


def _resolver(kind: GraphQLObjectType, field_name: str, field: GraphQLField, left: dict[str, Computation]) -> Resolver:
    declared = field.extensions.get(DEFINITION)
    declaration = declaration_of(declared) if declared is not None else None
    if declared is None or declaration is None:
        raise Unbound("is not declared as value, boundary or computed")
    labels_of(declared)
    if not (field.description or "").strip():
        raise Unbound("has no description")
    if isinstance(declaration, Value):
        return _value(kind, field, declared.python_name)
    if isinstance(declaration, Boundary):
        return _boundary(field, declaration)
    assert isinstance(declaration, Computed)
    for asked in declaration.asks:
        question_of(*asked.split("."))
    place = f"{kind.name}.{field_name}"
    if place not in computations():
        raise Unbound("nothing computes it")
    left.pop(place, None)
    return _computed(computations()[place])


def _value(kind: GraphQLObjectType, field: GraphQLField, name: str) -> Resolver:
    lookup = lookup_of(kind)
    if name == "id" and lookup is not None:
        return Kept(field.type, _node_id(kind.name, lookup))
    of_edge = {"cursor", "node"} <= set(kind.fields) and name not in ("cursor", "node", "matched")
    return Kept(field.type, attrgetter(f"record.{name}" if of_edge else name))


def _node_id(type_name: str, lookup: Lookup) -> Callable[[Any], str]:
    key = attrgetter(lookup.key)
    return lambda record: ids.encode(type_name, record.source, key(record))


def _computed(computation: Computation) -> Resolver:
    def resolve(record: Any, info: Any, **arguments: Any) -> Any:
        return computation(record, info.context, info, **arguments)

    return resolve


def _boundary(field: GraphQLField, boundary: Boundary) -> Resolver:
    question = question_of(boundary.port, boundary.question)
    key = attrgetter(boundary.key)
    kind = get_nullable_type(field.type)
    named = get_named_type(field.type)
    if boundary.leads is not None:
        question_of(boundary.leads.port, boundary.leads.question)
    if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection"):
        return _page(boundary, question, key)
    if is_list_type(kind):
        return _list(boundary, question, key)
    return _first(boundary, key) if question.many else _single(boundary, key)


def _single(boundary: Boundary, key: Callable[[Any], Any]) -> Resolver:
    port, question, folded = boundary.port, boundary.question, _folding(boundary.question)

    def resolve(record: Any, info: Any) -> Any:
        wanted = key(record)
        return None if wanted is None else info.context.loaders.load(port, question, folded(wanted))

    return resolve


def _first(boundary: Boundary, key: Callable[[Any], Any]) -> Resolver:
    async def resolve(record: Any, info: Any) -> Any:
        wanted = key(record)
        if wanted is None:
            return None
        asking: Asking = info.context
        answer = await asking.loaders.load(boundary.port, boundary.question, wanted)
        if isinstance(answer, Partial):
            return _surely_first(answer, asking.desk.sources_of(boundary.port))
        return answer[0] if answer else None

    return resolve


def _surely_first(answer: Partial[Any], order: Sequence[str]) -> Any:
    """The first record, unless a source that comes before its own has failed: that one may know another. Raises: SourceError."""
    first = next(iter(answer.value or ()), None)
    before = order if first is None else order[: order.index(first.source)]
    for failure in answer.failures:
        if failure.source in before:
            raise failure
    return first


def _list(boundary: Boundary, question: Question, key: Callable[[Any], Any]) -> Resolver:
    if not question.many:
        raise Unbound(f"a list of {boundary.question}, which answers one")

    async def resolve(record: Any, info: Any) -> Any:
        return await _answered(boundary, key(record), info, {})

    return resolve


def _page(boundary: Boundary, question: Question, key: Callable[[Any], Any]) -> Resolver:
    if not question.many:
        raise Unbound(f"pages of {boundary.question}, which answers one")
    show = attrgetter(boundary.shows) if boundary.shows else None
    lead, filters = boundary.leads, boundary.filters

    async def resolve(record: Any, info: Any, **arguments: Any) -> Any:
        records = await _answered(boundary, key(record), info, arguments)
        if records is None:
            return None
        for name in filters:
            records = _among(records, name, arguments.get(name), info.context)
        page = window(records, arguments["first"], arguments.get("after"), show)
        return page if lead is None else await _led(page, lead, info)

    return resolve


async def _answered(boundary: Boundary, key: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
    """What the port says of one key; failures of some sources stand beside what the others said."""
    if key is None:
        return None
    asking: Asking = info.context
    args = tuple((name, arguments[name]) for name in boundary.passes)
    answer = await asking.loaders.load(boundary.port, boundary.question, key, args)
    if isinstance(answer, Partial):
        for failure in answer.failures:
            asking.missing(failure, info)
        return answer.value
    return answer


async def _led(page: Listed, lead: Any, info: Any) -> Listed:
    """The nodes that the records of a page lead to; a record that leads nowhere is left out of the page."""
    key = attrgetter(lead.key)
    folded = _folding(lead.question)
    asking: Asking = info.context
    loader = asking.loaders.of(lead.port, lead.question)
    nodes = await loader.load_many([folded(key(edge.record)) for edge in page.edges])
    edges = [Edge(edge.place, node, edge.record) for edge, node in zip(page.edges, nodes, strict=True) if node]
    return Listed(edges, page.page_info, page.total_count)


def _folding(question: str) -> Callable[[Any], Any]:
    """Logins and addresses are one key in any case."""
    return str.casefold if question in ("people_by_login", "people_by_email") else _as_it_is


def _as_it_is(key: Any) -> Any:
    return key


def _among(records: Any, name: str, wanted: Any, asking: Asking) -> Any:
    """Records whose attribute is the wanted one, or one of the wanted."""
    if wanted is None:
        return records
    accepted = {each.value for each in wanted} if isinstance(wanted, list) else {wanted.value}
    return tuple(record for record in records if _state(record, name, asking) in accepted)


def _state(record: Any, name: str, asking: Asking) -> Any:
    told = getattr(record, f"{name}_at", None)
    return told(asking.now) if callable(told) else getattr(record, name)


def _bind_choices(schema: GraphQLSchema) -> None:
    """Inputs of which exactly one field is given are checked by graphql-core, before anything is resolved."""
    for kind in schema.type_map.values():
        definition = kind.extensions.get(DEFINITION)
        if isinstance(kind, GraphQLInputObjectType) and getattr(definition, "is_one_of", False):
            kind.is_one_of = True


def _bind_abstract(schema: GraphQLSchema) -> None:
    """Interfaces and unions know a record's type by its class; object types take any record they are given."""
    names: dict[type, str] = {}
    for kind in schema.type_map.values():
        lookup = lookup_of(kind)
        if isinstance(kind, GraphQLObjectType) and lookup is not None:
            names[question_of(lookup.port, lookup.question).record] = kind.name
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            kind.is_type_of = None

    def type_of(record: Any, _info: Any, _kind: GraphQLAbstractType) -> str | None:
        return names.get(type(record))

    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = type_of
