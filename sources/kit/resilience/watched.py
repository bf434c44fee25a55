"""Watched: what a line tells of each call that leaves for its source, and of what it needed no call for."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, Protocol

OK: Final = "OK"
CANCELLED: Final = "CANCELLED"
REFUSED: Final = "WRITE_REFUSED"


@dataclass(slots=True)
class Sent:
    """One try of one batch. Shape: `question` is the port's word for it; `outcome` OK or a code, set when it has ended."""

    source: str
    question: str
    keys: int
    trace_id: str
    outcome: str = CANCELLED


class CallObserver(Protocol):
    """Who is told of a line's calls. It never raises, and never waits."""

    def calling(self, sent: Sent) -> AbstractContextManager[object]:
        """A call, for as long as it takes."""
        ...

    def remembered(self, source: str, hits: int, misses: int) -> None:
        """Of so many keys the answer was at hand; for so many it was asked for."""
        ...

    def stale(self, source: str, keys: int) -> None:
        """An old answer stands for one that did not come."""
        ...


class NobodyWatches:
    """Nobody is told."""

    _PASSING: Final = nullcontext()

    def calling(self, sent: Sent) -> AbstractContextManager[object]:  # noqa: ARG002  # as the protocol says
        """Nothing."""
        return self._PASSING

    def remembered(self, source: str, hits: int, misses: int) -> None:
        """Nothing."""

    def stale(self, source: str, keys: int) -> None:
        """Nothing."""
