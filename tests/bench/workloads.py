"""Workloads: the requests that are measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from resolvers.asking import Viewer
from resolvers.request import Request
from resolvers.road import Road
from tests.queries import CARD, PAGE, TINY

LEAVES: Final = 100
"""How many values the measured card has, as nearly as the company offers."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One kind of request. Shape: `employees` is how many it shows."""

    name: str
    query: str
    variables: Mapping[str, Any]
    employees: int = 1

    @property
    def request(self) -> Request:
        """As the road takes it, past every cache."""
        return Request(self.query, self.variables, None, fresh=True)


def tiny(login: str) -> Workload:
    """Two values of one employee."""
    return Workload("tiny", TINY, {"login": login})


def card(login: str) -> Workload:
    """One employee with every block."""
    return Workload("card", CARD, {"login": login})


def page(size: int, after: str | None = None) -> Workload:
    """So many employees with every block."""
    return Workload(f"page of {size}", PAGE, {"first": size, "after": after}, size)


async def usual_login(road: Road, viewer: Viewer) -> tuple[str, int]:
    """The login of an employee whose whole card has nearly LEAVES values, a device among them; and how many it has."""
    employees = [edge["node"] for edge in (await asked(road, viewer, page(50)))["employees"]["edges"]]
    whole = [each for each in employees if each["employment"] and each["employment"]["manager"] and _has_devices(each)]
    usual = min(whole, key=lambda each: abs(leaves(each) - LEAVES))
    return usual["login"], leaves(usual)


async def cursors(road: Road, viewer: Viewer, size: int, pages: int) -> list[str | None]:
    """The cursors by which that many pages in a row are asked for."""
    found: list[str | None] = [None]
    while len(found) < pages:
        query = "query($n: Int!, $after: String) { employees(first: $n, after: $after) { pageInfo { endCursor } } }"
        workload = Workload("cursor", query, {"n": size, "after": found[-1]})
        found.append((await asked(road, viewer, workload))["employees"]["pageInfo"]["endCursor"])
    return found


async def asked(road: Road, viewer: Viewer, workload: Workload) -> dict[str, Any]:
    """The data of what the road answers."""
    data: dict[str, Any] = (await road.answer(workload.request, viewer)).body["data"]
    return data


def _has_devices(employee: Mapping[str, Any]) -> bool:
    """Some devices, of which every one answers: those that are switched off have no list of programs."""
    edges = employee["devices"]["edges"]
    return bool(edges) and all(edge["node"]["software"] and edge["node"]["management"] for edge in edges)


def leaves(value: Any) -> int:
    """How many values an answer holds, at any depth."""
    return sum(1 for _ in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _leaves(each)
    else:
        yield value
