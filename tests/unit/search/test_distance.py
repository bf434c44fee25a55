"""Slips of the finger between two words, against a plain table of all cells."""

from random import Random

import pytest

from resolvers.search.distance import slips, tolerated, with_one_left_out


def plain(said: str, meant: str) -> int:
    """The same distance with no band and no cut ends."""
    cells = [
        [row + column if 0 in (row, column) else 0 for column in range(len(meant) + 1)] for row in range(len(said) + 1)
    ]
    for row in range(1, len(said) + 1):
        for column in range(1, len(meant) + 1):
            wrong = cells[row - 1][column - 1] + (said[row - 1] != meant[column - 1])
            best = min(wrong, cells[row - 1][column] + 1, cells[row][column - 1] + 1)
            if row > 1 and column > 1 and said[row - 1] == meant[column - 2] and said[row - 2] == meant[column - 1]:
                best = min(best, cells[row - 2][column - 2] + 1)
            cells[row][column] = best
    return cells[-1][-1]


@pytest.mark.parametrize(
    ("said", "meant", "count"),
    [
        ("kovalev", "kovalev", 0),
        ("kovlev", "kovalev", 1),
        ("kovvalev", "kovalev", 1),
        ("koavlev", "kovalev", 1),
        ("", "ab", 2),
    ],
)
def test_each_slip_counts_once(said: str, meant: str, count: int) -> None:
    assert slips(said, meant, 3) == count


def test_it_agrees_with_the_plain_table_and_stops_at_the_most() -> None:
    rng = Random(3)
    for _ in range(5_000):
        said = "".join(rng.choices("abc", k=rng.randrange(9)))
        meant = "".join(rng.choices("abc", k=rng.randrange(9)))
        most = rng.randrange(5)
        assert slips(said, meant, most) == min(plain(said, meant), most + 1), (said, meant, most)


def test_words_one_slip_apart_share_a_form_with_a_letter_left_out() -> None:
    rng = Random(4)
    for _ in range(5_000):
        said, meant = ("".join(rng.choices("abcd", k=rng.randrange(3, 7))) for _ in range(2))
        if plain(said, meant) == 1:
            assert {said, *with_one_left_out(said)} & {meant, *with_one_left_out(meant)}


def test_short_words_must_be_exact_and_long_ones_may_carry_more() -> None:
    assert [tolerated(length) for length in (1, 2, 3, 5, 6, 11, 12)] == [0, 0, 1, 1, 2, 2, 3]
