"""A second engine, Cedar, decides every case as the first does."""

import itertools
from collections.abc import Iterator

import pytest

from authz.vocabulary import LATER, UNKNOWN, Fact
from tests.unit.authz.cedar import Cedar
from tests.unit.authz.company import LABELS, OPERATIONS, RIGHTS, actors, cases, policy
from tests.unit.authz.decisions import actor_of, field_cases, operation_cases

POLICY = policy()
ACTORS = actors(POLICY)


def test_cedar_agrees_with_the_decision_table() -> None:
    for case in field_cases():
        cedar = Cedar(RIGHTS, actor_of(POLICY, case.team, case.clearance, unattended=case.unattended))
        assert cedar.field(case.facts, case.label) == case.outcome, case.says
    known = {each.name: each for each in OPERATIONS}
    for case in operation_cases():
        if case.run not in known:
            # Cedar has no list of operations; what is not known is refused before any engine is asked.
            assert not case.allowed
            continue
        cedar = Cedar(RIGHTS, actor_of(POLICY, case.team, case.clearance))
        allowed, owed = cedar.operation(case.facts, known[case.run])
        assert allowed is case.allowed, case.says
        assert case.after is None or owed == case.after, case.says


@pytest.mark.parametrize("name", sorted(ACTORS))
def test_cedar_agrees_on_every_field(name: str) -> None:
    actor = ACTORS[name]
    profile, cedar = POLICY.profile(actor), Cedar(RIGHTS, actor)
    decided, different = 0, []
    for facts, label in cases(actor):
        decided += 1
        if profile.row_of(facts)[LABELS.all.index(label)] != cedar.field(facts, label):
            different.append((label, facts))
    print(f"{name}: {decided} cases, {len(different)} differences")
    assert decided >= 27 * len(LABELS.all)
    assert different == []


def _around_operations() -> Iterator[dict[str, Fact]]:
    """Every mix of subjects, and every moment around an ordinary one."""
    truth: tuple[Fact, ...] = (True, False, UNKNOWN)
    for region, vip, is_self, manager in itertools.product(("br", "cis"), truth, truth, truth):
        yield {"region": region, "vip": vip, "is_self": is_self, "is_my_manager": manager, "operator_country": "BR"}
    subject: dict[str, Fact] = {"region": "br", "vip": False, "is_self": False, "is_my_manager": False}
    for moment, country in itertools.product((*truth, LATER), ("BR", "US", UNKNOWN, LATER)):
        moments = ("caller_verified", "recent_second_factor_reset", "recent_password_reset", "group_privileged")
        yield {**subject, **dict.fromkeys(moments, moment), "operator_country": country}


def test_cedar_agrees_on_every_operation() -> None:
    decided, different = 0, []
    for name in ("helpdesk_br", "officers", "helpdesk_br and vip for an hour", "nobody"):
        actor = ACTORS[name]
        cedar = Cedar(RIGHTS, actor)
        for operation, facts in itertools.product(OPERATIONS, _around_operations()):
            got = POLICY.decide(actor, operation.name, facts)
            decided += 1
            if (got.allowed, got.obligations) != cedar.operation(facts, operation):
                different.append((name, operation.name, facts))
    print(f"{decided} cases, {len(different)} differences")
    assert decided == 4 * len(OPERATIONS) * (2 * 27 + 16)
    assert different == []


def test_a_difference_would_be_seen() -> None:
    bare = Cedar(RIGHTS, POLICY.actor("nobody", "somebody"))
    place = next(place for place, label in enumerate(LABELS.all) if label.domain == "group")
    facts: dict[str, Fact] = {"region": "br", "vip": False, "is_self": False}
    row = POLICY.profile(ACTORS["helpdesk_br"]).row_of(facts)
    assert row[place] != bare.field(facts, LABELS.all[place])
