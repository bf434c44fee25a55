"""What holds of what requests may cost: told before anything is asked, counted after, for all processes together."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from gateway.demand.budgets import Budgets
from gateway.media import MODERN
from gateway.settings import DemandSettings
from gateway.store import Store
from resolvers.problems import RequestProblem
from tests.door.conftest import Door
from tests.operations.line import serving
from tests.operations.stand import Stand
from tests.sandbox import ALL_SEEING, NOW, company_of, running
from tests.unit.telemetry.conftest import server
from tests.unit.telemetry.conftest import store as of_each_kind

__all__ = ["of_each_kind", "server"]  # fixtures: a database on a file, and one on a server

_POOR: Final = """
title: {en: Poor}
regions: all
members: [poor.one, poor.two]
cost: 400
cost_per_hour: 600
read:
  "*": {ceiling: restricted, scope: anyone}
"""
LIST: Final = (
    "query($n: Int!) { employees(first: $n) { edges { node { login devices(first: 3) { edges { node { id } } } } } } }"
)


@pytest.fixture(scope="module")
async def till(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A gateway where some have little to spend."""
    folder = tmp_path_factory.mktemp("till")
    demand = {"request": 5_000, "hour": 100_000}
    async with (
        running(company_of(60), folder, extra_teams={"poor": _POOR}, demand=demand) as sandbox,
        serving(sandbox.gateway) as url,
    ):
        yield Door(Stand(sandbox, folder / "okno.db"), url)


def listed(n: int) -> dict[str, Any]:
    """So many employees with their devices."""
    return {"query": LIST, "variables": {"n": n}}


def price(n: int) -> int:
    """What that costs at most: a list of objects, in each an edge and a node, a question, three devices."""
    return 10 + 1 + n * (1 + 1 + (2 + 1 + 3 * 2))


async def test_an_answer_tells_what_it_could_cost_and_what_it_did(till: Door) -> None:
    said = (await till.ask(listed(5))).body
    cost, edges = said["extensions"]["cost"], said["data"]["employees"]["edges"]
    devices = sum(len(each["node"]["devices"]["edges"]) for each in edges)
    assert cost["estimated"] == price(5)
    assert cost["actual"] == 10 + 1 + 5 * (1 + 1 + 2 + 1) + devices * 2
    assert cost["actual"] <= cost["estimated"]
    assert cost["hourlyBudget"] == 100_000


async def test_a_request_that_costs_too_much_asks_nothing(till: Door) -> None:
    assert (await till.ask(listed(1))).status == 200
    till.stand.sandbox.forget_calls()
    said = await till.ask(listed(200) | {"query": LIST.replace("first: 3", "first: 200")}, Accept=MODERN)
    assert (said.status, said.codes) == (400, ["COST_EXCEEDED"])
    assert said.body["errors"][0]["extensions"]["most"] == 5_000
    assert said.body["errors"][0]["extensions"]["estimate"] > 5_000
    assert till.stand.sandbox.calls() == {}


async def test_a_role_says_how_much_its_holders_may_ask_for(till: Door) -> None:
    assert (await till.ask(listed(30), login="poor.one")).status == 200
    assert (await till.ask(listed(40), login="poor.one", Accept=MODERN)).codes == ["COST_EXCEEDED"], (
        "401 and more a request"
    )
    assert (await till.ask(listed(40))).status == 200, "others may"


async def test_an_hour_has_so_many_points_for_each_caller(till: Door) -> None:
    codes: list[str] = []
    while "COST_EXCEEDED" not in codes:
        said = await till.ask(listed(20), login="poor.two", Accept=MODERN)
        codes = said.codes
        spent = said.body["extensions"].get("cost", {}).get("spentThisHour", 0)
        assert spent <= 600
    assert codes == ["COST_EXCEEDED"]
    told = said.body["errors"][0]["extensions"]
    assert told["retryable"] is True
    assert 0 < told["retryAfterMs"] <= 3_600_000
    assert told["left"] < told["estimate"]
    assert (await till.ask(listed(20))).status == 200, "another caller has an hour of their own"


async def test_a_null_has_been_asked_for_too(till: Door) -> None:
    said = await till.ask({"query": '{ employee(by: {login: "nobody.at.all"}) { login } }'})
    assert said.body["data"] == {"employee": None}
    assert said.body["extensions"]["cost"]["actual"] == 2


async def test_what_is_left_out_costs_nothing(till: Door) -> None:
    query = (
        "query($no: Boolean!) { employees(first: 2) { edges { node { login account @include(if: $no) { locked } } } } }"
    )
    without = (await till.ask({"query": query, "variables": {"no": False}})).body["extensions"]["cost"]
    with_it = (await till.ask({"query": query, "variables": {"no": True}})).body["extensions"]["cost"]
    assert with_it["estimated"] - without["estimated"] == 2 * (2 + 1)


async def test_of_several_types_the_dearest_counts(till: Door) -> None:
    ids = '["a", "b"]'
    one = "... on Employee { account { locked } }"
    both = one + " ... on Device { serialNumber }"
    costs = []
    for inside in ("id", f"id {one}", f"id {both}"):
        prepared = await till.stand.sandbox.ask(f"{{ nodes(ids: {ids}) {{ {inside} }} }}")
        costs.append(prepared.body)
    road = till.stand.sandbox.gateway.road
    estimates = []
    for inside in ("id", f"id {one}", f"id {both}"):
        document = road._documents.read(f"{{ nodes(ids: {ids}) {{ {inside} }} }}", till_viewer(till).profile)
        estimates.append(road._documents.price(document, road._documents.operation(document, None)).estimate({}))
    assert estimates == [2 + 2, 2 + 2 * (1 + 3), 2 + 2 * (1 + 3)]


def till_viewer(till: Door) -> Any:
    """Who sees everything."""
    return till.stand.sandbox.gateway.viewers.viewer(ALL_SEEING)


@pytest.fixture
async def store(tmp_path: Any) -> AsyncIterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/okno.db")
    store.migrate()
    yield store
    await store.close()


async def test_processes_count_together_and_an_hour_ends(till: Door, of_each_kind: Store) -> None:
    now, store = [NOW], of_each_kind
    settings = DemandSettings(request=100, hour=100)
    one, other = (Budgets(store, settings, lambda: now[0]) for _ in range(2))
    viewer = till_viewer(till)
    await one.admit(viewer, 60)
    one.settle(viewer, 60)
    await one.tell()
    with pytest.raises(RequestProblem) as refused:
        await other.admit(viewer, 60)
    assert refused.value.extensions is not None
    assert refused.value.extensions["left"] == 40
    await other.admit(viewer, 40)
    assert other.settle(viewer, 40)["spentThisHour"] == 100
    await other.tell()
    assert one.settle(viewer, 0)["spentThisHour"] == 60, "it has not looked yet"
    one.settle(viewer, 1)
    await one.tell()
    assert one.settle(viewer, 0)["spentThisHour"] == 101
    now[0] = datetime(NOW.year, NOW.month, NOW.day, NOW.hour, tzinfo=UTC) + timedelta(hours=1)
    await one.admit(viewer, 100)
    again = Budgets(store, settings, lambda: now[0] - timedelta(hours=1))
    with pytest.raises(RequestProblem):
        await again.admit(viewer, 1)


async def test_what_processes_tell_at_the_same_time_is_all_counted(till: Door, of_each_kind: Store) -> None:
    several = [Budgets(of_each_kind, DemandSettings(request=100, hour=100_000), lambda: NOW) for _ in range(8)]
    viewer = till_viewer(till)
    for _ in range(5):
        for each in several:
            each.settle(viewer, 7)
        await asyncio.gather(*(each.tell() for each in several))
    last = Budgets(of_each_kind, DemandSettings(request=100, hour=100_000), lambda: NOW)
    await last.admit(viewer, 1)
    assert last.settle(viewer, 0)["spentThisHour"] == 8 * 5 * 7


async def test_a_database_that_is_away_refuses_nobody(till: Door, tmp_path: Any) -> None:
    store = Store(f"sqlite:///{tmp_path}/okno.db")  # without tables
    budgets = Budgets(store, DemandSettings(request=100, hour=100), lambda: NOW)
    await budgets.admit(till_viewer(till), 60)
    budgets.settle(till_viewer(till), 60)
    with pytest.raises(RequestProblem):
        await budgets.admit(till_viewer(till), 60)
    await budgets.close()
    await store.close()
