"""Activity: how what was done through Okno itself reaches the timeline. No system tells it, so it is no port of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar

Asks_contra = TypeVar("Asks_contra", contravariant=True)

OURSELVES: Final = "okno"
"""The source that Okno is of what was done through it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done to an employee through Okno, or tried. Shape: `code` is `noun.past`, `run` a run's own key."""

    run: str
    code: str
    name: str
    at: datetime


class Activity(Protocol[Asks_contra]):
    """Whoever knows what was done through Okno. Shape: a request of the one who asks decides what they may be told."""

    async def deeds_of(self, asking: Asks_contra, employees: Sequence[str]) -> Sequence[Sequence[Deed]]:
        """The latest deeds, by numbers of employees, as far as whoever asks may know of them.

        Shape: `employees[i] -> deeds[i]`, unknown -> (). Raises: SourceError.
        """
        ...
