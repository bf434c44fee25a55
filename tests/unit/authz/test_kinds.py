"""Kinds are told apart as far as conditions do, and described by exactly what they are."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from authz.kinds import Axis, axes_of, boxes_of, told
from authz.rows import Condition
from authz.vocabulary import LATER, UNKNOWN

AXES = (
    Axis("region", (("br",), ("cis",), (), (UNKNOWN,))),
    Axis("vip", ((True,), (False,), (UNKNOWN,))),
    Axis("is_self", ((True,), (False,), (UNKNOWN,))),
)


@given(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1))
def test_boxes_hold_exactly_the_kinds_they_describe(wanted):
    boxes = boxes_of(AXES, wanted)
    assert {kind for box in boxes for kind in itertools.product(*box)} == wanted
    assert told(AXES, wanted) == told(AXES, sorted(wanted, reverse=True))


def test_values_that_no_condition_tells_apart_are_one_kind():
    regions = (Condition("region", ("br", "cis")), Condition("region", ("cis", "br", "af")))
    assert axes_of(regions) == (Axis("region", (("br", "cis"), ("af",), (), (UNKNOWN,))),)
    (device,) = axes_of([Condition("device_class", ("LAPTOP",))])
    assert device.sorts == (("LAPTOP",), ("DESKTOP", "MONITOR", "OTHER", "PHONE", "TABLET"), (UNKNOWN,), (LATER,))
