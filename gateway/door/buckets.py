"""Buckets of tokens, one for each of many, in a memory that does not grow without bound.

A bucket is kept as one number: the moment at which it will be full again (the generic cell rate algorithm).
"""

from collections import OrderedDict
from typing import Final

MOST: Final = 20_000
"""Buckets kept; the one not used for longest goes first, and whoever it was of begins with a full one."""


class Buckets:
    """Buckets that fill evenly. Units: `per_second` tokens; `now` in seconds of a clock that only goes forward."""

    def __init__(self, per_second: float, burst: int, most: int = MOST) -> None:
        self._each = 1.0 / per_second
        self._depth = burst / per_second
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def lacking(self, of: str, now: float) -> float:
        """How long until there is a token in a bucket; 0.0 where there is one. Units: seconds."""
        return max(0.0, self._full_at.get(of, now) + self._each - now - self._depth)

    def take(self, of: str, now: float) -> float:
        """Take a token out of a bucket. Returns: 0.0, or the seconds until there will be one; then none is taken."""
        wait = self.lacking(of, now)
        if wait > 1e-9:
            return wait
        self._full_at[of] = max(self._full_at.get(of, now), now) + self._each
        self._full_at.move_to_end(of)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0

    def __len__(self) -> int:
        return len(self._full_at)
