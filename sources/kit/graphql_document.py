"""GraphQL documents before they are sent: whether they only read, and questions for many keys in one document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    parse,
    visit,
)
from graphql.language import SKIP, Visitor

_MOST_TOKENS: Final = 20_000
_WRITE_ROOTS: Final = frozenset({"Mutation", "Subscription"})


@lru_cache(maxsize=256)
def only_reads(document: str, operation_name: str | None = None) -> bool:
    """Whether a document can do nothing but read, whichever of its operations is run.

    Every operation must be a query, not only the one named: what a server picks is its own business. A document that
    cannot be parsed, has no operation, or leaves open which one to run, is no read.
    """
    try:
        tree = parse(document, no_location=True, max_tokens=_MOST_TOKENS)
    except (GraphQLError, RecursionError):
        return False
    operations = [node for node in tree.definitions if isinstance(node, OperationDefinitionNode)]
    others = [
        node for node in tree.definitions if not isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    if others or not operations or any(each.operation is not OperationType.QUERY for each in operations):
        return False
    names = [each.name.value if each.name else None for each in operations]
    settled = len(names) == 1 if operation_name is None else operation_name in names
    if not settled:
        return False
    finder = _WriteRootFinder()
    visit(tree, finder)
    return not finder.found


def is_query(body: object) -> bool:
    """Whether the JSON body of a request asks GraphQL to do nothing but read."""
    if not isinstance(body, Mapping):
        return False
    document, name = body.get("query"), body.get("operationName")
    return isinstance(document, str) and (name is None or isinstance(name, str)) and only_reads(document, name)


class _WriteRootFinder(Visitor):
    """Finds fragments on the root of writes: no query has a use for them."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter(self, node: Node, *_place: object) -> object:
        if isinstance(node, FragmentDefinitionNode | InlineFragmentNode):
            condition = node.type_condition
            self.found = self.found or (condition is not None and condition.name.value in _WRITE_ROOTS)
        return SKIP if self.found else None


@dataclass(frozen=True, slots=True)
class Aliased:
    """One document that asks a field once per key. Shape: key `i` is variable `k<i>` and its answer alias `k<i>`."""

    document: str
    variables: dict[str, object]

    @staticmethod
    def alias(place: int) -> str:
        """The alias under which the key at this place is answered."""
        return f"k{place}"


def ask_each(field: str, argument: str, kind: str, keys: Sequence[object], selection: str) -> Aliased:
    """A document that asks `field(argument: key)` for each key; keys travel as variables, never inside the text."""
    variables = {Aliased.alias(place): key for place, key in enumerate(keys)}
    declared = ", ".join(f"${name}: {kind}" for name in variables)
    asked = "\n".join(f"  {name}: {field}({argument}: ${name}) {{ {selection} }}" for name in variables)
    return Aliased(f"query({declared}) {{\n{asked}\n}}", variables)
