"""A run of the bench: what is measured, how often, and in what order."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.bare import Bare
from tests.bench.measure import Rounds, same
from tests.bench.plain import PlainStrawberry
from tests.bench.report import Compared, Grown, Report
from tests.bench.roads import Okno, OknoOverHttp, Way
from tests.bench.stand import Stand
from tests.bench.workloads import Workload, card, cursors, page, tiny, usual_login

MOST_OF_A_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. Shape: repeats of each workload in a round; `sizes` of the growth."""

    rounds: int = 5
    tiny: int = 50
    card: int = 8
    page: int = 1
    growth_rounds: int = 3
    sizes: tuple[int, ...] = (10, 50, 200, 1000)


SHORT: Final = Scale(rounds=2, tiny=2, card=1, page=1, growth_rounds=1, sizes=(10, 50))
"""For a test: enough to see that everything is the same by every way."""


async def run(stand: Stand, people: int, scale: Scale) -> Report:
    """Measure everything. Raises: Unequal when two ways do not do the same."""
    road = stand.gateway.road
    okno, plain, bare = Okno(stand), PlainStrawberry(stand), Bare(stand)
    login, leaves = await usual_login(road, stand.viewer)
    rounds = Rounds(scale.rounds)
    report = Report(people, scale.rounds, scale.growth_rounds, rounds.noise, os.getloadavg()[0])
    ways: list[Way] = [okno, plain, bare]

    async def compare(title: str, workload: Workload, among: Sequence[Way], repeats: int) -> None:
        calls = (await same(among, workload)).calls
        report.compared.append(Compared(title, await rounds.costs(among, [workload], repeats), calls, bare.name))

    await compare("A tiny query: two values of one employee", tiny(login), [OknoOverHttp(stand), *ways], scale.tiny)
    await compare(f"A card: one employee with every block, {leaves} values", card(login), ways, scale.card)
    await compare("A page of 50 employees with every block", page(50), ways, scale.page)
    growing = Rounds(scale.growth_rounds)
    growing.noise = rounds.noise
    for size in scale.sizes:
        report.grown.append(await _grown(stand, growing, [okno, bare], size))
    return report


async def _grown(stand: Stand, rounds: Rounds, ways: Sequence[Way], size: int) -> Grown:
    """The cost of that many employees, by as few pages as give them."""
    at_once = min(size, MOST_OF_A_PAGE)
    places = await cursors(stand.gateway.road, stand.viewer, at_once, size // at_once)
    pages = [page(at_once, place) for place in places]
    calls: dict[str, int] = {}
    for each in pages:
        for source, number in (await same(ways, each)).calls.items():
            calls[source] = calls.get(source, 0) + number
    return Grown(size, len(pages), await rounds.costs(ways, pages, 1), calls)
