"""URL texts: what of a request may stand in the address of a GET. Addresses are kept in the logs of whatever is on the way.

A number, a truth value, an enum's value and an opaque id tell nobody of anybody; any other text could.
"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    StringValueNode,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)

from resolvers import ids
from resolvers.problems import RequestProblem


def says_text(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    document: DocumentNode | None,
    variables: Mapping[str, Any],
) -> bool:
    """Whether an operation of a valid document is asked for with texts. Shape: `document` where it stands in the address too."""
    if document is not None:
        found = _Texts()
        visit(document, found)
        if found.any:
            return True
    kinds = {
        each.variable.name.value: type_from_ast(schema, each.type) for each in operation.variable_definitions or ()
    }
    return any(_says(value, get_named_type(kinds.get(name))) for name, value in variables.items())


class _Texts(Visitor):
    """Looks for texts written in a document."""

    any = False

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        self.any = self.any or not _is_id(node.value)


def _says(value: Any, kind: Any) -> bool:
    """Whether a value of a type is, or holds, a text."""
    if isinstance(value, str):
        return not (isinstance(kind, GraphQLEnumType) or _is_id(value))
    if isinstance(value, list | tuple):
        return any(_says(each, kind) for each in value)
    if isinstance(value, Mapping):
        fields = kind.fields if isinstance(kind, GraphQLInputObjectType) else {}
        return any(
            _says(each, get_named_type(fields[name].type) if name in fields else None) for name, each in value.items()
        )
    return False


def _is_id(text: str) -> bool:
    """Whether a text is an opaque id that we gave out."""
    try:
        return bool(ids.decode(text))
    except RequestProblem:
        return False
