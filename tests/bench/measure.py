"""Measuring: processor time of this process alone, in rounds that take every way in turn."""

import gc
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Final

import orjson

from tests.bench.roads import Way
from tests.bench.workloads import Workload

_LOOP: Final = 200_000


@dataclass(slots=True)
class Figure:
    """One measured quantity, round by round. Units: milliseconds of processor time."""

    rounds: list[float] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def least(self) -> float:
        """The best round."""
        return min(self.rounds)

    @property
    def most(self) -> float:
        """The worst round."""
        return max(self.rounds)

    def over(self, other: "Figure") -> "Figure":
        """How many times the other, round by round; without a unit."""
        return Figure([mine / theirs for mine, theirs in zip(self.rounds, other.rounds, strict=True)])


@dataclass(frozen=True, slots=True)
class Answered:
    """What one way says to one workload, without what differs every time.

    Shape: `failures` counts what is missing (computers that are switched off do not say what is installed on them);
    `calls` by source, as the ledger has it.
    """

    data: Any
    failures: int
    calls: Mapping[str, int]


class Unequal(AssertionError):
    """Two ways do not do the same, so that their costs cannot be compared."""


async def answered(way: Way, workload: Workload) -> Answered:
    """One answer."""
    body = orjson.loads(await way.answer(workload))
    calls = {name: entry["calls"] for name, entry in sorted(body["extensions"]["sources"].items())}
    return Answered(body["data"], len(body.get("errors", ())), calls)


async def same(ways: Sequence[Way], workload: Workload) -> Answered:
    """What all ways say to a workload; it also warms each of them. Raises: Unequal when two differ in data or calls."""
    first = await answered(ways[0], workload)
    for way in ways[1:]:
        other = await answered(way, workload)
        if other != first:
            raise Unequal(f"{workload.name}: {ways[0].name} and {way.name} differ at {difference(first, other)}")
    return first


def difference(one: Answered, other: Answered) -> str:
    """Where two answers differ first, and what they say there."""
    mine, theirs = dict(_flat(asdict(one), "")), dict(_flat(asdict(other), ""))
    place = next(place for place in {**mine, **theirs} if mine.get(place, Unequal) != theirs.get(place, Unequal))
    return f"{place}: {mine.get(place, 'nothing')!r:.200} and {theirs.get(place, 'nothing')!r:.200}"


def _flat(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list) and value:
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(each, f"{place}.{key}")
    else:
        yield place, value


class Rounds:
    """Measures workloads by several ways, A B C, B C A, C A B, so that what the machine does meets all alike."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self.noise = Figure()
        """A fixed loop without any input or output, between the rounds: what the machine itself varies by."""

    async def costs(self, ways: Sequence[Way], workloads: Sequence[Workload], repeats: int) -> dict[str, Figure]:
        """Processor time per request, by the way's name. The workloads are asked one after another, `repeats` times."""
        figures = {way.name: Figure() for way in ways}
        for number in range(self._rounds):
            self.noise.rounds.append(loop_cost())
            turn = number % len(ways)
            for way in (*ways[turn:], *ways[:turn]):
                figures[way.name].rounds.append(await cost(way, workloads, repeats))
        return figures


async def cost(way: Way, workloads: Sequence[Workload], repeats: int) -> float:
    """Processor time of one turn of all workloads. Units: milliseconds."""
    gc.collect()
    before = time.process_time()
    for _ in range(repeats):
        for workload in workloads:
            await way.answer(workload)
    return (time.process_time() - before) * 1000 / repeats


def loop_cost() -> float:
    """Processor time of the fixed loop. Units: milliseconds."""
    before = time.process_time()
    total = 0
    for number in range(_LOOP):
        total += number & 7
    assert total
    return (time.process_time() - before) * 1000
