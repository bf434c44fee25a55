"""The sweeper feeds the index, and a source that fails keeps the part it had."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from gateway.sweeper import Sweeper
from resolvers.search.index import IdentifierIndex
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.call import CallContext, utc_now
from sources.ports.errors import SourceError
from sources.ports.identifiers import Identifier
from tests.unit.kit.scripted import Scripted, line, manifest


class Telling(Scripted):
    """A source that tells its identifiers as `tell` says."""

    tell: Callable[[], Sequence[Identifier]]
    sweeps = 0

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        self.sweeps += 1
        assert call.fresh
        return self.tell()


def people(*logins: str) -> Callable[[], Sequence[Identifier]]:
    return lambda: [Identifier("LOGIN", login, "Employee", login) for login in logins]


def failing(problem: Exception) -> Callable[[], Sequence[Identifier]]:
    def fail() -> Sequence[Identifier]:
        raise problem

    return fail


def telling(name: str, tell: Callable[[], Sequence[Identifier]], sweep: str = "20ms") -> tuple[Line, Telling]:
    source = Telling(Instance(name, "telling", manifest(sweep=sweep), {}))
    source.tell = tell
    return Line(source), source


async def found(index: IdentifierIndex, text: str) -> list[str]:
    return [match.node_key for match in await index.find(text, None, 5)]


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not done():
            await asyncio.sleep(0.005)


async def test_after_the_start_everything_told_is_found() -> None:
    index = IdentifierIndex()
    (first, _), (second, _) = telling("first", people("annabel"), "10m"), telling("second", people("roberto"), "10m")
    silent, _ = line(name="silent")
    sweeper = Sweeper([first, second, silent], index)
    before = utc_now()
    await sweeper.start()
    try:
        assert await found(index, "annabel") == ["annabel"]
        assert await found(index, "roberto") == ["roberto"]
        swept = sweeper.swept_at("first")
        assert swept is not None
        assert before <= swept <= utc_now()
        assert sweeper.swept_at("silent") is None
    finally:
        await sweeper.stop()
        index.close()


@pytest.mark.parametrize(
    "problem", [SourceError("SOURCE_UNAVAILABLE", "first"), KeyError("odd")], ids=["failure", "surprise"]
)
async def test_a_source_that_fails_keeps_its_part_and_its_age(problem: Exception) -> None:
    index = IdentifierIndex()
    to, source = telling("first", people("annabel"))
    sweeper = Sweeper([to], index)
    await sweeper.start()
    try:
        source.tell = failing(problem)
        sweeps = source.sweeps
        await until(lambda: source.sweeps >= sweeps + 2)  # one may have been under way
        frozen = sweeper.swept_at("first")
        assert frozen is not None
        await until(lambda: source.sweeps >= sweeps + 4)
        assert sweeper.swept_at("first") == frozen, "a failure does not make it younger"
        assert await found(index, "annabel") == ["annabel"]
        source.tell = people("carolina")
        await until(lambda: sweeper.swept_at("first") != frozen)
        assert await found(index, "carolina") == ["carolina"]
        assert await found(index, "annabel") == []
    finally:
        await sweeper.stop()
        index.close()


async def test_one_failing_source_does_not_keep_the_others_from_starting() -> None:
    index = IdentifierIndex()
    broken, _ = telling("broken", failing(SourceError("SOURCE_REJECTED", "broken")), "10m")
    good, _ = telling("good", people("annabel"), "10m")
    sweeper = Sweeper([broken, good], index)
    await asyncio.wait_for(sweeper.start(), 1)
    try:
        assert await found(index, "annabel") == ["annabel"]
        assert sweeper.swept_at("broken") is None
    finally:
        await sweeper.stop()
        index.close()


async def test_the_start_waits_no_longer_than_its_patience() -> None:
    index = IdentifierIndex()

    class Silent(Telling):
        async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
            await asyncio.Event().wait()
            return []

    silent = Line(Silent(Instance("silent", "telling", manifest(), {})))
    sweeper = Sweeper([silent], index)
    await asyncio.wait_for(sweeper.start(patience=0.05), 0.3)
    await asyncio.wait_for(sweeper.stop(), 0.3)
    index.close()


async def test_ages_survive_a_restart() -> None:
    index = IdentifierIndex()
    to, _ = telling("first", people("annabel"), "10m")
    before = Sweeper([to], index)
    await before.start()
    await before.stop()
    broken, _ = telling("first", failing(SourceError("SOURCE_REJECTED", "first")), "10m")
    after = Sweeper([broken], index)
    await after.start()
    try:
        kept, known = after.swept_at("first"), before.swept_at("first")
        assert kept is not None
        assert known is not None
        assert abs(kept - known) < timedelta(seconds=1)
        assert await found(index, "annabel") == ["annabel"]
    finally:
        await after.stop()
        index.close()
