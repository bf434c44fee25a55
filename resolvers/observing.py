"""Observing: what the road tells about each answer once it is finished, for figures, traces and accounts of use.

Neither values nor whom it was about: names of the schema, of teams, clients and documents, codes and counts.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

Spoken = Literal["query", "mutation", "subscription"]
Stage = Literal["read", "plan", "execute"]
"""Stretches of the road: a document is read and validated, planned, executed."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request was estimated to cost before anything was asked, and what it came to; None: not known."""

    estimated: int
    actual: int | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """One finished answer.

    Shape: `kind` is SERVICE or PERSON; `client` as the client named itself, None where it did not; `document` the SHA-256 of its
    text, None where it could not be read; `operation` and `name` None where it has no such operation; `codes` those of the
    errors, each once; `used` places of the schema that the operation uses; `withheld` fields by what they were withheld
    for, `FORBIDDEN_FIELD`, `MASKED` or `LIMIT_REACHED`. Units: seconds.
    """

    trace_id: str
    kind: str
    team: str | None
    client: str | None
    document: str | None
    operation: Spoken | None
    name: str | None
    executed: bool
    codes: tuple[str, ...]
    used: frozenset[str]
    withheld: Mapping[str, str]
    seconds: float
    cost: Cost | None = None


class Observer(Protocol):
    """Who is told. It never raises, and never waits."""

    def stage(self, name: Stage) -> AbstractContextManager[Any]:
        """A stretch of the road, for as long as it takes."""
        ...

    def answered(self, observed: Observed) -> None:
        """An answer is finished."""
        ...


class Unobserved:
    """Nobody is told."""

    _PASSING: Final = nullcontext()

    def stage(self, name: Stage) -> AbstractContextManager[Any]:  # noqa: ARG002  # as the protocol says
        """Nothing."""
        return self._PASSING

    def answered(self, observed: Observed) -> None:
        """Nothing."""
