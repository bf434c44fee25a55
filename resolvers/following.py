"""Following: what a subscription is about, told from its document; what it says is answered anew whenever that changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    value_from_ast_untyped,
)

from resolvers import ids
from resolvers.problems import bad_input


@dataclass(frozen=True, slots=True)
class Topic:
    """What is followed.

    Shape: `answer` is its field's name in the answer; `kind` and `key` are those of the node, or the field's name and nothing
    where no node is followed.
    """

    answer: str
    kind: str
    key: str


def topic_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Topic:
    """What the one field of a valid subscription follows. Raises: RequestProblem BAD_INPUT."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    field = _first(operation.selection_set, fragments)
    root = schema.subscription_type
    if root is None or field is None or field.name.value not in root.fields:
        raise bad_input("a subscription follows something")
    answer = field.alias.value if field.alias else field.name.value
    if "id" not in root.fields[field.name.value].args:
        return Topic(answer, field.name.value, "")
    kind = get_named_type(root.fields[field.name.value].type)
    known = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    given = {
        each.name.value: value_from_ast_untyped(each.value, {**known, **variables}) for each in field.arguments or ()
    }
    id_ = given.get("id")
    node = ids.decode(id_ if isinstance(id_, str) else "")
    if node.type_name != kind.name:
        raise bad_input(f"the id is that of a {node.type_name}, not of {kind.name}")
    return Topic(answer, node.type_name, node.key)


def _first(chosen: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> FieldNode | None:
    for node in chosen.selections:
        if isinstance(node, FieldNode):
            return node
        if isinstance(node, InlineFragmentNode):
            found = _first(node.selection_set, fragments)
        else:
            assert isinstance(node, FragmentSpreadNode)
            found = _first(fragments[node.name.value].selection_set, fragments)
        if found is not None:
            return found
    return None
