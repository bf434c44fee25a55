"""A source that loses requests, loses replies and applies late; it keeps the history of what it was sent and of what it did."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import psycopg

from sources.ports.call import CallContext, SourceHealth
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, Page, Patience, Window
from sources.ports.tickets import Ticket, TicketEvent
from sources.ports.write import RetryClass, Written

Fault = Literal["none", "request lost", "reply lost", "late", "refused", "deaf"]
FAULTS: Final[tuple[Fault, ...]] = ("none", "request lost", "reply lost", "late", "refused", "deaf")
"""What may happen to one call. `late`: applied after the client gave up; `deaf`: applied, the reply lost, no question answered."""

DESK: Final = "desk"
SHUT: Final = "shut desk"
"""A source that everybody is kept from."""

RETRIES: Final[Mapping[str, RetryClass]] = {
    "update_ticket": "idempotent",
    "comment_ticket": "readback",
    "reply_ticket": "blind",
    "create_ticket": "blind",
}
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """A call as it reached the source, or was lost before it. Shape: `intents` of its step were durable at that moment."""

    operation: str
    step: str
    write: str
    intents: int


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that was changed, and by which step of which run."""

    operation: str
    step: str
    write: str


@dataclass(slots=True)
class Source:
    """The tickets of two desks. Implements `sources.ports.question.Desk` as far as a runner needs it.

    Shape: `faults` by root of a run, one for each of its calls in order; later calls meet none.
    """

    intents: Callable[[str, str], int]
    root: Callable[[str], str]
    faults: dict[str, Sequence[Fault]] = field(default_factory=dict)
    waiting: Patience = Patience(30.0, 0.01)
    requests: list[Request] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    events: defaultdict[str, list[TicketEvent]] = field(default_factory=lambda: defaultdict(list))
    made: dict[str, Ticket] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    late: defaultdict[str, list[Callable[[], Written]]] = field(default_factory=lambda: defaultdict(list))
    looks: Counter[str] = field(default_factory=Counter)
    deaf: set[str] = field(default_factory=set)

    async def write(self, source: str, write: str, arguments: Sequence[Any], call: CallContext) -> Written:
        """One write, and what happens to it. Raises: SourceError, WriteRefused."""
        permit = call.permit
        assert permit is not None, "a write without a permit"
        permit.spend(source, write)
        operation, step = permit.operation, permit.step
        self.requests.append(Request(operation, step, write, self.intents(operation, step)))
        root = self.root(operation)
        planned = self.faults.get(root, ())
        fault = planned[self.calls[root]] if self.calls[root] < len(planned) else "none"
        self.calls[root] += 1
        if fault == "refused":
            raise SourceError("SOURCE_REJECTED", source)
        if fault == "late":
            # it lands before the second look, which is the last that has to see it
            self.late[root].append(lambda: self.apply(operation, step, write, arguments))
            self.looks[root] = 0
        elif fault != "request lost":
            written = self.apply(operation, step, write, arguments)
            if fault == "none":
                return written
        if fault == "deaf":
            self.deaf.add(root)
        raise SourceError("SOURCE_TIMEOUT", source)

    def apply(self, operation: str, step: str, write: str, arguments: Sequence[Any]) -> Written:
        """Do what a request asks for."""
        key = None
        if write == "update_ticket":
            number, _queue, status = arguments
            if self.status.get(number, "OPEN") == status:
                return Written()
            self.status[number] = status
        elif write == "create_ticket":
            key = f"made-{len(self.made)}"
            self.made[key] = Ticket(DESK, key, str(arguments[2]), "NEW")
        else:
            number, text = arguments
            kind = "COMMENT" if write == "comment_ticket" else "REPLY"
            here = self.events[number]
            here.append(TicketEvent(DESK, f"{number}/{len(here)}", kind, _EPOCH, text=text))
        self.effects.append(Effect(operation, step, write))
        return Written(key)

    def land(self, root: str | None = None) -> None:
        """Whatever is on its way arrives, of one run or of all."""
        for each in list(self.late) if root is None else [root]:
            for request in self.late.pop(each, []):
                request()

    def settled(self) -> None:
        """Time has passed: nothing is on its way any more, and questions are answered again."""
        self.land()
        self.deaf.clear()

    async def ask(
        self, port: str, question: str, keys: Sequence[Any], need: Need, call: CallContext, *, source: str | None = None
    ) -> Sequence[Answer[Any]]:
        """What a ticket, or its history, shows now."""
        assert port == "tickets"
        return [self._answer(question, key) for key in keys]

    def _answer(self, question: str, number: str) -> Answer[Any]:
        root = self.root(number)
        if root in self.deaf:
            return SourceError("SOURCE_UNAVAILABLE", DESK)
        self.looks[root] += 1
        if self.looks[root] >= 2:
            self.land(root)
        return self.shown(question, number)

    def shown(self, question: str, number: str) -> Any:
        """A ticket, or its history, as it is now."""
        if question == "history_of":
            return tuple(self.events[number])
        return self.made.get(number) or Ticket(DESK, number, "a ticket", self.status.get(number, "OPEN"))

    async def list(self, port: str, listing: str, page: Page, call: CallContext, **wanted: object) -> Window[Any]:
        """Nothing is listed here."""
        return Window((), (), False, 0)

    def retry_of(self, source: str, write: str) -> RetryClass | None:
        """What may be done after a lost answer."""
        return RETRIES.get(write)

    def patience(self, source: str) -> Patience:
        """How long a call may last, and land after it was given up."""
        return self.waiting

    def sources_of(self, port: str) -> tuple[str, ...]:
        """Both desks."""
        return (DESK, SHUT)

    def health(self) -> tuple[SourceHealth, ...]:
        """Nobody asks."""
        return ()


class Observer:
    """Sees what is durable, through a connection of its own. Shape: `url` as the store takes it."""

    def __init__(self, url: str) -> None:
        self._database: Any = (
            sqlite3.connect(url.removeprefix("sqlite:///"))
            if url.startswith("sqlite")
            else psycopg.connect(url, autocommit=True)
        )
        mark = "?" if url.startswith("sqlite") else "%s"
        self._asked = f"select body from audit_record where operation = {mark} and stage = 'intent'"

    def intents(self, operation: str, step: str) -> int:
        """How many intents of a step are durable."""
        return sum(f'"step":"{step}"' in row[0] for row in self._database.execute(self._asked, (operation,)))

    def close(self) -> None:
        """See nothing more."""
        self._database.close()


SOMEBODY: Final = EmployeeRef(employee_id="0000001", login="somebody")
