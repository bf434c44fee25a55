"""One text for one event, beside another implementation of RFC 8785."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.canonical import canonical

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8", max_codepoint=0xFFFF)), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_it_is_the_text_that_the_standard_asks_for(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # any JSON


def test_a_fraction_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical({"x": 0.1})
