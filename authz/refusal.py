"""Refusal: how a policy that may not be taken is told of, with the place and the nearest valid word."""

from collections.abc import Iterable
from difflib import get_close_matches


class PolicyError(Exception):
    """A policy is refused; the running one stays. Shape: `line` is None where the fault has no place in a text."""

    def __init__(self, file: str, line: int | None, expected: str) -> None:
        super().__init__(f"{file}:{line}: expected {expected}" if line is not None else f"{file}: expected {expected}")
        self.file = file
        self.line = line
        self.expected = expected


def instead(what: str, word: object, known: Iterable[object]) -> str:
    """Say what was expected, and which word was probably meant."""
    words = sorted(str(each) for each in known)
    near = get_close_matches(str(word), words, n=1, cutoff=0.5)
    if near:
        return f'{what} instead of "{word}", nearest "{near[0]}"'
    return f'{what} instead of "{word}", one of: {", ".join(words) or "none is known"}'
