"""One text for one event, beside another implementation of RFC 8785."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical

TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_it_is_the_text_that_the_standard_asks_for(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # any JSON


def test_names_stand_in_the_order_of_their_utf16_units() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_what_has_more_than_one_spelling_is_written_as_a_text() -> None:
    assert canonical({"x": 0.1, "n": 2**53}) == b'{"n":"9007199254740992","x":"0.1"}'


@pytest.mark.parametrize("wrong", [object(), {"x": {1, 2}}, "\ud800"])
def test_what_is_no_json_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError):
        canonical(wrong)
