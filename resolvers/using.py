"""Using: the places of the schema that an operation relies on, whoever asks; a change of one of them may break it."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    get_operation_ast,
    is_union_type,
    visit,
)
from graphql.utilities import separate_operations

from resolvers.documents import Document

_MOST: Final = 2_000


class Used:
    """What operations use, remembered by document; the least recently asked for goes first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: OrderedDict[tuple[str, str | None], tuple[OperationDefinitionNode | None, frozenset[str]]] = (
            OrderedDict()
        )

    def of(self, document: Document, name: str | None) -> tuple[OperationDefinitionNode | None, frozenset[str]]:
        """The operation that is meant and the places it uses; None and nothing where there is no such."""
        place = (document.digest, name)
        found = self._known.get(place)
        if found is None:
            operation = get_operation_ast(document.ast, name)
            used = frozenset[str]() if operation is None else places_used(self._schema, document.ast, operation)
            found = self._known[place] = (operation, used)
        self._known.move_to_end(place)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return found


def places_used(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> frozenset[str]:
    """What one operation of a valid document uses.

    Shape: `Type.field`, `Type.field(argument:)`, and the names of enums, unions and inputs with all that is in them: which of
    their values come or go is not known of a document alone.
    """
    name = operation.name.value if operation.name else ""
    alone = separate_operations(document)[name]
    kinds = TypeInfo(schema)
    gathering = _Gathering(kinds)
    visit(alone, TypeInfoVisitor(kinds, gathering))
    return frozenset(gathering.found)


class _Gathering(Visitor):
    def __init__(self, kinds: TypeInfo) -> None:
        super().__init__()
        self.found = set[str]()
        self._kinds = kinds

    def enter_field(self, *_node: Any) -> None:
        parent, field = self._kinds.get_parent_type(), self._kinds.get_field_def()
        if parent is None or field is None or parent.name.startswith("__"):
            return
        name = _node[0].name.value
        if name.startswith("__"):
            return
        self.found.add(f"{parent.name}.{name}")
        kind = get_named_type(field.type)
        if isinstance(kind, GraphQLEnumType) or is_union_type(kind):
            self.found.add(kind.name)
        for argument in _node[0].arguments or ():
            self.found.add(f"{parent.name}.{name}({argument.name.value}:)")
            given = field.args.get(argument.name.value)
            if given is not None:
                self.found.update(_within(get_named_type(given.type)))


def _within(kind: GraphQLNamedType, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """An input and every input and enum in it."""
    if kind.name in above or not isinstance(kind, GraphQLEnumType | GraphQLInputObjectType):
        return
    yield kind.name
    if isinstance(kind, GraphQLInputObjectType):
        for field in kind.fields.values():
            yield from _within(get_named_type(field.type), above | {kind.name})
