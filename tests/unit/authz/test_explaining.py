"""Why something is withheld: exact words at three levels, and nothing in them that tells more than it may."""

import itertools

import pytest

from authz.explaining import ASK, NOT_FOR_THIS_EMPLOYEE, NOT_FOR_YOUR_TEAM, REASONS, TOLD_TO_LEADS, explain, told
from authz.profile import ALLOWED, DENIED, MASKED
from authz.rights import Grant, Role
from authz.rows import Condition, Forbid, Permit
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN
from tests.unit.authz import company, office
from tests.unit.authz.office import ELSEWHERE, ORDINARY, PROTECTED

EMAIL = ("Employee", "email")
BIRTH_DATE = ("PersonalDetails", "birthDate")
PASSAGES = ("Badge", "passages")
RULES = ("Policy", "rules")


def words(place, facts, level, *, team="desk_br", login="bia"):
    policy = office.policy()
    return told(explain(policy, policy.actor(team, login), place, facts), level)


def test_what_is_shown_is_put_down_to_the_role_that_shows_it():
    policy = office.policy()
    explained = explain(policy, policy.actor("desk_br", "bia"), EMAIL, ORDINARY)
    assert explained.outcome == ALLOWED
    assert explained.deciding == Permit(
        "read", "directory", "internal", (Condition("region", ("br", "cis")),), "helpdesk"
    )
    assert explained.near == ()
    assert told(explained, "operator") == told(explained, "lead") == "Open to your team for this employee."
    assert told(explained, "security") == (
        "Employee.email: directory, internal: shown.\n"
        "Opened: role helpdesk reads directory up to internal, when region br or cis."
    )


def test_a_near_miss_on_the_region_is_told_to_security_and_to_leads_what_would_do():
    """Not what is so of the employee: nor does a line that is missing tell it."""
    assert words(EMAIL, PROTECTED, "lead") == words(EMAIL, ELSEWHERE, "lead")
    assert words(EMAIL, ELSEWHERE, "operator") == f"{NOT_FOR_THIS_EMPLOYEE} {ASK}"
    assert words(EMAIL, ELSEWHERE, "lead").splitlines() == [
        "Not open to your team for this employee.",
        "Role helpdesk shows it when region br or cis.",
        "Conditions that only security is told of may close it besides.",
        "No other role opens it.",
        ASK,
    ]
    assert words(EMAIL, ELSEWHERE, "security").splitlines() == [
        "Employee.email: directory, internal: withheld.",
        "Near: role helpdesk reads directory up to internal, when region br or cis, but region must be br or cis; is af.",
        "No other role opens it.",
    ]


def test_special_protection_is_named_to_security_alone():
    policy = office.policy()
    explained = explain(policy, policy.actor("desk_br", "bia"), EMAIL, PROTECTED)
    assert isinstance(explained.deciding, Forbid)
    assert explained.outcome == DENIED
    assert told(explained, "security").splitlines()[1] == (
        "Forbidden: under special protection: clearance needed, when under special protection, "
        "and not the viewer themselves."
    )
    for level in ("operator", "lead"):
        assert "protect" not in told(explained, level)
        assert "vip" not in told(explained, level).lower()


def test_what_is_not_known_counts_against_and_is_said_so():
    lines = words(EMAIL, {}, "security").splitlines()
    assert lines[1].endswith("; not known, which counts against: vip, is_self.")
    assert lines[2].endswith("but region must be br or cis; is not known.")


def test_a_masked_value_is_explained_by_the_mask_and_by_who_sees_it_whole():
    policy = office.policy()
    explained = explain(policy, policy.actor("desk_br", "bia"), BIRTH_DATE, ORDINARY)
    assert explained.outcome == MASKED
    assert isinstance(explained.deciding, Permit)
    assert explained.deciding.action == "mask"
    assert explained.roles == ("hr_support",)
    assert told(explained, "operator") == f"Open to your team in part only for this employee. {ASK}"
    assert told(explained, "security").splitlines() == [
        "PersonalDetails.birthDate: hr, restricted: shown in part.",
        "Opened: role helpdesk reads hr up to restricted in part, when region br or cis, and department ordinary.",
        "Other roles that open it: hr_support.",
    ]


def test_a_lead_is_not_told_of_a_department_class_that_fell_short():
    board = {**ORDINARY, "department_class": "board"}
    lead = words(BIRTH_DATE, board, "lead")
    assert "department" not in lead
    assert lead == words(BIRTH_DATE, PROTECTED, "lead"), "which of the delicate conditions it was can't be told"
    assert "department_class must be ordinary; is board" in words(BIRTH_DATE, board, "security")


def test_an_owners_ceiling_is_named_with_its_owner():
    assert words(PASSAGES, ORDINARY, "operator") == f"{NOT_FOR_YOUR_TEAM} {ASK}"
    assert words(PASSAGES, ORDINARY, "lead").splitlines() == [
        "Not open to your team.",
        "facilities, who owns turnstiles, lets badge be granted up to internal.",
        ASK,
    ]


def test_of_a_hidden_field_only_security_is_told():
    assert words(RULES, ORDINARY, "operator") == words(RULES, ORDINARY, "lead") == ""
    assert words(RULES, ORDINARY, "security").splitlines()[0] == "Policy.rules: policy, restricted, hidden: withheld."


def test_a_label_can_be_asked_for_by_its_place_and_an_unknown_field_is_refused():
    policy = office.policy()
    actor = policy.actor("desk_br", "bia")
    assert told(explain(policy, actor, 3, ORDINARY), "security").startswith("directory, internal: shown.")
    with pytest.raises(KeyError):
        explain(policy, actor, ("Employee", "shoeSize"), ORDINARY)


def test_an_explanation_agrees_with_the_profile_and_names_a_row_for_every_outcome():
    policy = company.policy()
    seen = 0
    for actor in company.actors(policy).values():
        profile = policy.profile(actor)
        for facts, label in company.cases(actor):
            place = company.LABELS.all.index(label)
            explained = explain(policy, actor, place, facts)
            assert explained.outcome == profile.row_of(facts)[place]
            assert (explained.outcome == DENIED) == (not isinstance(explained.deciding, Permit))
            # Withheld: something fell short, or something forbids, or nothing held is about the label at all.
            if explained.outcome == DENIED and explained.deciding is None and not explained.near:
                assert "No role held opens it." in told(explained, "security")
            seen += 1
    assert seen > 1000


def test_an_operator_cannot_tell_special_protection_from_another_region_at_any_label():
    """Neither by the words nor by their length, whatever else is so; also where the outcome is the same by chance."""
    for rights, labels, team in ((office, office.LABELS, "desk_br"), (company, company.LABELS, "helpdesk_br")):
        policy = rights.policy()
        actor = policy.actor(team, "somebody")
        for place, label in enumerate(labels.all):
            others = [
                (own, told(explain(policy, actor, place, {**facts, "department_class": own}), "operator"))
                for facts in (PROTECTED, ELSEWHERE, {**PROTECTED, "region": "af"})
                for own in ("ordinary", "board")
            ]
            assert len({text for _, text in others}) == 1, label


def test_what_an_operator_is_told_hangs_on_the_outcome_and_nothing_else():
    policy = company.policy()
    for actor in company.actors(policy).values():
        said = {}
        for facts, label in company.cases(actor):
            explained = explain(policy, actor, company.LABELS.all.index(label), facts)
            said.setdefault((label, explained.outcome), set()).add(told(explained, "operator"))
        assert all(len(texts) == 1 for texts in said.values())


def test_what_a_lead_is_told_hangs_on_nothing_that_leads_are_not_told_of():
    policy = company.policy()
    compared = 0
    for actor in company.actors(policy).values():
        said = {}
        for facts, label in company.cases(actor):
            explained = explain(policy, actor, company.LABELS.all.index(label), facts)
            open_facts = tuple(sorted((name, fact) for name, fact in facts.items() if name in TOLD_TO_LEADS))
            said.setdefault((label, explained.outcome, open_facts), set()).add(told(explained, "lead"))
            compared += 1
        assert all(len(texts) == 1 for texts in said.values())
    assert compared > 1000


def test_the_order_of_near_misses_tells_a_lead_nothing():
    """A permit that falls short by two conditions comes after one by one; a lead must not count along."""
    extra = Role(
        "helpdesk",
        {"en": "Helpdesk"},
        (
            Grant("read", "hr", "personal", when=(Condition("vip", (False,)), Condition("operator_country", ("BR",)))),
            Grant("read", "hr", "personal", when=(Condition("operator_country", ("KZ",)),)),
        ),
    )
    policy = office.policy(office.with_role(extra))
    actor = policy.actor("desk_br", "bia")
    facts = {**ELSEWHERE, "operator_country": "US"}
    texts = {told(explain(policy, actor, 4, {**facts, "vip": vip}), "lead") for vip in (True, False, UNKNOWN)}
    assert len(texts) == 1


def test_leads_are_told_of_known_attributes_only_and_never_of_the_delicate_ones():
    assert set(ATTRIBUTES) >= TOLD_TO_LEADS
    assert TOLD_TO_LEADS.isdisjoint({"vip", "is_my_manager", "department_class"})


def test_reasons_have_labels_that_grow_with_what_they_tell():
    assert [REASONS[level].sensitivity for level in ("operator", "lead", "security")] == [
        "internal", "confidential", "restricted",
    ]  # fmt: skip
    assert {label.domain for label in REASONS.values()} == {"policy"}


def test_an_object_not_reached_yet_does_not_count_against():
    policy = office.policy()
    actor = policy.actor("desk_br", "bia")
    place = ("Certificate", "serial")
    for purpose, outcome in (("VPN", ALLOWED), (LATER, ALLOWED), ("SIGNING", DENIED), (UNKNOWN, DENIED)):
        explained = explain(policy, actor, place, {**ORDINARY, "certificate_purpose": purpose})
        assert explained.outcome == outcome
        assert bool(explained.near) == (outcome == DENIED)
    lead = told(explain(policy, actor, place, {**ORDINARY, "certificate_purpose": "SIGNING"}), "lead")
    assert "Role helpdesk shows it when region br or cis, and certificate for VPN." in lead
    assert "SIGNING" not in lead


def test_every_pair_of_facts_keeps_the_three_levels_in_order_of_what_they_tell():
    """Security's text names every condition that failed; to leads it is the same whatever failed, to operators nothing."""
    policy = office.policy()
    actor = policy.actor("desk_br", "bia")
    leads: set[str] = set()
    for region, own in itertools.product(("br", "af", UNKNOWN), ("ordinary", "board", UNKNOWN)):
        facts = {**ORDINARY, "region": region, "department_class": own}
        explained = explain(policy, actor, BIRTH_DATE, facts)
        if explained.outcome == DENIED:
            leads.add(told(explained, "lead"))
        failed = {miss.condition.attr for near in explained.near for miss in near.missing}
        for name in failed:
            assert f"{name} must be" in told(explained, "security")
            assert f"{name} must be" not in told(explained, "lead")
            assert name not in told(explained, "operator")
    assert len(leads) == 1
