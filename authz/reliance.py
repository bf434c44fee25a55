"""Reliance: what of an actor each rule can look at at all, told from the texts, so that nobody is asked in vain."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from authz.polar_text import Item, Token, statements

_DOOR: Final = "assignments"
"""The only way from an actor to roles. No key is ever computed from a value: lint refuses texts that try."""


@dataclass(frozen=True, slots=True)
class Reliance:
    """What the rules of a policy's texts rely on, besides what roles give by themselves.

    Shape: `rules` are those of which there is any statement; `on_roles` those whose answer may hang on which roles an
    actor holds, `on_grants` on what these give.
    """

    rules: frozenset[str]
    on_roles: frozenset[str]
    on_grants: frozenset[str]

    @classmethod
    def of(cls, texts: Mapping[str, str], fixed: str, giving: Mapping[str, str]) -> "Reliance":
        """Read it off the texts.

        Shape: `giving[rule]` is what the fixed text of a rule calls to tell what roles give. That statement is left out:
        of an actor whose roles bring nothing it gives nothing, having neither a `not` nor an `or`.
        """
        whole: dict[str, set[str]] = {}
        besides: dict[str, set[str]] = {}
        for file, text in texts.items():
            for each in statements(file, text):
                if each.head is None:
                    continue
                named = set(
                    _names(each.items[1:])
                )  # without its own name: a rule that calls itself is one that is called
                whole.setdefault(each.head, set()).update(named)
                if not (file == fixed and giving.get(each.head) in named and named.isdisjoint(("not", "or"))):
                    besides.setdefault(each.head, set()).update(named)
        reached = {name: _reached(words, whole) for name, words in besides.items()}
        return cls(
            frozenset(besides),
            frozenset(name for name, words in reached.items() if _DOOR in words),
            frozenset(name for name, words in reached.items() if not words.isdisjoint(giving.values())),
        )


def _reached(words: set[str], whole: Mapping[str, set[str]]) -> set[str]:
    """Gather these words and every word of the rules they call, however far."""
    found = set(words)
    left = list(words)
    while left:
        fresh = whole.get(left.pop(), set()) - found
        found |= fresh
        left += fresh
    return found


def _names(items: Iterable[Item]) -> Iterator[str]:
    for each in items:
        if not isinstance(each, Token):
            yield from _names(each.items)
        elif each.kind == "name":
            yield each.text
