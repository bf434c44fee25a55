"""Limits of a document's form, looked at before it is validated: fragments spread in one another count each time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

DEEPEST: Final = 30
"""Levels of fields."""
WIDEST: Final = 300
"""Fields of one selection set, those of its fragments included; validation compares them with one another."""
LARGEST: Final = 5_000
"""Fields of an operation, with every fragment written out."""
MOST_ALIASES: Final = 200
"""Names given to fields in a document: each may ask for the same again."""
MOST_DIRECTIVES: Final = 100
"""Directives in a document."""
MOST_DEFINITIONS: Final = 100
"""Operations and fragments of a document."""
MOST_ROOTS: Final = 50
"""Fields at the root of an operation, with every fragment written out: each is a search of its own."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a selection set is. Shape: `wide` are its own fields, `large` all below too, `deep` their levels."""

    wide: int = 0
    large: int = 0
    deep: int = 0


@dataclass(slots=True)
class _Measure:
    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[str, Extent] = field(default_factory=dict)
    aliases: int = 0
    directives: int = 0

    def of(self, chosen: SelectionSetNode | None) -> Extent:
        wide = large = deep = 0
        for node in chosen.selections if chosen is not None else ():
            self.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self.aliases += node.alias is not None
                below = self.of(node.selection_set)
                part = Extent(1, 1 + below.large, 1 + below.deep)
            elif isinstance(node, FragmentSpreadNode):
                part = self.fragment(node.name.value)
            else:
                assert isinstance(node, InlineFragmentNode)
                part = self.of(node.selection_set)
            wide, large, deep = wide + part.wide, large + part.large, max(deep, part.deep)
            if wide > WIDEST or large > LARGEST or deep > DEEPEST:
                raise GraphQLError(
                    f"the document is too large: {DEEPEST} levels, {WIDEST} fields side by side and {LARGEST} in all are served"
                )
        if self.aliases > MOST_ALIASES:
            raise GraphQLError(f"the document has too many aliases: {MOST_ALIASES} are served")
        if self.directives > MOST_DIRECTIVES:
            raise GraphQLError(f"the document has too many directives: {MOST_DIRECTIVES} are served")
        return Extent(wide, large, deep)

    def fragment(self, name: str) -> Extent:
        """How large a fragment is, measured once."""
        if name not in self.known:
            self.known[name] = Extent()  # one that spreads itself; validation says so
            fragment = self.fragments.get(name)
            self.known[name] = self.of(fragment.selection_set if fragment else None)
        return self.known[name]


def check_extent(document: DocumentNode) -> None:
    """Raises: GraphQLError for a document larger than is served."""
    if len(document.definitions) > MOST_DEFINITIONS:
        raise GraphQLError(f"the document has too many operations and fragments: {MOST_DEFINITIONS} are served")
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    measure = _Measure(fragments)
    for each in document.definitions:
        if isinstance(each, FragmentDefinitionNode):
            measure.fragment(each.name.value)
        elif isinstance(each, OperationDefinitionNode):
            measure.directives += len(each.directives or ())
            if measure.of(each.selection_set).wide > MOST_ROOTS:
                raise GraphQLError(f"an operation has too many fields at its root: {MOST_ROOTS} are served")
