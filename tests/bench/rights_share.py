"""The share of rights in a request: what looking into rows costs beside everything else of a page."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from authz.profile import ALLOWED
from resolvers.circumstances import circumstances
from resolvers.loaders import Loaders
from resolvers.planning import Plan
from resolvers.request import Request
from resolvers.sight import Sight
from sources.ports.call import CallContext
from sources.ports.directory import PeopleFilter
from sources.ports.question import Page
from tests.bench.measure import Figure
from tests.bench.stand import Stand
from tests.bench.workloads import page

LOGIN: Final = "lead"
TEAM: Final = "helpdesk_second_line"
"""A viewer whose rights hang on region, protection and self, and who sees most of a page."""
EMPLOYEES: Final = 50


@dataclass(slots=True)
class Share:
    """Units: milliseconds of processor time; `checks` counts the fields of one page."""

    whole: Figure = field(default_factory=Figure)
    rights: Figure = field(default_factory=Figure)
    checks: int = 0

    def text(self) -> str:
        """In words, with the spread of the rounds."""
        share = self.rights.over(self.whole)
        return (
            f"Rights in a page of {EMPLOYEES} ({self.checks} fields looked at): {self.rights.middle:.2f} ms of"
            f" {self.whole.middle:.1f} ms, {share.middle:.2%} ({share.least:.2%}–{share.most:.2%}); at most 1 % is the target.\n"
        )


async def share(stand: Stand, rounds: int = 7) -> Share:
    """Measure both in turn."""
    gateway = stand.gateway
    viewer = gateway.viewers.viewer(LOGIN, TEAM)
    assert viewer is not None
    found = Share()
    call = CallContext(viewer.partition, time.monotonic() + 600, "bench", LOGIN, fresh=True)
    people = await gateway.desk.list("directory", "people", Page(EMPLOYEES), call, wanted=PeopleFilter(), order="LOGIN")
    workload = page(EMPLOYEES)
    request = Request(workload.query, workload.variables, None, fresh=True)
    plan = Plan({}, (), {}, conditional=True)
    moment = await circumstances(viewer, gateway.desk, call, None, conditional=True)
    sight = Sight(gateway.road.guards, viewer.profile, moment, Loaders(gateway.desk, call, plan), conditional=True)
    for _ in range(rounds):
        before = time.process_time_ns()
        body = orjson.loads(orjson.dumps((await gateway.road.answer(request, viewer)).body))
        found.whole.rounds.append((time.process_time_ns() - before) / 1e6)
        found.checks = sum(1 for _ in _fields(body["data"]))
        found.rights.rounds.append(_looked(sight, people.records, found.checks))
    return found


def _looked(sight: Sight, people: Any, checks: int) -> float:
    """What the rows of so many people and so many looks into them cost."""
    before = time.process_time_ns()
    rows = [sight.of(person).row for person in people]
    row = rows[0]
    for place in range(checks):
        if row[place % 40] == ALLOWED:
            pass
    return (time.process_time_ns() - before) / 1e6


def _fields(value: Any) -> Iterator[None]:
    if isinstance(value, dict):
        for inner in value.values():
            yield None
            yield from _fields(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _fields(each)
