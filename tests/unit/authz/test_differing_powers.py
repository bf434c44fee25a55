"""What roles let do beside fields and operations is told in a diff, and widens like anything else."""

from dataclasses import replace

import pytest

from authz.differing import diff
from tests.unit.authz import office

OLD = office.policy()


def lines(changes):
    return [(each.who, each.what, each.was, each.now, each.whom) for each in changes]


@pytest.mark.parametrize(
    ("power", "told_of", "both"),
    [
        ({"free_text": True}, ("documents", "registered alone", "any"), False),
        ({"bulk": 50}, ("employees at once", "1", "50"), False),
        ({"cost": 9_000}, ("points of one request", "everybody's", "9,000"), True),
        ({"cost_per_hour": 90_000}, ("points of an hour", "everybody's", "90,000"), True),
    ],
)
def test_what_a_role_lets_do_beside_fields_and_operations_is_told(power, told_of, both):
    stronger = office.with_role(replace(office.HELPDESK, **power))
    gained, lost = diff(OLD, office.policy(stronger)), diff(office.policy(stronger), OLD)
    what, was, now = told_of
    assert lines(gained.gains) == [(f"role {office.HELPDESK.name}", what, was, now, "always")]
    assert bool(gained.losses) == both
    assert lines(lost.losses) == [(f"role {office.HELPDESK.name}", what, now, was, "always")]
    assert lost.widening == both, "what everybody has is not the policy's to know, so it takes two"


def test_a_larger_budget_is_a_gain_alone():
    less, more = (office.policy(office.with_role(replace(office.HELPDESK, cost=each))) for each in (10, 20))
    assert (diff(less, more).widening, diff(more, less).widening) == (True, False)
