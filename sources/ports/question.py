"""Question: a batched read that a port offers, described so that loaders and checks can be made from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sources.ports.call import CallContext, SourceHealth
from sources.ports.errors import Answer
from sources.ports.write import RetryClass, Written

QUESTION_MARK = "__question__"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of one port. Shape: `keys[i] -> record | None`, or with `many` `keys[i] -> tuple of records`."""

    name: str
    key: type
    record: type
    many: bool


@dataclass(frozen=True, slots=True)
class Need:
    """What of the record is wanted.

    `fields` are the record's attribute names that the query selects (sources that can, ask for these only; empty means
    all); `args` are the arguments that change the question itself, such as `nested`.
    """

    fields: frozenset[str] = frozenset()
    args: tuple[tuple[str, object], ...] = ()

    def arg(self, name: str, default: object = None) -> object:
        """The argument of that name."""
        return dict(self.args).get(name, default)

    def wants(self, *names: str) -> bool:
        """Whether any of these attributes is selected."""
        return not self.fields or not self.fields.isdisjoint(names)


EVERYTHING = Need()
F = TypeVar("F", bound=Callable[..., Any])


def question(*, key: type, record: type, many: bool = False) -> Callable[[F], F]:
    """Mark a port's method as a batched question: `async def name(self, keys, need, call)`."""

    def mark(method: F) -> F:
        setattr(method, QUESTION_MARK, Question(method.__name__, key, record, many))
        return method

    return mark


def questions_of(port: type) -> dict[str, Question]:
    """All questions a port declares, by name."""
    found = (getattr(member, QUESTION_MARK, None) for member in vars(port).values())
    return {each.name: each for each in found if each is not None}


@dataclass(frozen=True, slots=True)
class Page:
    """One window of a long list. `after` is the key of the last record seen, opaque to all but the port."""

    first: int
    after: tuple[str, ...] | None = None


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Window(Generic[R]):
    """A page as answered: records in order, whether more follow, and the total where it is cheap to tell."""

    records: tuple[R, ...]
    cursors: tuple[tuple[str, ...], ...]
    has_next: bool
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a source takes at most. Units: seconds; `in_flight` for a request that was given up and may still land."""

    timeout: float
    in_flight: float


class Desk(Protocol):
    """Where resolvers and operations put their questions; behind it stand the sources of this installation."""

    async def ask(
        self, port: str, question: str, keys: Sequence[Any], need: Need, call: CallContext, *, source: str | None = None
    ) -> Sequence[Answer[Any]]:
        """Put a batched question. Shape: `keys[i] -> answers[i]`. `source` limits it to one instance. Never raises SourceError."""
        ...

    async def list(self, port: str, listing: str, page: Page, call: CallContext, **wanted: object) -> Window[Any]:
        """One page of a port's listing. Raises: SourceError."""
        ...

    async def write(self, source: str, write: str, arguments: Sequence[Any], call: CallContext) -> Written:
        """Send one write of a port to the one instance its permit names. Raises: SourceError, WriteRefused."""
        ...

    def retry_of(self, source: str, write: str) -> RetryClass | None:
        """What may be done after a lost answer, as the manifest says; None where the source has no such write."""
        ...

    def patience(self, source: str) -> Patience:
        """How long a call to a source may last, and one that was given up may still land."""
        ...

    def sources_of(self, port: str) -> tuple[str, ...]:
        """The instances that serve a port, in order of the installation."""
        ...

    def health(self) -> tuple[SourceHealth, ...]:
        """How each source has been doing."""
        ...
