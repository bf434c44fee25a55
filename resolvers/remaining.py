"""Remaining: what is left of a schema when some of its fields are taken away, and all that hangs on these alone."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from graphql import (
    EnumValueNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    ListValueNode,
    get_named_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)
from graphql.utilities import get_default_value_ast

from authz.labels import Coordinate
from schema.choosing import CHOSEN_BY, ORDERED_BY
from schema.declare import Boundary, declaration_of
from schema.rules import DEFINITION, STRUCTURE, label_of
from schema.search import FOUND_BY

_CHOICES: Final[Mapping[Coordinate, tuple[Coordinate, ...]]] = {
    **{("EmployeeFilter", key): (field,) for key, field in CHOSEN_BY.items()},
    **{("EmployeeOrder", value): (field,) for value, field in ORDERED_BY.items()},
    **{("IdentifierKind", kind): fields for kind, (_, fields) in FOUND_BY.items()},
}
"""What is chosen, ordered or found by a field goes with it."""

Kind = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType | GraphQLInputObjectType | GraphQLEnumType
"""Types that have members: fields, values, or other types."""
_Open = GraphQLObjectType | GraphQLInterfaceType


class Remaining:
    """The members that are left of each type; types of which nothing of use is left are not there."""

    def __init__(self, schema: GraphQLSchema, without: frozenset[Coordinate]) -> None:
        self._schema = schema
        self._kinds = {
            name: kind for name, kind in schema.type_map.items() if isinstance(kind, Kind) and not name.startswith("__")
        }
        self._roots = [
            each.name for each in (schema.query_type, schema.mutation_type, schema.subscription_type) if each
        ]
        self.members: dict[str, frozenset[str]] = {
            name: frozenset(each for each in _members(kind) if (name, each) not in without)
            for name, kind in self._kinds.items()
        }
        self._content = _contents(schema)
        self.reached: frozenset[str] = frozenset()
        before = -1
        while before != self._size():
            before = self._size()
            self._reduce()
            self.reached = frozenset(self._reached())
            self.members = {name: left for name, left in self.members.items() if name in self.reached}

    def keeps(self, name: str) -> bool:
        """Whether a type is left; scalars are as long as something leads to them."""
        return name in self.members or name not in self._kinds

    def implements(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[GraphQLInterfaceType]:
        """The interfaces of which a type still has every field that they have."""
        own = self.members.get(kind.name, frozenset())
        return (each for each in kind.interfaces if self.keeps(each.name) and self.members[each.name] <= own)

    def arguments(self, field: GraphQLField) -> Mapping[str, GraphQLArgument]:
        """The arguments that are left of a field."""
        if not field.args:
            return {}
        filters = _filters(field)
        return {
            name: each for name, each in field.args.items() if self._can_be_given(each) and self._has(filters.get(name))
        }

    def _size(self) -> int:
        return sum(map(len, self.members.values())) + len(self.members)

    def _reduce(self) -> None:
        for name, left in list(self.members.items()):
            kind = self._kinds[name]
            kept = frozenset(each for each in left if self._stays(kind, each))
            if kept and not self._useless(kind, kept):
                self.members[name] = kept
            else:
                del self.members[name]

    def _stays(self, kind: Kind, member: str) -> bool:
        if not all(self._has(field) for field in _CHOICES.get((kind.name, member), ())):
            return False
        if isinstance(kind, GraphQLUnionType):
            return self.keeps(member)
        if isinstance(kind, GraphQLInputObjectType):
            return self._can_be_given(kind.fields[member])
        if isinstance(kind, GraphQLEnumType):
            return True
        field = kind.fields[member]
        left = self.arguments(field)
        lost = any(is_required_argument(each) for name, each in field.args.items() if name not in left)
        return self.keeps(get_named_type(field.type).name) and not lost

    def _has(self, field: Coordinate | None) -> bool:
        return field is None or field[1] in self.members.get(field[0], ())

    def _can_be_given(self, given: GraphQLArgument | GraphQLInputField) -> bool:
        """Whether the type is left, and what stands for a value that is not given."""
        kind = get_named_type(given.type)
        if not self.keeps(kind.name):
            return False
        if not isinstance(kind, GraphQLEnumType):
            return True
        return self.members[kind.name].issuperset(_enum_values(get_default_value_ast(given)))

    def _useless(self, kind: Kind, kept: frozenset[str]) -> bool:
        if kind.name in self._roots:
            return False  # whatever is left can be asked for
        if isinstance(kind, GraphQLInputObjectType):
            return any(is_required_input_field(each) for name, each in kind.fields.items() if name not in kept)
        if isinstance(kind, GraphQLInterfaceType) and not any(
            kind in self.implements(each) for each in self._schema.get_possible_types(kind) if self.keeps(each.name)
        ):
            return True
        content = self._content.get(kind.name, frozenset())
        return bool(content) and kept.isdisjoint(content)

    def _reached(self) -> set[str]:
        """Types that something leads to from where reading begins, and those of directives' arguments."""
        reached: set[str] = set()
        ahead = [name for name in self._roots if name in self.members]
        for directive in self._schema.directives:
            ahead += [get_named_type(each.type).name for each in directive.args.values()]
        while ahead:
            name = ahead.pop()
            if name not in reached:
                reached.add(name)
                ahead += self._next(self._schema.type_map[name])
        return reached

    def _next(self, kind: GraphQLNamedType) -> Iterator[str]:
        left = self.members.get(kind.name, frozenset())
        if isinstance(kind, GraphQLUnionType):
            yield from left
        if isinstance(kind, GraphQLInputObjectType):
            yield from (get_named_type(kind.fields[each].type).name for each in left)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            yield from (each.name for each in self.implements(kind))
            for each in left:
                yield get_named_type(kind.fields[each].type).name
                yield from (get_named_type(arg.type).name for arg in self.arguments(kind.fields[each]).values())
        if isinstance(kind, GraphQLInterfaceType):
            of_it = self._schema.get_implementations(kind)
            both: list[GraphQLObjectType | GraphQLInterfaceType] = [*of_it.objects, *of_it.interfaces]
            for other in both:
                if kind in self.implements(other):
                    yield other.name


def _members(kind: Kind) -> list[str]:
    if isinstance(kind, GraphQLUnionType):
        return [each.name for each in kind.types]
    return list(kind.values) if isinstance(kind, GraphQLEnumType) else list(kind.fields)


@lru_cache(maxsize=2)
def _contents(schema: GraphQLSchema) -> Mapping[str, frozenset[str]]:
    """The content of every type; the same for every view of a schema."""
    return {name: frozenset(_content(kind)) for name, kind in schema.type_map.items() if isinstance(kind, _Open)}


def _content(kind: GraphQLObjectType | GraphQLInterfaceType) -> list[str]:
    """The fields for which objects of a type are there.

    Shape: all but ids, cursors and the like; where a type is made of nothing else, those that hold other objects.
    """
    told = [name for name, field in kind.fields.items() if _domain(field) != STRUCTURE]
    return told or [name for name, field in kind.fields.items() if _holds(field)]


def _filters(field: GraphQLField) -> Mapping[str, Coordinate]:
    """The field of the records asked for that each filtering argument looks at."""
    declared = field.extensions.get(DEFINITION)
    declaration = declaration_of(declared) if declared is not None else None
    if not isinstance(declaration, Boundary) or not declaration.filters:
        return {}
    shown: Any = get_named_type(field.type)
    for step in ("edges", "node"):
        if step in shown.fields:
            shown = get_named_type(shown.fields[step].type)
    return {name: (shown.name, name) for name in declaration.filters if name in shown.fields}


def _domain(field: GraphQLField) -> str:
    try:
        return label_of(field).domain
    except LookupError:
        return STRUCTURE


def _holds(field: GraphQLField) -> bool:
    """Whether a field leads on to anything but a handful of cursors and counts."""
    kind = get_named_type(field.type)
    if not isinstance(kind, _Open):
        return isinstance(kind, GraphQLUnionType)
    return any(
        _domain(each) != STRUCTURE or is_composite_type(get_named_type(each.type)) for each in kind.fields.values()
    )


def _enum_values(default: Any) -> Iterator[str]:
    """The values of enums that a literal names."""
    if isinstance(default, EnumValueNode):
        yield default.value
    elif isinstance(default, ListValueNode):
        for each in default.values:
            yield from _enum_values(each)
