"""Circuit breaker: a source that keeps failing is given a pause, then asked once to see whether it is back."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

BreakerState = Literal["CLOSED", "OPEN", "HALF_OPEN"]


@dataclass(slots=True)
class Breaker:
    """Opens after `threshold` failures in a row; each pause doubles up to `longest`. Units: seconds."""

    threshold: int = 5
    shortest: float = 2.0
    longest: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _pause: float = 0.0
    _open_until: float = 0.0
    _probing: bool = False

    @property
    def state(self) -> BreakerState:
        """CLOSED (calls pass), OPEN (none passes) or HALF_OPEN (one probe may pass)."""
        if self._failures < self.threshold:
            return "CLOSED"
        return "OPEN" if self.clock() < self._open_until else "HALF_OPEN"

    def admits(self) -> bool:
        """Whether a call may go out now; in HALF_OPEN only the first one asked for."""
        state = self.state
        if state == "HALF_OPEN":
            if self._probing:
                return False
            self._probing = True
            return True
        return state == "CLOSED"

    def retry_after(self) -> float:
        """Seconds until the next probe."""
        return max(0.0, self._open_until - self.clock())

    def succeeded(self) -> None:
        """A call was answered."""
        self._failures, self._pause, self._probing = 0, 0.0, False

    def failed(self) -> None:
        """A call failed in a way that speaks against the source."""
        if self.state == "OPEN":
            return  # sent before the pause began: one outage, one pause
        self._failures += 1
        self._probing = False
        if self._failures >= self.threshold:
            self._pause = min(self.longest, self._pause * 2 or self.shortest)
            self._open_until = self.clock() + self._pause

    def left(self) -> None:
        """The probe ended without a verdict (cancelled): another may probe."""
        self._probing = False
