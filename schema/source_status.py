"""Source status: how each corporate system is doing, as seen from here."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import CONFIDENTIAL, noun, value


@strawberry.enum(description="How a source is doing.")
class SourceState(Enum):
    UP = strawberry.enum_value("UP", description="It answers.")
    DEGRADED = strawberry.enum_value("DEGRADED", description="Some of its recent answers failed.")
    DOWN = strawberry.enum_value("DOWN", description="It does not answer.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="It has not been asked yet.")


@strawberry.enum(description="State of a source's circuit breaker.")
class BreakerState(Enum):
    CLOSED = strawberry.enum_value("CLOSED", description="Calls pass.")
    OPEN = strawberry.enum_value("OPEN", description="Calls are held back for a while.")
    HALF_OPEN = strawberry.enum_value("HALF_OPEN", description="One call may pass to see whether the source is back.")


@noun(domain="gateway")
class SourceStatus:
    """One source."""

    name: str = value("Its name in this installation.")
    title: str = value("What it is.")
    system: str | None = value("The kind of system behind it.", CONFIDENTIAL)
    owner: str = value("The team that runs it.")
    ports: list[str] = value("The domains it answers for.")
    state: SourceState = value("How it is doing.")
    since: datetime = value("Since when.")
    breaker: BreakerState = value("State of its circuit breaker.")
    last_error: str | None = value("Code of its latest error.")
    last_error_at: datetime | None = value("When that was.")
    calls: int = value("Calls since the gateway started.")
    failures: int = value("Failed calls since the gateway started.")
    latency_p50: float | None = value("Half of its recent calls took no longer, in milliseconds.")
    latency_p95: float | None = value("Nineteen in twenty of its recent calls took no longer, in milliseconds.")
    freshness: float = value("How old an answer may be to be given again, in seconds.")
    single_reason: str | None = value("Which of its questions cannot be put for many at once, and why.")
    indexed_at: datetime | None = value("When its identifiers were last swept for search.")
