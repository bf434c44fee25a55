"""Pulse: how a source's recent calls went, for the health page."""

from collections import deque
from datetime import datetime
from statistics import quantiles
from typing import Literal

from sources.ports.call import utc_now
from sources.ports.errors import SourceError

State = Literal["UP", "DEGRADED", "DOWN", "UNKNOWN"]


class Pulse:
    """The last two hundred calls of one source. Units: milliseconds."""

    def __init__(self, span: int = 200) -> None:
        self._durations: deque[float] = deque(maxlen=span)
        self._outcomes: deque[bool] = deque(maxlen=20)
        self._state: State = "UNKNOWN"
        self.since: datetime = utc_now()
        self.calls = 0
        self.failures = 0
        self.last_error: str | None = None
        self.last_error_at: datetime | None = None

    def beat(self, ms: float, error: SourceError | None) -> None:
        """Note one call."""
        self.calls += 1
        self._durations.append(ms)
        self._outcomes.append(error is None)
        if error is not None:
            self.failures += 1
            self.last_error, self.last_error_at = error.code, utc_now()
        before, self._state = self._state, self._judge()
        if before != self._state:
            self.since = utc_now()

    @property
    def state(self) -> State:
        """UP, DEGRADED (some of the last twenty calls failed), DOWN (the last three did) or UNKNOWN (never called)."""
        return self._state

    def _judge(self) -> State:
        recent = list(self._outcomes)
        if not any(recent[-3:]):
            return "DOWN"
        return "UP" if all(recent) else "DEGRADED"

    def percentile(self, percent: int) -> float | None:
        """A percentile of the recent durations."""
        if len(self._durations) < 2:
            return self._durations[0] if self._durations else None
        return quantiles(self._durations, n=100, method="inclusive")[percent - 1]
