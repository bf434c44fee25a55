"""The bench does what it says: every way gives the same answer with the same calls. Nothing here looks at time."""

from collections.abc import AsyncIterator

import orjson
import pytest

from sandbox.company.model import Company
from tests.bench.__main__ import joined
from tests.bench.bare import Bare
from tests.bench.hostile import refused, text
from tests.bench.measure import Answered, Figure, Unequal, answered, difference, same
from tests.bench.plain import PlainStrawberry
from tests.bench.rights_share import share
from tests.bench.roads import Okno, OknoOverHttp, Way
from tests.bench.running import SHORT, run
from tests.bench.stand import Stand, stand_over
from tests.bench.workloads import LEAVES, card, cursors, leaves, page, tiny, usual_login
from tests.door.hostile import HOSTILE
from tests.sandbox import Sandbox, running

WAYS = (Okno, OknoOverHttp, PlainStrawberry, Bare)


@pytest.fixture(scope="module")
async def own(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """A sandbox of its own: a stand ends the sweeps of its gateway."""
    async with running(company, tmp_path_factory.mktemp("bench")) as started:
        yield started


@pytest.fixture(scope="module")
async def stand(own: Sandbox) -> Stand:
    return await stand_over(own.gateway)


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest, stand: Stand) -> Way:
    made: Way = request.param(stand)
    return made


async def test_every_way_counts_the_calls_that_the_twins_count(way: Way, own: Sandbox) -> None:
    await way.answer(tiny("employee"))  # from now on it is known to which groups the viewer belongs
    for workload in (tiny("employee"), card("employee"), page(20)):
        own.forget_calls()
        said = await answered(way, workload)
        assert said.calls == dict(sorted(own.calls().items()))


async def test_every_way_asks_again_each_time(way: Way, own: Sandbox) -> None:
    await way.answer(tiny("employee"))
    own.forget_calls()
    for _ in range(3):
        await way.answer(tiny("employee"))
    assert own.calls() == {"directory": 3}


async def test_all_ways_say_the_same(stand: Stand) -> None:
    ways = [make(stand) for make in WAYS]
    for workload in (tiny("employee"), card("employee"), page(20)):
        await same(ways, workload)


async def test_the_bare_way_writes_the_fields_in_the_order_of_the_document(stand: Stand) -> None:
    mine, bare = [orjson.loads(await make(stand).answer(card("employee"))) for make in (Okno, Bare)]
    assert orjson.dumps(mine["data"]) == orjson.dumps(bare["data"])


async def test_the_usual_card_has_about_a_hundred_values(stand: Stand) -> None:
    login, values = await usual_login(stand.gateway.road, stand.viewer)
    said = await answered(Okno(stand), card(login))
    assert abs(values - LEAVES) <= 10
    assert leaves(said.data) == values
    assert said.failures == 0


async def test_pages_in_a_row_show_everybody_once(stand: Stand) -> None:
    places = await cursors(stand.gateway.road, stand.viewer, 20, 3)
    okno = Okno(stand)
    shown = [
        edge["node"]["login"]
        for place in places
        for edge in (await answered(okno, page(20, place))).data["employees"]["edges"]
    ]
    assert len(shown) == len(set(shown)) == 60


async def test_ways_that_differ_are_not_compared(stand: Stand) -> None:
    class Shorter(Okno):
        name = "shorter"

        async def answer(self, workload):
            return (await super().answer(workload)).replace(b'"employee"', b'"nobody"')

    with pytest.raises(Unequal, match="Okno and shorter differ at .data"):
        await same([Okno(stand), Shorter(stand)], tiny("employee"))


def test_a_difference_is_told_by_its_place() -> None:
    one, other = Answered({"a": [1, 2]}, 0, {"hr": 1}), Answered({"a": [1, 3]}, 0, {"hr": 1})
    assert difference(one, other) == ".data.a.1: 2 and 3"
    assert difference(one, Answered({"a": [1, 2]}, 0, {"hr": 2})) == ".calls.hr: 1 and 2"


def test_a_figure_tells_its_median_and_its_spread() -> None:
    figure = Figure([3.0, 1.0, 8.0])
    assert (figure.middle, figure.least, figure.most) == (3.0, 1.0, 8.0)
    assert figure.over(Figure([1.5, 2.0, 2.0])).rounds == [2.0, 0.5, 4.0]


async def test_a_short_run_reports_every_way_and_size(stand: Stand) -> None:
    report = await run(stand, 200, SHORT)
    assert [list(each.figures) for each in report.compared] == [
        ["Okno over HTTP", "Okno", "plain Strawberry", "bare, no GraphQL"],
        ["Okno", "plain Strawberry", "bare, no GraphQL"],
        ["Okno", "plain Strawberry", "bare, no GraphQL"],
    ]
    assert all(len(figure.rounds) == SHORT.rounds for each in report.compared for figure in each.figures.values())
    assert [(each.employees, each.pages) for each in report.grown] == [(10, 1), (50, 1)]
    assert [each.calls["second_factors"] for each in report.grown] == [10, 50]
    text = report.text()
    assert all(f"| {name} " in text for name in ("plain Strawberry", "bare, no GraphQL", "second_factors"))


async def test_the_share_of_rights_is_that_of_a_page_that_they_decide(stand: Stand) -> None:
    found = await share(stand, rounds=1)
    assert found.checks > 2_000
    assert "Rights in a page of 50" in found.text()


def test_new_figures_of_the_road_leave_what_was_written_by_hand() -> None:
    new, old = "# Bench\n\nnew\n\n## Rights\n\nfound\n", "# Bench\n\nold\n\n## Rights\n\nin a quiet minute\n"
    assert joined(new, old) == "# Bench\n\nnew\n\n## Rights\n\nin a quiet minute\n"
    assert joined(new, "") == new


async def test_hostile_documents_are_refused_and_told_by_kind(stand: Stand) -> None:
    took = await refused(stand, 1)
    assert took.keys() == HOSTILE.keys()
    assert f"{len(HOSTILE)} kinds, {len(HOSTILE)} refusals" in text(took)
