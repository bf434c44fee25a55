"""How long this process stood still, and how much of it was not the gateway's time."""

import asyncio
import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SCHEDULER: Final = Path("/proc/thread-self/schedstat")
_TICK: Final = 0.01
"""Seconds between two looks at the clock."""


def waited() -> float:
    """Seconds that this thread has stood in the machine's queue so far; 0 where the system does not tell.

    Source: Linux, Documentation/scheduler/sched-stats, the second number of schedstat, in nanoseconds.
    """
    try:
        return int(_SCHEDULER.read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


@dataclass(slots=True)
class Stood:
    """What kept a stretch of work from going on. Units: seconds.

    `queued` in the machine's queue; `collecting` the time worked in full collections of the heap, which is the tests' and many times a
    gateway's. Told besides, and excused by nothing, for it may be the gateway's own doing: `late`, how much later than it
    should the loop woke in all, and `idle`, how much of that without working, as when a call blocks or a machine is halted.
    """

    queued: float = 0.0
    collecting: float = 0.0
    late: float = 0.0
    idle: float = 0.0

    @property
    def stolen(self) -> float:
        """What is surely not the gateway's time."""
        return self.queued + self.collecting

    def __str__(self) -> str:
        return (
            f"{self.queued:.3f} s in the machine's queue, {self.collecting:.3f} s in full collections, "
            f"the loop {self.late:.3f} s late, {self.idle:.3f} s of it idle"
        )


@contextmanager
def standing_still() -> Iterator[Stood]:
    """Measures how long this loop stands still meanwhile. What it yields is whole once the stretch is over."""
    stood, queued, began = Stood(), waited(), 0.0

    def collected(phase: str, told: Mapping[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.thread_time()
        elif told["generation"] == 2:
            stood.collecting += time.thread_time() - began

    gc.callbacks.append(collected)
    looks = _Looks(stood)
    try:
        yield stood
    finally:
        looks.end()
        gc.callbacks.remove(collected)
        stood.queued = waited() - queued


class _Looks:
    """Looks at the clock again and again, to see how late each look is."""

    def __init__(self, stood: Stood) -> None:
        self._stood = stood
        self._loop = asyncio.get_running_loop()
        self._plan()

    def _plan(self) -> None:
        self._due, self._worked = time.monotonic() + _TICK, time.thread_time()
        self._next = self._loop.call_later(_TICK, self._look)

    def _look(self) -> None:
        self._note()
        self._plan()

    def _note(self) -> None:
        late = max(0.0, time.monotonic() - self._due)
        self._stood.late += late
        self._stood.idle += max(0.0, late - (time.thread_time() - self._worked))

    def end(self) -> None:
        """Look no more. A look that is overdue by now counts."""
        self._next.cancel()
        self._note()
