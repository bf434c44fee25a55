"""`python -m tests.bench.timing`: whether the time of an answer tells a protected employee from one of another region.

Both are withheld from the viewer. That the same systems are asked the same things in the same number of waits is a test of
its own (`tests/rights/test_timing_classes.py`); here are the milliseconds that come of it, printed, never asserted.
"""

import argparse
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import median
from typing import Any, Final

import uvloop

from resolvers import ids
from resolvers.asking import Viewer
from resolvers.request import Request
from sandbox.company.model import Company
from sandbox.company.person import Person
from tests.bench.stand import standing
from tests.rights.looks import WHOLE
from tests.sandbox import company_of

LOGIN: Final = "helpdesk.br"
REGION: Final = "br"
PEOPLE: Final = 1050
SEED: Final = 7
PATHS: Final[Mapping[str, str]] = {
    "a card with every block": f"query Q($login: String!) {{ employee(by: {{login: $login}}) {{ {WHOLE} }} }}",
    "a node by its id": "query Q($id: ID!) { node(id: $id) { ... on Employee { active phones { number } } } }",
    "a search by login": "query Q($login: String!) { search(text: $login, first: 5) { edges { node {"
    " ... on Employee { login active } } } } }",
    "their tickets": "query Q($id: ID!) { tickets(filter: {requester: $id}) { edges { node { number } } } }",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """Answer times of both kinds on one path. Units: milliseconds on the wall."""

    path: str
    protected: Sequence[float]
    elsewhere: Sequence[float]

    @property
    def rank(self) -> float:
        """How often a protected one takes longer than one of elsewhere, of all pairs; a half where nothing tells them apart."""
        return rank(self.protected, self.elsewhere)

    @property
    def chance(self) -> float:
        """How often two samples of one and the same distribution would be at least so far apart (Mann–Whitney)."""
        return erfc(abs(self.rank - 0.5) / spread(len(self.protected), len(self.elsewhere)) / sqrt(2))

    def row(self) -> str:
        """A line of the table."""
        cells = [
            self.path,
            *(f"{middle(each):.2f}, {late(each):.2f}" for each in (self.protected, self.elsewhere)),
            f"{self.rank:.3f}",
            f"{self.chance:.2f}",
        ]
        return f"| {' | '.join(cells)} |"


def rank(one: Sequence[float], other: Sequence[float]) -> float:
    """The share of pairs of which the first is greater; equal ones count half. Raises: ZeroDivisionError for an empty one."""
    values = sorted({*one, *other})
    place = {value: index for index, value in enumerate(values)}
    least = [0] * len(values)
    for each in other:
        least[place[each]] += 1
    below, total = [0.0] * len(values), 0
    for index, count in enumerate(least):
        below[index] = total + count / 2
        total += count
    return sum(below[place[each]] for each in one) / (len(one) * len(other))


def spread(one: int, other: int) -> float:
    """The standard deviation of `rank` for two samples of one distribution."""
    return sqrt((one + other + 1) / (12 * one * other))


def middle(times: Sequence[float]) -> float:
    """The median."""
    return median(times)


def late(times: Sequence[float]) -> float:
    """The 95th percentile: the value that no more than one in twenty exceeds."""
    return sorted(times)[max(0, -(-len(times) * 19 // 20) - 1)]


def kinds(company: Company) -> tuple[list[Person], list[Person]]:
    """Those who are protected in the viewer's region, and the ordinary ones of others."""
    protected = [each for each in company.people if each.region == REGION and each.vip]
    return protected, [each for each in company.people if each.region != REGION and not each.vip]


async def measured(people: int = PEOPLE, times: int = 400) -> list[Compared]:
    """Measure every path: both kinds by turns, whoever of them, in an order that is drawn."""
    company = company_of(people)
    both = kinds(company)
    chance = random.Random(SEED)
    found = []
    async with standing(people) as stand:
        viewer = stand.gateway.viewers.viewer(LOGIN)
        assert viewer is not None, LOGIN
        for path, query in PATHS.items():
            drawn = [(kind, chance.choice(both[kind])) for kind in (0, 1) for _ in range(times)]
            chance.shuffle(drawn)
            for _, person in drawn[:20]:
                await _timed(stand.gateway.road, viewer, query, person)  # connections and the plan, once
            taken: tuple[list[float], list[float]] = [], []
            for kind, person in drawn:
                taken[kind].append(await _timed(stand.gateway.road, viewer, query, person))
            found.append(Compared(path, *taken))
    return found


async def _timed(road: Any, viewer: Viewer, query: str, person: Person) -> float:
    variables = {"login": person.login, "id": ids.encode("Employee", "directory", person.employee_id)}
    wanted = {name: said for name, said in variables.items() if f"${name}:" in query}
    request = Request(query, wanted, None, fresh=True)
    before = time.perf_counter()
    await road.answer(request, viewer)
    return (time.perf_counter() - before) * 1e3


def report(found: Sequence[Compared]) -> str:
    """All paths in a table."""
    count = len(found[0].protected)
    lines = [
        f"Answer times, {count} of each kind on every path, in milliseconds on the wall: the median, the 95th percentile.",
        "",
        "| Path | protected | of another region | longer, of all pairs | by chance |",
        "|---|---|---|---|---|",
        *(each.row() for each in found),
        "",
        f"Of two samples of one distribution, 95 % of shares lie within 0.5 ± {1.96 * spread(count, count):.3f}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.timing", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many people the company has")
    parser.add_argument("--times", type=int, default=400, help="answers of each kind on every path")
    given = parser.parse_args()
    print(report(uvloop.run(measured(given.people, given.times))))


if __name__ == "__main__":
    main()
