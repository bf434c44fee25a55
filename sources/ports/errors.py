"""What can go wrong on the way to a source, as a closed list of codes."""

from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeAlias, TypeVar, get_args

SourceCode = Literal[
    "SOURCE_TIMEOUT",
    "SOURCE_UNAVAILABLE",
    "CIRCUIT_OPEN",
    "SOURCE_REJECTED",
    "BAD_SOURCE_DATA",
    "DEADLINE_EXCEEDED",
]
SOURCE_CODES: Final[tuple[str, ...]] = get_args(SourceCode)

_SENTENCES: Final[dict[str, str]] = {
    "SOURCE_TIMEOUT": "{source} did not answer in time",
    "SOURCE_UNAVAILABLE": "{source} cannot be reached",
    "CIRCUIT_OPEN": "{source} has failed repeatedly and is given a pause",
    "SOURCE_REJECTED": "{source} refused the request",
    "BAD_SOURCE_DATA": "{source} answered with something that cannot be read",
    "DEADLINE_EXCEEDED": "the request ran out of time before {source} answered",
}


class SourceError(Exception):
    """A source could not answer. Safe to show: it names the source, never an address, query or secret.

    `detail` is for the log of the people who run the source and never reaches an answer.
    Units: `retry_after` in seconds.
    """

    def __init__(
        self,
        code: SourceCode,
        source: str,
        detail: str = "",
        *,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(_SENTENCES[code].format(source=source))
        self.code: SourceCode = code
        self.source = source
        self.detail = detail
        self.retryable = code not in ("SOURCE_REJECTED", "BAD_SOURCE_DATA") if retryable is None else retryable
        self.retry_after = retry_after


class WriteRefused(Exception):
    """A non-read was about to leave without a valid WritePermit. A defect or an attack, never a user's mistake."""


T = TypeVar("T")
Answer: TypeAlias = T | None | SourceError
"""One answer to one key: the record, nothing known, or why it could not be told."""


@dataclass(frozen=True, slots=True)
class Partial(Generic[T]):
    """An answer put together from several sources of which some failed: what there is, and what is missing."""

    value: T
    failures: tuple[SourceError, ...]
