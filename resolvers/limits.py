"""Limits of a document's form, looked at before it is parsed, and before it is validated: fragments spread in one another
count each time.
"""

import re
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

MOST_TOKENS: Final = 1_500
MOST_CHARACTERS: Final = 100_000
LONGEST: Final = 10_000
"""Characters of the texts and comments in a document, which are read one by one."""
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
MOST_PAIRS: Final = 10_000
"""Pairs of fields of one name that stand in one place: validation compares each with each."""
_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|$)|"(?:[^"\\\n]|\\.)*+(?:"|$)|#[^\n]*+|\w++|\.\.\.|[^\s\w,]', re.DOTALL
)


def check_text(text: str) -> None:
    """Look at a document before it is parsed, which takes a hundred times as long. Raises: GraphQLError."""
    if len(text) > MOST_CHARACTERS:
        raise GraphQLError(f"a document has at most {MOST_CHARACTERS} characters")
    tokens = directives = written = 0
    for found in _TOKEN.finditer(text):
        begin, end = found.span()
        if text[begin] in '"#':
            written += end - begin
        tokens += text[begin] != "#"
        directives += text[begin] == "@"
    if written > LONGEST:
        raise GraphQLError(
            f"a document has at most {LONGEST} characters of texts and comments; send texts as variables"
        )
    if tokens > MOST_TOKENS:
        raise GraphQLError(f"a document has at most {MOST_TOKENS} tokens")
    if directives > MOST_DIRECTIVES:
        raise GraphQLError(f"the document has too many directives: {MOST_DIRECTIVES} are served")


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

    def of(self, chosen: SelectionSetNode | None) -> Extent:
        wide = large = deep = 0
        for node in chosen.selections if chosen is not None else ():
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
        elif isinstance(each, OperationDefinitionNode) and measure.of(each.selection_set).wide > MOST_ROOTS:
            raise GraphQLError(f"an operation has too many fields at its root: {MOST_ROOTS} are served")
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode):
            _Pairs(fragments).count([each.selection_set])


@dataclass(slots=True)
class _Pairs:
    """How often validation will hold two fields against one another."""

    fragments: Mapping[str, FragmentDefinitionNode]
    pairs: int = 0
    seen: int = 0

    def count(self, together: list[SelectionSetNode], levels: int = DEEPEST) -> None:
        """Count what is answered in one place, and some levels below it. Raises: GraphQLError."""
        if not levels:
            return  # a circle of fragments; validation says so
        named: dict[str, list[FieldNode]] = {}
        for each in together:
            self._gather(each, named, set())
        for fields in named.values():
            self.seen += len(fields)
            self.pairs += len(fields) * (len(fields) - 1) // 2
            if self.pairs > MOST_PAIRS or self.seen > 2 * LARGEST:
                raise GraphQLError("the document asks for the same too often: name it once")
            below = [each.selection_set for each in fields if each.selection_set is not None]
            if below:
                self.count(below, levels - 1)

    def _gather(self, chosen: SelectionSetNode, named: dict[str, list[FieldNode]], spread: set[str]) -> None:
        for node in chosen.selections:
            if isinstance(node, FieldNode):
                named.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                self._gather(node.selection_set, named, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self.fragments.get(node.name.value)
                if fragment is not None:
                    self._gather(fragment.selection_set, named, spread)
