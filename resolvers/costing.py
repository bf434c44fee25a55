"""Costing: what an operation may cost before it is executed, and what it has cost after. Units: points, as `schema.costs` has them.

A document is priced once; only what differs from request to request, the lengths of lists and what is left out, is looked
at again. Rights are not looked at: a document has one price, whoever sends it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from resolvers.planning import DEFINITION
from schema.costs import ASSUMED, OBJECT, QUESTION
from schema.declare import cost_declared

_COUNTED: Final = ("ids", "representations", "fields")
"""Arguments of which each answers one object of the list."""
_INTROSPECTION: Final = 100
"""What it costs to be told the schema: it is large, and made of nothing but itself."""
MOST: Final = 10**9
"""Where counting ends."""

_Abstract = GraphQLInterfaceType | GraphQLUnionType
_Condition = tuple[ValueNode, bool]


@dataclass(frozen=True, slots=True)
class Sizing:
    """How long a list is: as long as an argument says, or as long as the list that an argument gives."""

    argument: ValueNode | None
    otherwise: int

    def of(self, variables: Mapping[str, Any]) -> int:
        """The length with these variables."""
        if self.argument is None:
            return self.otherwise
        said = value_from_ast_untyped(self.argument, dict(variables))
        if isinstance(said, list | tuple):
            return len(said)
        return max(0, said) if isinstance(said, int) and not isinstance(said, bool) else self.otherwise


@dataclass(frozen=True, slots=True)
class Priced:
    """One field of an operation that costs anything, or has fields below that do.

    Shape: `points` besides its objects; `on` are the types of parents that it is asked of, None: any; `sizing` where it is a
    list; `object` is what each object of it costs.
    """

    key: str
    points: int
    object: int
    on: frozenset[str] | None
    conditions: tuple[_Condition, ...]
    sizing: Sizing | None
    below: tuple["Priced", ...]
    types: tuple[str, ...]

    def estimate(self, variables: Mapping[str, Any]) -> int:
        """What it costs at most, of one parent."""
        if any(bool(value_from_ast_untyped(said, dict(variables))) is not wanted for said, wanted in self.conditions):
            return 0
        times = 1 if self.sizing is None else self.sizing.of(variables)
        return min(MOST, self.points + times * (self.object + summed(self.below, self.types, variables)))

    def spent(self, value: Any) -> int:
        """What it has cost, by what was answered. A null has been asked for."""
        if type(value) is list:
            return self.points + sum(self._of(each) for each in value)
        return self.points + self._of(value)

    def _of(self, value: Any) -> int:
        if type(value) is list:
            return sum(self._of(each) for each in value)
        if type(value) is not dict:
            return 0
        return self.object + sum(each.spent(value[each.key]) for each in self.below if each.key in value)


def summed(fields: tuple[Priced, ...], types: tuple[str, ...], variables: Mapping[str, Any]) -> int:
    """What fields of one object cost at most: of whichever type it is that costs most."""
    if len(types) <= 1:
        return sum(each.estimate(variables) for each in fields)
    costs = [(each.on, each.estimate(variables)) for each in fields]
    common = sum(cost for on, cost in costs if on is None)
    return common + max((sum(cost for on, cost in costs if on is not None and name in on) for name in types), default=0)


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one operation. Shape: `defaults` of its variables."""

    fields: tuple[Priced, ...]
    defaults: Mapping[str, Any]

    def estimate(self, variables: Mapping[str, Any]) -> int:
        """What it costs at most."""
        given = {**self.defaults, **variables}
        return min(MOST, sum(each.estimate(given) for each in self.fields))

    def spent(self, data: Any) -> int:
        """What it has cost, by what was answered."""
        if type(data) is not dict:
            return 0
        return sum(each.spent(data[each.key]) for each in self.fields if each.key in data)


def price_of(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> Price:
    """The price of one operation of a valid document."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    root = schema.get_root_type(operation.operation)
    assert root is not None
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    return Price(_Pricing(schema, fragments).fields([operation.selection_set], root, None), defaults)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A field as it is selected somewhere: of which types, and under which conditions."""

    node: FieldNode
    on: GraphQLObjectType | _Abstract
    conditions: tuple[_Condition, ...]


@dataclass(frozen=True, slots=True)
class _Pricing:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]

    def fields(self, chosen: list[SelectionSetNode], parent: Any, sizing: Sizing | None) -> tuple[Priced, ...]:
        """The fields of a type. Shape: `sizing` is that of its `edges`."""
        found: dict[tuple[str, str], list[_Chosen]] = {}
        for each in chosen:
            for field in self._selected(each, parent, (), frozenset()):
                key = field.node.alias.value if field.node.alias else field.node.name.value
                found.setdefault((key, field.on.name), []).append(field)
        priced = (self._priced(key, several, parent, sizing) for (key, _), several in found.items())
        return tuple(each for each in priced if each is not None)

    def _selected(
        self, chosen: SelectionSetNode, parent: Any, conditions: tuple[_Condition, ...], spread: frozenset[str]
    ) -> Iterator[_Chosen]:
        for node in chosen.selections:
            here = (*conditions, *_conditions(node))
            if isinstance(node, FieldNode):
                yield _Chosen(node, parent, here)
            elif isinstance(node, InlineFragmentNode):
                kind = self.schema.type_map[node.type_condition.name.value] if node.type_condition else parent
                yield from self._selected(node.selection_set, kind, here, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                fragment = self.fragments[node.name.value]
                kind = self.schema.type_map[fragment.type_condition.name.value]
                yield from self._selected(fragment.selection_set, kind, here, spread | {node.name.value})

    def _priced(self, key: str, several: list[_Chosen], parent: Any, sizing: Sizing | None) -> Priced | None:
        first = several[0]
        name = first.node.name.value
        if name in ("__schema", "__type"):
            return Priced(key, _INTROSPECTION, 0, None, first.conditions, None, (), ())
        field = getattr(first.on, "fields", {}).get(name)
        if field is None:
            return None  # __typename
        declared = field.extensions.get(DEFINITION)
        points = QUESTION if name == "_entities" else cost_declared(declared) if declared is not None else 0
        kind = get_named_type(field.type)
        is_list = is_list_type(get_nullable_type(field.type))
        if not is_composite_type(kind):
            return (
                None if not points else Priced(key, points, 0, self._on(first, parent), first.conditions, None, (), ())
            )
        inner = Sizing(_argument(first.node, "first"), _default(field)) if "first" in field.args else None
        below = self.fields([each.node.selection_set for each in several if each.node.selection_set], kind, inner)
        own = None
        if is_list and sizing is not None and name == "edges":
            own = sizing
        elif is_list and inner is not None:
            own = inner
        elif is_list:
            counted = next((said for each in _COUNTED if (said := _argument(first.node, each)) is not None), None)
            own = Sizing(counted, ASSUMED)
        alike = {each.conditions for each in several}
        return Priced(
            key,
            points,
            OBJECT,
            self._on(first, parent),
            first.conditions if len(alike) == 1 else (),
            own,
            below,
            tuple(each.name for each in self.schema.get_possible_types(kind)) if isinstance(kind, _Abstract) else (),
        )

    def _on(self, chosen: _Chosen, parent: Any) -> frozenset[str] | None:
        if chosen.on is parent or not isinstance(parent, _Abstract):
            return None
        if isinstance(chosen.on, _Abstract):
            return frozenset(each.name for each in self.schema.get_possible_types(chosen.on))
        return frozenset({chosen.on.name})


def _conditions(node: FieldNode | InlineFragmentNode | FragmentSpreadNode | Any) -> tuple[_Condition, ...]:
    """What has to be so for a selection to be there: `@include` says true, `@skip` false."""
    return tuple(
        (argument.value, each.name.value == "include")
        for each in node.directives or ()
        if each.name.value in ("include", "skip")
        for argument in each.arguments or ()
        if argument.name.value == "if"
    )


def _argument(node: FieldNode, name: str) -> ValueNode | None:
    return next((each.value for each in node.arguments or () if each.name.value == name), None)


def _default(field: Any) -> int:
    said = field.args["first"].default_value
    said = getattr(said, "value", said)
    return said if isinstance(said, int) else ASSUMED
