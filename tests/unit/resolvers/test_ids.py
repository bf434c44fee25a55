"""Global ids: what was given out is opened, nothing else is."""

import base64
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolvers.ids import NodeId, decode, encode
from resolvers.problems import RequestProblem

NAMES = st.text(alphabet=string.ascii_letters + string.digits + "_", min_size=1, max_size=30)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)
GOOD = encode("Employee", "directory", "0001001")


def refused(text: str) -> bool:
    try:
        decode(text)
    except RequestProblem as problem:
        return problem.code == "BAD_INPUT" and problem.message == "not an id that Okno gave out"
    return False


@given(NAMES, NAMES, KEYS)
@example("Group", "domain", "a\x1fb")
def test_every_id_opens_to_what_it_was_made_of(type_name: str, source: str, key: str) -> None:
    made = encode(type_name, source, key)
    assert decode(made) == NodeId(type_name, source, key)
    assert set(made) <= set(string.ascii_letters + string.digits + "-_"), "fit for an address"


PARTS = st.tuples(st.sampled_from("ab"), st.sampled_from("ab"), st.text(alphabet="ab\x1f", min_size=1, max_size=3))


@given(PARTS, PARTS)
def test_two_nodes_never_share_an_id(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (encode(*one) == encode(*other)) is (one == other)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "=",
        "A",
        "nonsense",
        "0001001",
        GOOD + "=",
        GOOD + "\n",
        " " + GOOD,
        GOOD[:-1],
        GOOD[1:],
        GOOD.swapcase(),
        "ж" * 8,
        "\ud800",
        base64.b64encode(b"Employee:0001001").decode(),
        base64.urlsafe_b64encode(b"Employee\x1fdirectory").decode().rstrip("="),
        base64.urlsafe_b64encode(b"\x1fdirectory\x1f1").decode().rstrip("="),
        base64.urlsafe_b64encode(b"Employee\x1f\x1f1").decode().rstrip("="),
        base64.urlsafe_b64encode(b"Employee\x1fdirectory\x1f").decode().rstrip("="),
        base64.urlsafe_b64encode(b"Employee\x1fdirectory\x1f\xff").decode().rstrip("="),
        "A" * 10**6,
    ],
    ids=lambda text: repr(text)[:30],
)
def test_what_was_never_given_out_is_bad_input(forged: str) -> None:
    assert refused(forged)


def test_the_other_alphabet_of_base64_is_no_second_name() -> None:
    made = encode("Employee", "directory", "\xff?>~\xfb\xef")
    other = made.replace("-", "+").replace("_", "/")
    assert other != made, "the example holds a letter that the alphabets write differently"
    assert refused(other)


@given(st.text(max_size=60))
def test_any_text_is_opened_to_what_gives_it_back_or_refused(text: str) -> None:
    try:
        opened = decode(text)
    except RequestProblem as problem:
        assert problem.code == "BAD_INPUT"
    else:
        assert encode(opened.type_name, opened.source, opened.key) == text


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_"))
def test_a_changed_letter_makes_another_id_or_none(place: int, letter: str) -> None:
    changed = GOOD[:place] + letter + GOOD[place + 1 :]
    try:
        opened = decode(changed)
    except RequestProblem:
        return
    assert (opened == decode(GOOD)) is (changed == GOOD)
