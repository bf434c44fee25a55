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

from authz.labels import Label
from resolvers import ids
from resolvers.answering import Asked, Kept
from resolvers.asking import Asking
from resolvers.computed.federation import bind_federation
from resolvers.computed.registry import Computation, computations
from resolvers.masks import MASKS
from resolvers.planning import DEFINITION, lookup_of
from resolvers.sight import Guards
from resolvers.windows import Edge, Listed, window
from schema.declare import Boundary, Computed, Lookup, Value, declaration_of, mask_declared
from sources.ports.catalogue import question_of
from sources.ports.directory import Person
from sources.ports.errors import Partial
from sources.ports.question import Question

Resolver = Callable[..., Any]
EVERYBODY: Final = Label("structure", "public")
"""What everybody who is signed in may know."""
_FEDERATION: Final = frozenset({"_service", "_entities"})
"""Fields that Federation asks of every subgraph; who may use them is decided where they are resolved."""


class Unbound(Exception):
    """The schema and what stands behind it do not fit; the program must not start. The text names the field."""


def bind(schema: GraphQLSchema, more: Mapping[str, Computation] | None = None) -> Guards:
    """Give every field of the schema its resolver and its label.

    Shape: `more` are computations from outside of this room, by `Type.field`.
    Raises: Unbound naming each field that cannot have one.
    """
    try:
        guards = Guards.of(schema)
    except LookupError as problem:
        raise Unbound(str(problem)) from None
    wrong: list[str] = []
    known = {**computations(), **(more or {})}
    left = dict(known)
    for name, kind in schema.type_map.items():
        if name.startswith("__") or not isinstance(kind, GraphQLObjectType):
            continue
        for field_name, field in kind.fields.items():
            if field_name in _FEDERATION or name == "_Service":
                continue
            try:
                field.resolve = _resolver(kind, field_name, field, known, left, guards.labels.of[name, field_name])
            except (Unbound, KeyError, LookupError) as problem:
                wrong.append(f"{name}.{field_name}: {problem}")
    wrong += [f"{place}: a computation without a field" for place in left if not place.startswith("_")]
    if wrong:
        raise Unbound("; ".join(wrong))
    _bind_abstract(schema)
    _bind_choices(schema)
    bind_federation(schema, guards.labels.all.index(EVERYBODY))
    return guards


def _resolver(
    kind: GraphQLObjectType,
    field_name: str,
    field: GraphQLField,
    known: Mapping[str, Computation],
    left: dict[str, Computation],
    label: int,
) -> Resolver:
    place = f"{kind.name}.{field_name}"
    declared = field.extensions.get(DEFINITION)
    declaration = declaration_of(declared) if declared is not None else None
    if declared is None or declaration is None:
        raise Unbound("is not declared as value, boundary or computed")
    if not (field.description or "").strip():
        raise Unbound("has no description")
    if isinstance(declaration, Value):
        kept = _value(kind, declared.python_name)
        mask = mask_declared(declared)
        return Kept(field.type, kept, place, label, MASKS[mask] if mask else None)
    if isinstance(declaration, Boundary):
        return Asked(field.type, _boundary(field, declaration), place, label, attrgetter(declaration.key))
    assert isinstance(declaration, Computed)
    for asked in declaration.asks:
        question_of(*asked.split("."))
    if place not in known:
        raise Unbound("nothing computes it")
    left.pop(place, None)
    return Asked(field.type, _computed(known[place]), place, label)


def _value(kind: GraphQLObjectType, name: str) -> Callable[[Any], Any]:
    lookup = lookup_of(kind)
    if name == "id" and lookup is not None:
        return _node_id(kind.name, lookup)
    of_edge = {"cursor", "node"} <= set(kind.fields) and name not in ("cursor", "node", "matched")
    return attrgetter(f"record.{name}" if of_edge else name)


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
        return _page(boundary, question, key, _shown_in(named))
    if is_list_type(kind):
        return _list(boundary, question, key, named.name)
    return _first(boundary, key) if question.many else _single(boundary, key)


def _shown_in(connection: GraphQLObjectType) -> str:
    """The type of the nodes of a connection."""
    edge: Any = get_named_type(connection.fields["edges"].type)
    return str(get_named_type(edge.fields["node"].type).name)


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


def _list(boundary: Boundary, question: Question, key: Callable[[Any], Any], type_name: str) -> Resolver:
    if not question.many:
        raise Unbound(f"a list of {boundary.question}, which answers one")

    async def resolve(record: Any, info: Any) -> Any:
        records = await _answered(boundary, key(record), info, {})
        return await _knowable(records, type_name, record, _as_it_is, info.context)

    return resolve


def _page(boundary: Boundary, question: Question, key: Callable[[Any], Any], type_name: str) -> Resolver:
    if not question.many:
        raise Unbound(f"pages of {boundary.question}, which answers one")
    show = attrgetter(boundary.shows) if boundary.shows else None
    lead, filters = boundary.leads, boundary.filters

    async def resolve(record: Any, info: Any, **arguments: Any) -> Any:
        records = await _answered(boundary, key(record), info, arguments)
        if records is None:
            return None
        records = await _knowable(records, type_name, record, show or _as_it_is, info.context)
        for name in filters:
            if arguments.get(name) is not None:
                _may_choose_by(type_name, name, record, info.context)
                records = _among(records, name, arguments[name], info.context)
        if lead is None:
            return window(records, arguments["first"], arguments.get("after"), show)
        depends = info.context.sight.may_use([("Employee", lead.back)])
        if depends:
            records = await _told_of(records, lead, info)
        page = await _led(window(records, arguments["first"], arguments.get("after"), show), lead, info)
        return Listed(page.edges, page.page_info, None) if depends else page

    return resolve


async def _knowable(records: Any, type_name: str, owner: Any, show: Callable[[Any], Any], asking: Asking) -> Any:
    """An employee's records, less those that their own attributes forbid to know of."""
    if records is None or type(owner) is not Person:
        return records
    return await asking.sight.among(type_name, records, owner, show)


def _may_choose_by(type_name: str, name: str, owner: Any, asking: Asking) -> None:
    """Who may not read a field may not choose by it. Raises: RequestProblem FORBIDDEN_FIELD."""
    subject = asking.sight.of(owner if type(owner) is Person else None)
    if not subject.sees(type_name, name):
        raise asking.sight.forbidden(f"{type_name}.{name}", asking.guards.labels.of[type_name, name])


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


async def _told_of(records: Any, lead: Any, info: Any) -> Any:
    """Records that lead to those of whom the viewer may read the same from their own side."""
    key = attrgetter(lead.key)
    folded = _folding(lead.question)
    sight = info.context.sight
    people = await info.context.quiet.of(lead.port, lead.question).load_many([folded(key(each)) for each in records])
    return tuple(
        record
        for record, person in zip(records, people, strict=True)
        if person is not None and sight.of(person).sees("Employee", lead.back)
    )


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
        return names.get(type(record)) or getattr(record, "kind_of_problem", None)

    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = type_of
