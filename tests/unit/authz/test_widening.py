"""A diff of any two sets of rights widens exactly when somebody, somewhere, gains something."""

import itertools
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.differing import diff
from authz.rights import Assignment, Grant, Role, Run
from authz.rows import Condition
from authz.vocabulary import UNKNOWN
from tests.unit.authz import office

GRANTS = st.builds(
    Grant,
    action=st.sampled_from(["read", "mask"]),
    domain=st.sampled_from(["hr", "directory", "certificate", "*"]),
    ceiling=st.sampled_from(["public", "internal", "personal", "restricted"]),
    scope=st.sampled_from(["region", "anyone", "self"]),
    when=st.sampled_from([(), (Condition("vip", (False,)),), (Condition("region", ("af", "br")),)]),
)
PARTS = (
    st.lists(GRANTS, max_size=2).map(tuple),
    st.lists(GRANTS, max_size=2).map(tuple),
    st.lists(GRANTS, max_size=2).map(tuple),
    st.sampled_from([(), ("br",), ("br", "cis")]),
    st.sampled_from([(), ("hr_support",), ("spare",)]),
    st.sampled_from(["anyone", "region", None]),
)
VARIED = st.tuples(*PARTS)
"""What three roles grant (the last one nobody's), regions of the desk, roles of its lead, and whom the desk may wipe for."""


@st.composite
def pairs(draw):
    """Two sets of rights that differ in one part alone, so that nothing else can hide what that part does."""
    before = draw(VARIED)
    which = draw(st.integers(0, len(PARTS) - 1))
    return before, (*before[:which], draw(PARTS[which]), *before[which + 1 :])


FACTS = [
    dict(zip(("region", "vip", "is_self", "is_my_manager", "caller_verified"), each, strict=True))
    for each in itertools.product(
        ("br", "cis", "af", "zz", UNKNOWN), (True, False, UNKNOWN), (True, False, UNKNOWN), (False,), (False,)
    )
]


def varied(desk, hr, spare, regions, leads, run):
    """Rights that differ from the office's in roles, regions, leads' roles and one operation, but not in members."""
    runs = (Run("wipe_device", run),) if run else ()
    roles = (
        replace(office.HELPDESK, grants=desk, runs=runs),
        replace(office.HR, grants=hr),
        Role("spare", {"en": "Spare"}, spare),
        office.SIGNED_IN,
    )
    team = replace(office.RIGHTS.teams["desk_br"], regions=regions, lead_roles=leads)
    return office.policy(
        replace(
            office.RIGHTS,
            roles={each.name: each for each in roles},
            teams={"desk_br": team, "hr": office.RIGHTS.teams["hr"]},
            ceilings=(),
        )
    )


def sampled(policy):
    """Every outcome of everybody who may have rights, found without any of what a diff is made by."""
    given_ = [
        ((Assignment(role, regions, "grant"),), clearance)
        for role in policy.rights.roles
        for regions in ((), ("zz",))
        for clearance in ((), ("vip",))
    ]
    actors = [policy.actor("desk_br", "bia"), policy.actor("desk_br", "ana"), policy.actor("hr", "hugo")]
    actors += [policy.actor(None, "", extra, clearance) for extra, clearance in given_]
    for actor in actors:
        for facts in FACTS:
            row = policy.profile(actor).row_of(facts)
            decision = policy.decide(actor, "wipe_device", facts)
            yield row, set(decision.obligations) if decision.allowed else None


def widens(before, after):
    for (was, could), (now, can) in zip(before, after, strict=True):
        if any(here < there for there, here in zip(was, now, strict=True)):
            return True
        if can is not None and (could is None or could - can):
            return True
    return False


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pairs())
def test_a_diff_widens_exactly_when_somebody_somewhere_gains(both):
    old, new = varied(*both[0]), varied(*both[1])
    found = diff(old, new)
    before, after = list(sampled(old)), list(sampled(new))
    for told, really in ((found.gains, widens(before, after)), (found.losses, widens(after, before))):
        of_now = [each for each in told if not each.what.endswith("fields to come")]
        assert bool(of_now) == really


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VARIED)
def test_no_rights_differ_from_themselves(drawn):
    found = diff(varied(*drawn), varied(*drawn))
    assert found.gains == found.losses == ()
