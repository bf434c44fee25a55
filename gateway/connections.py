"""Connections: how many of those that last are open, in all and of one person, in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MOST_OF_ONE: Final = 20
"""Connections of one login."""
MOST: Final = 1_000


class TooMany(Exception):
    """One more is not taken. Shape: `of_one` whether it is one too many of this person, else of all."""

    def __init__(self, *, of_one: bool) -> None:
        super().__init__("too many connections of yours" if of_one else "too many connections")
        self.of_one = of_one


class Connections:
    """Those that are open now."""

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._of = Counter[str]()
        self.open = 0

    @contextmanager
    def anonymous(self) -> Iterator[None]:
        """One of which nobody knows yet whose it is. Raises: TooMany."""
        if self.open >= self._most:
            raise TooMany(of_one=False)
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    @contextmanager
    def of(self, login: str) -> Iterator[None]:
        """One of a person; it is counted in all besides. Raises: TooMany."""
        if self._of[login] >= self._most_of_one:
            raise TooMany(of_one=True)
        self._of[login] += 1
        try:
            yield
        finally:
            self._of[login] -= 1
            if self._of[login] <= 0:
                del self._of[login]
