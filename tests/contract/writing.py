"""Writes put to a source: what a sample of one is, the permit it needs, and how its effect is looked up.

A module `tests.contract.samples.<port>` holds `SAMPLES`, a map from each write of the port to a function that, given the
opened source, finds out by asking which arguments fit and returns a `Sample`. It changes nothing itself, except by
`prepared`, which sends another write of the same source to bring about what the sample needs.
"""

import asyncio
import importlib
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from sources.kit.manifest import systems
from sources.ports.call import CallContext
from sources.ports.catalogue import ports
from sources.ports.errors import SourceError
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need
from sources.ports.write import Secret, Write, Written, writes_of
from tests.contract.subjects import Source, call_of

Again = Literal["taken", "refused", "twice"]
_steps = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Sample:
    """Arguments of a write and what they must bring about.

    Shape: `shows` tells from the answer of the write's read-back question (for the key, a record, None or a tuple of
    records) whether the effect is there; where the write makes something (its declaration has no key), `made` gives the key
    to ask by. `again` is how the same write ends a second time: taken, refused, or twice where each makes another thing.
    Units: `within` are the seconds in which the effect must be seen, for systems that obey later.
    """

    arguments: tuple[Any, ...]
    shows: Callable[[Any], bool]
    again: Again = "taken"
    need: Need = EVERYTHING
    within: float = 0.0


Finder = Callable[[Source], Awaitable[Sample]]


@dataclass(slots=True)
class Case:
    """One write of one instance."""

    source: Source
    port: str
    write: Write
    sample: Sample

    def call(self, permit: WritePermit | None) -> CallContext:
        """The call of one write."""
        call = call_of()
        call.permit = permit
        return call

    async def send(self, permit: WritePermit | None) -> Written:
        """Send it with that permit."""
        return await self.source.desk.write(self.source.name, self.write.name, self.sample.arguments, self.call(permit))

    async def do(self) -> Written:
        """Send it with the right permit."""
        return await self.send(permit(self.source.name, self.write.name))

    async def shown(self, written: Written | None = None, *, waiting: bool = True) -> bool:
        """Whether the port's own question shows the effect, asked past every cache until it does or the time is up."""
        key = self.key(written)
        latest = time.monotonic() + (self.sample.within if waiting else 0.0)
        while True:
            call = call_of()
            call.fresh = True
            answers = await self.source.desk.ask(
                self.port, self.write.readback, [key], self.sample.need, call, source=self.source.name
            )
            assert not isinstance(answers[0], SourceError), f"{answers[0].code}: {answers[0].detail}"
            if self.sample.shows(answers[0]) or time.monotonic() >= latest:
                return self.sample.shows(answers[0])
            await asyncio.sleep(0.05)

    def key(self, written: Written | None) -> Any:
        """What the read-back question is asked by."""
        if self.write.key is None:
            assert written is not None, "a write that makes something is looked up by what it has made"
            assert written.key, "it says what it has made"
            return written.key
        return self.sample.arguments[self.write.parameters.index(self.write.key)]

    def secrets(self, written: Written | None = None) -> list[str]:
        """Texts that must stand nowhere."""
        given = [each for each in self.sample.arguments if isinstance(each, Secret)]
        given += [written.secret] if written is not None and written.secret is not None else []
        return [line for each in given for line in each.text.splitlines() if "-----" not in line]


def permit(source: str, write: str, seconds: float = 20.0) -> WritePermit:
    """Leave to send one write."""
    return WritePermit("contract", f"step-{next(_steps)}", source, write, time.monotonic() + seconds)


async def prepared(source: Source, write: str, *arguments: Any) -> Written:
    """Bring about what a sample needs by another write. Being so already is as good."""
    call = call_of()
    call.permit = permit(source.name, write)
    with suppress(SourceError):
        return await source.desk.write(source.name, write, arguments, call)
    return Written()


async def asked(source: Source, port: str, question: str, keys: Sequence[Any], need: Need = EVERYTHING) -> list[Any]:
    """Answers of the source, none of which may be a failure."""
    answers = await source.ask(port, question, keys, need)
    failed = [each for each in answers if isinstance(each, SourceError)]
    assert not failed, f"{question}: {failed[0].code} {failed[0].detail}"
    return answers


def writes(system: str) -> list[tuple[str, Write]]:
    """Every write of every port of a system that its manifest has."""
    manifest = systems()[system]
    return [
        (port, each)
        for port in manifest.ports
        for each in writes_of(ports()[port]).values()
        if each.name in manifest.writes
    ]


def samples(port: str) -> Mapping[str, Finder]:
    """The samples of a port; none where nobody has written them."""
    try:
        found: Mapping[str, Finder] = importlib.import_module(f"tests.contract.samples.{port}").SAMPLES
    except ModuleNotFoundError:
        return {}
    return found


def parametrize_writes(metafunc: pytest.Metafunc, instances: Mapping[str, str]) -> None:
    """Give a test each write of these instances in turn."""
    if "written" in metafunc.fixturenames:
        cases = [(name, port, each) for name, system in instances.items() for port, each in writes(system)]
        metafunc.parametrize("written", cases, ids=[f"{name}.{each.name}" for name, _, each in cases])
