"""Bounded: words of callers as labels, never more different ones than so many."""

from typing import Final

OTHER: Final = "other"


class Bounded:
    """The first words that are seen stay themselves, all later ones are `other`. Shape: None is `none`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known = set[str]()

    def of(self, word: str | None) -> str:
        """The word as a label."""
        if word is None:
            return "none"
        if word not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(word)
        return word


def among(word: str, known: frozenset[str]) -> str:
    """A word of a closed list, `other` for any that is not on it."""
    return word if word in known else OTHER
