"""Pages of lists: cursors that stay good, and cursors that never were."""

import base64
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.problems import RequestProblem
from resolvers.windows import MOST, NOTHING, Listed, check_first, cursor_of, identity, listed, place_of, window
from sources.ports.question import Window
from sources.ports.software import InstalledSoftware


@dataclass(frozen=True, slots=True)
class Thing:
    source: str
    name: str
    colour: str = ""


def things(names: str) -> list[Thing]:
    return [Thing("desk", name) for name in names]


def names(page: Listed) -> str:
    return "".join(edge.record.name for edge in page.edges)


def forged(place: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def refused(cursor: str) -> str:
    with pytest.raises(RequestProblem) as caught:
        window(things("abc"), 2, cursor)
    assert caught.value.code == "BAD_INPUT"
    return caught.value.message


@given(st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=30), st.integers(1, 10))
def test_walking_page_by_page_gives_every_record_once_and_in_order(given_names: list[str], first: int) -> None:
    records, after, walked = [Thing("desk", name) for name in given_names], None, []
    for _ in range(len(records) + 1):
        page = window(records, first, after)
        walked += [edge.record for edge in page.edges]
        assert page.total_count == len(records)
        assert page.page_info.has_previous_page is (after is not None)
        if not page.page_info.has_next_page:
            break
        after = page.page_info.end_cursor
    assert walked == records


def test_who_comes_before_the_cursor_does_not_shift_the_next_page() -> None:
    after = window(things("bdf"), 2, None).page_info.end_cursor
    assert names(window(things("abcdefg"), 2, after)) == "ef"
    assert names(window(things("df"), 2, after)) == "f"


def test_when_the_record_of_the_cursor_is_gone_its_place_counts() -> None:
    after = window(things("abcd"), 2, None).page_info.end_cursor
    assert names(window(things("acde"), 2, after)) == "cd", "none is missed when it alone has gone"
    assert names(window(things(""), 2, after)) == ""
    assert names(window(things("z"), 2, after)) == ""


def test_a_page_tells_where_it_stands() -> None:
    page = window(things("abc"), 2, None)
    assert (page.page_info.has_next_page, page.page_info.has_previous_page) == (True, False)
    assert page.page_info.start_cursor == page.edges[0].cursor
    assert page.page_info.end_cursor == page.edges[1].cursor
    assert window(things("abc"), 3, None).page_info.has_next_page is False
    none = window(things("abc"), 0, None)
    assert (none.edges, none.page_info.end_cursor, none.page_info.has_next_page) == ([], None, True)
    assert (NOTHING.edges, NOTHING.total_count) == ((), 0)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "=",
        "x",
        "nonsense",
        "ж",
        forged({"a": 1}),
        forged("a"),
        forged([]),
        forged(None),
        forged(["a"]),
        forged(["a", "b"]),
        forged(["a", 1, 2]),
        forged([1, 1]),
        forged(["a", 1.5]),
        forged(["a", True]),
        forged(["a", -1]),
        forged(["a", -(2**62)]),
        forged(["a", 1]) + "=",
        base64.urlsafe_b64encode(b'["a", 1]').decode().rstrip("="),
        "A" * 10**6,
    ],
    ids=lambda cursor: repr(cursor)[:30],
)
def test_a_cursor_of_another_list_or_of_nobody_is_bad_input(foreign: str) -> None:
    assert "cursor" in refused(foreign)


def test_a_cursor_beyond_the_end_gives_an_empty_page() -> None:
    page = window(things("abc"), 2, forged(["gone", 2**62]))
    assert (page.edges, page.page_info.has_next_page) == ([], False)


@given(st.text(max_size=40))
def test_any_text_names_a_place_that_gives_it_back_or_is_refused(text: str) -> None:
    try:
        place = place_of(text)
    except RequestProblem as problem:
        assert problem.code == "BAD_INPUT"
    else:
        assert cursor_of(place) == text


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.integers(-(2**63), 2**63 - 1),
        min_size=1,
        max_size=3,
    )
)
def test_every_place_comes_back_from_its_cursor(place: list[Any]) -> None:
    assert place_of(cursor_of(place)) == tuple(place)


@pytest.mark.parametrize("good", [0, 1, MOST])
def test_a_size_within_bounds_is_taken(good: int) -> None:
    assert check_first(good) == good


@pytest.mark.parametrize("bad", [-1, MOST + 1, 2**40, True, 1.0, "1", None, []])
def test_a_size_out_of_bounds_is_bad_input(bad: object) -> None:
    with pytest.raises(RequestProblem, match="first: expected a number from 0 to 200"):
        check_first(bad)


def test_records_are_told_apart_by_their_first_attribute_or_their_identity() -> None:
    assert identity(Thing("desk", "a", "red")) == "a"
    assert identity(InstalledSoftware("salt", "host", "Editor", "1.2")) == "Editor 1.2"


def test_what_is_shown_may_be_less_than_the_record() -> None:
    page = window(things("ab"), 2, None, lambda thing: thing.name)
    assert [edge.node for edge in page.edges] == ["a", "b"]


def test_a_page_cut_by_a_source_keeps_its_cursors() -> None:
    page = listed(Window(("A", "B"), (("a", "1"), ("b", "2")), True, None), after="x")
    assert [place_of(edge.cursor) for edge in page.edges] == [("a", "1"), ("b", "2")]
    assert (page.page_info.has_next_page, page.page_info.has_previous_page, page.total_count) == (True, True, None)
