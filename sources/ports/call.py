"""CallContext: what travels with every question to a source; SourceLedger: what came of it."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from sources.ports.permit import WritePermit

SourceState = Literal["OK", "STALE", "PARTIAL", "FAILED"]


@dataclass(slots=True)
class SourceEntry:
    """What one source did for one request. Units: `ms` is wall time summed over calls; `as_of` is the oldest data used."""

    calls: int = 0
    ms: float = 0.0
    answered: int = 0
    failed: int = 0
    cached: int = 0
    stale: int = 0
    as_of: datetime | None = None
    codes: set[str] = field(default_factory=set)

    @property
    def state(self) -> SourceState:
        """OK, STALE (served from a last-known copy), PARTIAL (some keys failed) or FAILED (all did)."""
        if self.failed:
            return "PARTIAL" if self.answered else "FAILED"
        return "STALE" if self.stale else "OK"


@dataclass(slots=True)
class SourceLedger:
    """The account of one request: every source touched, calls counted at the wire."""

    entries: dict[str, SourceEntry] = field(default_factory=dict)

    def of(self, source: str) -> SourceEntry:
        """The entry of one source, opened at first use."""
        entry = self.entries.get(source)
        if entry is None:
            entry = self.entries[source] = SourceEntry()
        return entry

    def seen(self, source: str, as_of: datetime) -> None:
        """Note how old the data used is."""
        entry = self.of(source)
        if entry.as_of is None or as_of < entry.as_of:
            entry.as_of = as_of


@dataclass(slots=True)
class CallContext:
    """What a source may know of the request it serves.

    `partition` is an opaque name of a set of rights: cached answers never cross it. `on_behalf_of` is the viewer's
    login, told to systems whose manifest names a header for it (never authority). `fresh` asks past every cache.
    Units: `deadline` in seconds of `time.monotonic()`.
    """

    partition: str
    deadline: float
    trace_id: str
    on_behalf_of: str
    fresh: bool = False
    permit: WritePermit | None = None
    ledger: SourceLedger = field(default_factory=SourceLedger)

    def remaining(self) -> float:
        """Seconds left until the request's deadline; never negative."""
        return max(0.0, self.deadline - time.monotonic())


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source has been doing lately.

    Units: latencies in milliseconds over the recent calls; `freshness` in seconds. `indexed_at` is known to whoever
    sweeps its identifiers.
    """

    name: str
    system: str
    title: str
    owner: str
    ports: tuple[str, ...]
    state: Literal["UP", "DEGRADED", "DOWN", "UNKNOWN"]
    since: datetime
    breaker: Literal["CLOSED", "OPEN", "HALF_OPEN"]
    last_error: str | None
    last_error_at: datetime | None
    calls: int
    failures: int
    latency_p50: float | None
    latency_p95: float | None
    freshness: float
    single_reason: str | None
    indexed_at: datetime | None = None


def utc_now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)
