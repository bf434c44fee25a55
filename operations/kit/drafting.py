"""Draft: what an operation wants done to one employee, step by step, as data.

An operation says which call, and what the source must show afterwards; from this follow the changes shown before, that
there is nothing to do, the proof of the effect, and what the nightly comparison looks at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from operations.kit.expecting import Expected, all_hold
from operations.kit.json_values import Json, plain
from sources.ports.catalogue import write_of

GENERATED: Final = "$generated"
"""Key of an argument that is made at the moment of the call and kept nowhere."""
MADE: Final = "$made"
"""Key of an argument, or of a proof, that an earlier step's system made: {"$made": "name of the step"}."""
REFERENCE: Final = "$reference"
"""Stands in a text for the reference of the run, by which its effect is found again."""


def generated(what: str) -> dict[str, Json]:
    """An argument made at the moment of the call, `password` for example."""
    return {GENERATED: what}


@dataclass(frozen=True, slots=True)
class Proof:
    """Where the effect of a call shows.

    Shape: `key` is the question's key as JSON, None for the key of what the call made; of many answered records those
    count of which all of `where` holds; `exists` says whether there is one of these at all; `expect` what it shows.
    Units: `within` in seconds, for effects that come later.
    """

    question: str
    key: Json
    where: tuple[Expected, ...] = ()
    exists: bool = True
    expect: tuple[Expected, ...] = ()
    within: float = 0.0

    def holds(self, answer: object) -> bool:
        """Whether an answer to the question shows the effect."""
        picked = self.picked(answer)
        if not self.exists:
            return not picked
        return any(all_hold(self.expect, each) for each in picked)

    def picked(self, answer: object) -> list[Any]:
        """The records that the effect is about."""
        records: Sequence[Any] = answer if isinstance(answer, tuple | list) else () if answer is None else (answer,)
        return [each for each in records if all_hold(self.where, each)]


@dataclass(frozen=True, slots=True)
class Call:
    """One write of one port's instance, and where its effect shows. Shape: `arguments` by parameter, as JSON."""

    port: str
    source: str
    write: str
    arguments: Mapping[str, Json]
    proof: Proof

    def __post_init__(self) -> None:
        declared = write_of(self.port, self.write)
        if tuple(self.arguments) != declared.parameters:
            raise TypeError(f"{self.port}.{self.write} takes {declared.parameters}, is given {tuple(self.arguments)}")


@dataclass(frozen=True, slots=True)
class Step:
    """One call of an operation, and the call that takes it back.

    Shape: `type_name` is the graph's word for what changes; what `passes` is changed by others, or by time, in the course of
    things: the nightly comparison does not expect it to stay.
    """

    name: str
    call: Call
    type_name: str
    inverse: Call | None = None
    passes: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """All that an operation wants done.

    Shape: `about` is the record that rights look at besides the employee; `owner` the login of who answers for it;
    `side_effects` are sentences; `reverts_at` is when the inverse of each step is due, ISO in UTC.
    """

    steps: tuple[Step, ...]
    about: object = None
    side_effects: tuple[str, ...] = ()
    reverts_at: str | None = None
    owner: str | None = None

    @classmethod
    def of(
        cls, *steps: Step, about: object = None, side_effects: tuple[str, ...] = (), owner: str | None = None
    ) -> "Draft":
        """A draft of these steps."""
        return cls(steps, about, side_effects, None, owner)


@dataclass(slots=True)
class Writing:
    """A write of a port about to be put into a step: `Writing("accounts", source, "unlock").to(…)`."""

    port: str
    source: str
    write: str
    arguments: dict[str, Json] = field(default_factory=dict)

    def showing(
        self, *expect: Expected, where: tuple[Expected, ...] = (), exists: bool = True, within: float = 0.0
    ) -> Call:
        """The call, proven by the question that the port names for this write."""
        declared = write_of(self.port, self.write)
        key = None if declared.key is None else self.arguments[declared.key]
        return Call(
            self.port,
            self.source,
            self.write,
            self.arguments,
            Proof(declared.readback, key, where, exists, expect, within),
        )


def write(port: str, source: str, name: str, /, **arguments: object) -> Writing:
    """A write of a port, its arguments by name as the port's own values."""
    return Writing(port, source, name, {each: plain(value) for each, value in arguments.items()})


def signed(text: str) -> str:
    """A text with the reference of the run, by which it is found again."""
    return f"{text}\n\n[Okno {REFERENCE}]"


def step(name: str, type_name: str, call: Call, inverse: Call | None = None, *, passes: bool = False) -> Step:
    """One step."""
    return Step(name, call, type_name, inverse, passes)


def reverting(draft: Draft, at: str | None) -> Draft:
    """The same draft, taken back at a moment."""
    return replace(draft, reverts_at=at)
