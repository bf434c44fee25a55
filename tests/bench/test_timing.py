"""The figures of answer times say what they are called; how long an answer takes is printed, never asserted."""

import random

import pytest

from tests.bench.swapping import Swapped, swapped
from tests.bench.timing import LOGIN, PATHS, REGION, Compared, kinds, late, measured, rank, report, spread
from tests.rights.installation import policy
from tests.sandbox import company_of


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1.0, 2.0], [3.0, 4.0], 0.0),
        ([3.0, 4.0], [1.0, 2.0], 1.0),
        ([1.0, 4.0], [2.0, 3.0], 0.5),
        ([2.0], [2.0], 0.5),
        ([1.0, 2.0, 3.0], [2.0], 0.5),
    ],
)
def test_the_rank_is_the_share_of_pairs(one: list[float], other: list[float], expected: float) -> None:
    assert rank(one, other) == expected


def test_what_is_alike_lies_within_what_is_said_and_what_differs_does_not() -> None:
    chance = random.Random(3)
    shares = []
    for _ in range(200):
        one, other = ([chance.expovariate(1.0) for _ in range(100)] for _ in range(2))
        shares.append(rank(one, other))
    inside = sum(abs(each - 0.5) <= 1.96 * spread(100, 100) for each in shares)
    assert 180 <= inside <= 198
    slower = Compared("", [chance.gauss(2.0, 1.0) for _ in range(100)], [chance.gauss(1.0, 1.0) for _ in range(100)])
    assert slower.rank > 0.7
    assert slower.chance < 0.001


def test_a_late_answer_is_later_than_nineteen_of_twenty() -> None:
    assert late([float(each) for each in range(1, 101)]) == 95.0
    assert late([5.0]) == 5.0


def test_both_kinds_are_withheld_from_the_viewer() -> None:
    protected, elsewhere = kinds(company_of(300))
    assert len(protected) > 2
    assert len(elsewhere) > 50
    of = policy()
    (team,) = (each for each in of.rights.teams.values() if LOGIN in each.members)
    assert team.regions == (REGION,)
    assert "vip" not in team.clearance


async def test_every_path_is_measured_as_often_for_both_kinds() -> None:
    found = await measured(300, 3)
    assert [each.path for each in found] == list(PATHS)
    assert {(len(each.protected), len(each.elsewhere)) for each in found} == {(3, 3)}
    assert report(found).count("\n| ") == len(PATHS) + 1


async def test_no_read_fails_while_policies_are_swapped() -> None:
    found = await swapped(3)
    assert found.swaps == 3
    assert found.failed == 0
    assert len(found.versions) == 3, "the one before, and each of the two that followed"
    assert len(found.under) > 20


def test_the_line_tells_reads_swaps_failures_and_the_slowest() -> None:
    text = Swapped(2, 0, {"a"}, [1.0, 4.0], [2.0, 10.0]).text()
    assert text == (
        "swap under load: 2 reads during 2 swaps, failed 0, slowest read 10.0 ms,"
        " 2.5 times the slowest of 2 without a swap\n"
    )
