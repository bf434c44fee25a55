"""Sink: a place outside that takes records one behind another and says when it has them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from audit.placed import Placed


class Undelivered(Exception):
    """It was not taken, or not said to be. The same is delivered again. The text is for whoever looks after the sink."""


@dataclass(frozen=True, slots=True)
class Message:
    """One record as it is delivered. Shape: `content` is one line of JSON without its end; `number` is its place in the tree."""

    number: int
    at: str
    code: str
    outcome: str
    content: bytes


class Sink(Protocol):
    """What a sink does. It may be told a record twice, never in another order."""

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Hand records over; they are there to stay when it returns. Raises: Undelivered."""
        ...


Form = Callable[[Placed], bytes]
"""A record as one line of JSON."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A sink of an installation: by which name its place is kept, in which form it takes records, and which values.

    Shape: with `personal` it is given the personal values that are kept, commitments alone without it; with `fresh` it begins
    behind the records that there are already. Units: `most` records at once; `patience` in seconds.
    """

    name: str
    sink: Sink
    form: Form
    personal: bool = False
    fresh: bool = False
    most: int = 200
    patience: float = 15.0

    @property
    def cursor(self) -> str:
        """By which its place is kept."""
        return cursor_of(self.name)

    def message(self, record: Placed) -> Message:
        """A record as this sink takes it."""
        return Message(record.place, record.at, record.code, record.outcome, self.form(record))


def cursor_of(sink: str) -> str:
    """By which a sink's place is kept."""
    return f"sink:{sink}"
