"""WritePermit: the only way a non-read may leave for a source."""

import time
from dataclasses import dataclass, field
from threading import Lock

from sources.ports.errors import WriteRefused


@dataclass(slots=True)
class WritePermit:
    """Leave to send one named write to one source, once, until it expires.

    Only the operation runner constructs permits (a house test keeps it so); a connector passes on what it was given.
    Units: `expires_at` in seconds of `time.monotonic()`.
    """

    operation: str
    step: str
    source: str
    write: str
    expires_at: float
    _spent: bool = field(default=False, init=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def spend(self, source: str, write: str) -> None:
        """Use the permit up for this write. Raises: WriteRefused when it is for another write, expired or used."""
        with self._lock:
            if (self.source, self.write) != (source, write):
                raise WriteRefused(f"permit is for {self.source}.{self.write}, not for {source}.{write}")
            if time.monotonic() >= self.expires_at:
                raise WriteRefused(f"permit for {source}.{write} has expired")
            if self._spent:
                raise WriteRefused(f"permit for {source}.{write} has been used")
            self._spent = True
