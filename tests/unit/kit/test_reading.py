"""Foreign data: what is taken, what is refused, and whom a bad row costs its answer."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit import reading
from sources.kit.reading import BadData, match, match_many
from sources.ports.errors import SourceError

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
READERS = [
    reading.text,
    reading.optional_text,
    reading.whole,
    reading.truth,
    reading.moment,
    reading.epoch,
    reading.day,
    reading.rows,
    reading.optional_rows,
    reading.part,
]


@pytest.mark.parametrize("reader", READERS, ids=lambda each: each.__name__)
@given(value=ANYTHING)
def test_whatever_stands_there_a_reader_reads_it_or_says_bad_data(
    reader: Callable[[Any, str], Any], value: Any
) -> None:
    for row in ({"a": value}, value):
        try:
            reader(row, "a")
        except BadData:
            continue


@given(
    st.text(alphabet="0123456789-²٣+ _", min_size=1, max_size=25)
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
)
def test_odd_numbers_and_moments_are_bad_data_at_worst(said: str) -> None:
    for reader in (reading.whole, reading.epoch, reading.moment, reading.day):
        try:
            reader({"a": said}, "a")
        except BadData:
            continue


@pytest.mark.parametrize("value", [10**18, -(10**15), 2**63, 10**30])
def test_a_moment_outside_of_the_calendar_is_bad_data(value: int) -> None:
    with pytest.raises(BadData):
        reading.epoch({"a": value}, "a")


def test_numbers_come_as_numbers_or_as_text() -> None:
    said = {"n": 7, "text": "007", "minus": "-7", "empty": "", "null": None}
    assert [reading.whole(said, name) for name in (*said, "absent")] == [7, 7, -7, None, None, None]
    for value in (True, 7.0, "7.0", "--7", "²", [7], {}, "9" * 30):
        with pytest.raises(BadData, match="n: expected a whole number"):
            reading.whole({"n": value}, "n")


def test_moments_are_told_in_utc() -> None:
    expected = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for said in ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05", "2026-01-02T06:04:05+03:00"):
        assert reading.moment({"a": said}, "a") == expected
    assert reading.epoch({"a": int(expected.timestamp())}, "a") == expected
    assert reading.epoch({"a": 0}, "a") is None
    assert reading.day({"a": "2026-01-02T00:00:00Z"}, "a") == date(2026, 1, 2)


def test_a_text_is_a_text_of_bearable_length() -> None:
    assert reading.optional_text({"a": ""}, "a") is None
    with pytest.raises(BadData, match="a text is missing"):
        reading.text({"a": ""}, "a")
    with pytest.raises(BadData, match="expected a text, got int"):
        reading.text({"a": 1}, "a")
    with pytest.raises(BadData, match="at most 10000 characters, got 10001"):
        reading.text({"a": "x" * 10_001}, "a")


def test_what_is_bad_is_named_without_its_value() -> None:
    for reader in READERS:
        with pytest.raises(BadData) as caught:
            reader({"name": {"secret": "hunter2"}} if reader is not reading.part else {"name": "hunter2"}, "name")
        assert "hunter2" not in str(caught.value)


def key_of(row: Any) -> str | None:
    return reading.optional_text(row, "key")


def record_of(row: Any) -> str:
    return reading.text(row, "value")


def codes(answers: list[Any]) -> list[Any]:
    return [each.code if isinstance(each, SourceError) else each for each in answers]


GOOD = {"key": "a", "value": "A"}
UNREADABLE = {"key": "b", "value": 7}
KEYLESS = {"key": 7, "value": "C"}


def test_rows_find_their_keys_in_any_order() -> None:
    found = [{"key": "b", "value": "B"}, GOOD, {"key": "stranger", "value": "S"}, {"value": "nobody's"}]
    assert match("desk", ["a", "none", "b", "a"], found, key_of, record_of) == ["A", None, "B", "A"]
    assert match_many("desk", ["a", "none"], [GOOD, {"key": "a", "value": "A2"}], key_of, record_of) == [
        ("A", "A2"),
        (),
    ]


def test_a_row_that_cannot_be_read_costs_its_key_alone() -> None:
    for rows in ([GOOD, UNREADABLE], [UNREADABLE, GOOD]):
        assert codes(match("desk", ["a", "b", "c"], rows, key_of, record_of)) == ["A", "BAD_SOURCE_DATA", None]
        assert codes(match_many("desk", ["a", "b", "c"], rows, key_of, record_of)) == [("A",), "BAD_SOURCE_DATA", ()]


def test_a_row_that_cannot_be_read_spoils_the_list_it_belongs_to() -> None:
    rows = [GOOD, {"key": "a", "value": 7}, {"key": "a", "value": "A3"}]
    assert codes(match_many("desk", ["a"], rows, key_of, record_of)) == ["BAD_SOURCE_DATA"]


@pytest.mark.parametrize("row", [KEYLESS, None, "row", 7, []])
def test_a_row_without_readable_key_makes_unanswered_keys_doubtful(row: Any) -> None:
    found = match("desk", ["a", "c"], [row, GOOD], key_of, record_of)
    assert codes(found) == ["A", "BAD_SOURCE_DATA"]
    assert codes(match_many("desk", ["a", "c"], [GOOD, row], key_of, record_of)) == [("A",), "BAD_SOURCE_DATA"]
    assert isinstance(found[1], SourceError)
    assert found[1].source == "desk"


@given(st.lists(st.sampled_from([GOOD, UNREADABLE, KEYLESS, {"key": "a", "value": "A2"}, {"value": "x"}]), max_size=8))
def test_no_row_is_lost_without_a_word(rows: list[Any]) -> None:
    """A key that has only good rows is answered by all of them; nobody is told "unknown" beside an unreadable key."""
    [a, b, c] = match_many("desk", ["a", "b", "c"], rows, key_of, record_of)
    good = tuple(row["value"] for row in rows if row.get("key") == "a")
    doubtful = KEYLESS in rows
    assert codes([a]) == [good if good or not doubtful else "BAD_SOURCE_DATA"]
    assert codes([b]) == ["BAD_SOURCE_DATA" if doubtful or UNREADABLE in rows else ()]
    assert codes([c]) == ["BAD_SOURCE_DATA" if doubtful else ()]
