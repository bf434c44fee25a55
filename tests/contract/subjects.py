"""What the suite is put to: one question of one instance, whoever provides the server behind it.

A provider says which instances there are and opens them. The twins are one (`tests.contract.twins`); real servers can
be another: give it to `parametrize` from a conftest, and import the tests of these modules beside it.
"""

import inspect
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from gateway.discovery import connector_of
from sandbox.company.model import Company
from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.breaker import Breaker
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import Fault
from sources.ports.call import CallContext
from sources.ports.catalogue import ports
from sources.ports.errors import SourceError
from sources.ports.question import EVERYTHING, Need, Question, questions_of

_partitions = itertools.count()


@dataclass(frozen=True, slots=True)
class Standing:
    """A server that answers. Shape: what tells or breaks more than a client can see is None at real servers.

    `writes` counts the non-reads that arrived, `state` is a digest of all that a write could change.
    """

    instance: Instance
    calls: Callable[[], int] | None = None
    break_with: Callable[[Fault | None], Awaitable[None]] | None = None
    writes: Callable[[], int] | None = None
    state: Callable[[], bytes] | None = None


class Provider(Protocol):
    """Where servers come from, filled with the company's rows."""

    company: Company

    def instances(self) -> Mapping[str, str]:
        """Names of instances and their systems."""

    def open(self, name: str) -> AbstractAsyncContextManager[Standing]:
        """The server of one instance, for as long as a test lasts."""


def call_of(seconds: float = 20.0) -> CallContext:
    """The call of one request; each has rights of its own, so nothing is answered from what another one remembered."""
    return CallContext(f"contract-{next(_partitions)}", time.monotonic() + seconds, "contract", "contract.tester")


@dataclass(slots=True)
class Source:
    """One instance and the road to it."""

    standing: Standing
    company: Company = field(repr=False)
    line: Line = field(init=False)
    desk: SourceDesk = field(init=False)

    def __post_init__(self) -> None:
        self.reconnect()

    @property
    def name(self) -> str:
        """The instance's name."""
        return self.standing.instance.name

    def reconnect(self, timeout: float | None = 10.0) -> None:
        """A new connector that has never asked anything. `timeout` None is the manifest's own."""
        instance = self.standing.instance
        manifest = instance.manifest if timeout is None else instance.manifest.model_copy(update={"timeout": timeout})
        changed = Instance(instance.name, instance.system, manifest, instance.settings)
        self.line = Line(connector_of(instance.system)(changed), breaker=Breaker(threshold=1000))
        self.desk = SourceDesk([self.line])

    async def ask(self, port: str, question: str, keys: Sequence[Any], need: Need = EVERYTHING) -> list[Any]:
        """Answers of this instance alone."""
        return list(await self.desk.ask(port, question, keys, need, call_of(), source=self.name))


@dataclass(slots=True)
class Subject:
    """One question of one instance."""

    source: Source
    port: str
    question: Question

    async def ask(self, keys: Sequence[Any], need: Need = EVERYTHING) -> list[Any]:
        """Put the question."""
        return await self.source.ask(self.port, self.question.name, keys, need)

    @property
    def nothing(self) -> object:
        """How the question says that it knows nothing of a key."""
        return () if self.question.many else None

    def records(self, answer: Any) -> tuple[Any, ...]:
        """The records of one answer."""
        assert not isinstance(answer, SourceError), f"{answer.code}: {answer.detail}"
        return answer if self.question.many else () if answer is None else (answer,)


def questions(system: str) -> list[tuple[str, Question]]:
    """Every question of every port of a system."""
    return [(port, question) for port in systems()[system].ports for question in questions_of(ports()[port]).values()]


def listings(system: str) -> list[tuple[str, str]]:
    """Every listing of every port of a system: the methods that take a page."""
    return [
        (port, name)
        for port in systems()[system].ports
        for name, member in vars(ports()[port]).items()
        if callable(member) and not name.startswith("_") and "page" in inspect.signature(member).parameters
    ]


def sweeps(system: str) -> list[str]:
    """The ports of a system that can tell their identifiers."""
    return [port for port in systems()[system].ports if hasattr(ports()[port], "identifiers")]


def only(applies: Callable[[Question], bool]) -> Callable[[Any], Any]:
    """Put a test to those questions only that it applies to."""

    def mark(test: Any) -> Any:
        test.applies = applies
        return test

    return mark


def parametrize(metafunc: pytest.Metafunc, instances: Mapping[str, str]) -> None:
    """Give a test, by the names of its arguments, each question, listing or sweep of these instances in turn."""
    if "asked" in metafunc.fixturenames:
        applies = getattr(metafunc.function, "applies", lambda _question: True)
        every = [(name, port, each) for name, system in instances.items() for port, each in questions(system)]
        cases = [case for case in every if applies(case[2])]
        metafunc.parametrize("asked", cases, ids=[f"{name}.{each.name}" for name, _, each in cases])
    if "listing" in metafunc.fixturenames:
        listed = [(name, *each) for name, system in instances.items() for each in listings(system)]
        metafunc.parametrize("listing", listed, ids=[f"{name}.{each}" for name, _, each in listed])
    if "swept" in metafunc.fixturenames:
        swept = [(name, port) for name, system in instances.items() for port in sweeps(system)]
        metafunc.parametrize("swept", swept, ids=[".".join(each) for each in swept])
