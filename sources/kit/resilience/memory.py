"""What a source said lately: answers by rights partition, with their age, bounded in number."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Remembered:
    """One answer and when it was given. Units: `heard` in seconds of the line's clock."""

    record: Any
    heard: float
    as_of: datetime


class Memory:
    """The latest answer to each key; the least recently used goes first. Keys hold the rights partition."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, Remembered] = OrderedDict()

    def recall(self, key: Hashable, since: float) -> Remembered | None:
        """The answer to this key if it was heard at or after `since`."""
        remembered = self._answers.get(key)
        if remembered is None or remembered.heard < since:
            return None
        self._answers.move_to_end(key)
        return remembered

    def keep(self, key: Hashable, remembered: Remembered) -> None:
        """Remember an answer."""
        self._answers[key] = remembered
        self._answers.move_to_end(key)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def forget(self) -> None:
        """Forget everything (after a write)."""
        self._answers.clear()
