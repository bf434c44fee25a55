"""Detector: one kind of detection, shown records in order; what it says depends on nothing but them."""

from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from audit.detections.seen import Finding, Seen


class Detector(Protocol):
    """What a kind of detection does.

    Shape: `marks` say up to which place each subject has been told of: those records are evidence no more. It is kept by
    `see`, and is what a detector is begun with.
    """

    @property
    def kind(self) -> str:
        """What it is called."""
        ...

    @property
    def window(self) -> timedelta:
        """How far back its evidence reaches."""
        ...

    @property
    def marks(self) -> MutableMapping[str, int]:
        """By subject."""
        ...

    def see(self, seen: Seen) -> Finding | None:
        """Look at the next record. Returns: what is found, now that this record is there."""
        ...


@dataclass(slots=True)
class Window:
    """The last records of one subject, none of them older than a time before the newest."""

    records: deque[Seen]

    def add(self, seen: Seen, within: timedelta) -> None:
        """Put a record behind the others, and let go of the old."""
        self.records.append(seen)
        newest = max(self.records[-1].at, self.records[0].at)
        while self.records and newest - self.records[0].at > within:
            self.records.popleft()

    @property
    def since(self) -> datetime:
        """When the first of them was."""
        return min(each.at for each in self.records)

    @property
    def until(self) -> datetime:
        """When the last of them was."""
        return max(each.at for each in self.records)

    @property
    def places(self) -> tuple[int, ...]:
        """Where they stand."""
        return tuple(each.place for each in self.records)


class Windows:
    """Windows by subject; those of subjects who are quiet are let go."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._by_subject: dict[str, Window] = {}
        self._swept: datetime | None = None

    def add(self, subject: str, seen: Seen) -> Window:
        """The window of a subject with a record more."""
        if self._swept is None or seen.at - self._swept > self._within:
            old = seen.at - self._within
            self._by_subject = {name: each for name, each in self._by_subject.items() if each.until >= old}
            self._swept = seen.at
        window = self._by_subject.setdefault(subject, Window(deque()))
        window.add(seen, self._within)
        return window

    def clear(self, subject: str) -> None:
        """What it has is evidence no more."""
        self._by_subject.pop(subject, None)
