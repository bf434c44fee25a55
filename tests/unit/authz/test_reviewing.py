"""Who sees what, who may run what, which roles grant it, and what nobody needs."""

import itertools
from dataclasses import replace

from authz.holders import EVERYBODY, holders
from authz.profile import ALLOWED, DENIED, MASKED
from authz.reviewing import Unused, granting, runs_table, sees_table, unused, who_runs, who_sees
from authz.rights import Grant, Role, Run
from authz.rows import Condition
from authz.vocabulary import UNKNOWN
from tests.unit.authz import company, office
from tests.unit.authz.office import ELSEWHERE, ORDINARY, PROTECTED

EMAIL = ("Employee", "email")
BIRTH_DATE = ("PersonalDetails", "birthDate")

OWN_FILE = Role("signed_in", {"en": "All"}, (
    Grant("read", "directory", "public", "anyone"),
    Grant("read", "hr", "restricted", "self"),
    Grant("mask", "hr", "personal", "anyone", (Condition("is_my_manager", (True,)),)),
))  # fmt: skip


def said(seen):
    return [(each.holder.name, each.role, each.outcome, each.when) for each in seen]


def test_who_sees_a_field_of_an_employee_in_one_table():
    policy = office.policy(office.with_role(OWN_FILE))
    assert (
        sees_table(who_sees(policy, BIRTH_DATE, ORDINARY))
        == """\
# Who sees PersonalDetails.birthDate (hr, restricted)

## Of another employee

| Who | Role | How | When | Members |
|---|---|---|---|---|
| desk_br | helpdesk | in part | always | ana, bia |
| hr | hr_support | in full | always | hugo, group okno-hr |

## The employee themselves, besides

| Who | Role | How | When | Members |
|---|---|---|---|---|
| whoever is signed in | signed_in | in full | always | all |

## Those led by the employee, besides

Nobody.
"""
    )


def test_a_viewer_led_by_the_employee_stands_apart():
    policy = office.policy(office.with_role(OWN_FILE))
    sees = who_sees(policy, ("Employment", "manager"), ORDINARY)
    assert said(sees.reports) == [(EVERYBODY, "signed_in", MASKED, "always")]
    assert (EVERYBODY, "signed_in", MASKED, "always") not in said(sees.others)


def test_special_protection_and_another_region_leave_out_who_has_no_clearance():
    policy = office.policy()
    assert {each.holder.name for each in who_sees(policy, EMAIL, ORDINARY).others} == {"desk_br"}
    assert who_sees(policy, EMAIL, PROTECTED).others == ()
    assert who_sees(policy, EMAIL, ELSEWHERE).others == ()
    assert said(who_sees(policy, BIRTH_DATE, PROTECTED).others) == [("hr", "hr_support", ALLOWED, "always")]


def test_what_is_not_known_of_the_employee_counts_against():
    policy = office.policy()
    assert who_sees(policy, EMAIL, {}).others == ()
    assert who_sees(policy, EMAIL, {**ORDINARY, "vip": UNKNOWN}).others == ()


def test_what_hangs_on_the_moment_or_an_object_stays_open_in_words():
    policy = company.policy()
    tickets = who_sees(policy, company.LABELS.all.index(company.Label("ticket", "personal")), ORDINARY)
    when = {each.holder.name: each.when for each in tickets.others if each.role == "helpdesk"}
    assert when == {"helpdesk_all": "a ticket of theirs is in hand", "helpdesk_br": "a ticket of theirs is in hand"}
    certificate = ("Certificate", "serial")
    of_the_office = office.policy()
    assert [each.when for each in who_sees(of_the_office, certificate, ORDINARY).others] == ["certificate for VPN"]
    meant = {**ORDINARY, "certificate_purpose": "VPN"}
    assert [each.when for each in who_sees(of_the_office, certificate, meant).others] == ["always"]
    assert who_sees(of_the_office, certificate, {**meant, "certificate_purpose": "SIGNING"}).others == ()


def test_a_lead_is_listed_for_what_a_member_does_not_see():
    policy = office.policy()
    sees = who_sees(policy, ("Employment", "manager"), ORDINARY)
    assert [(each.holder.name, each.role, each.holder.members) for each in sees.others] == [
        ("desk_br", "helpdesk", ("ana", "bia")),
        ("lead of desk_br", "board_desk", ("ana",)),
        ("hr", "hr_support", ("hugo",)),
    ]


def test_the_review_names_exactly_those_whose_profiles_see():
    """Against the doorman itself, for every holder, label, employee and moment."""
    policy = company.policy()
    everybody = holders(policy)
    moments = [
        dict(zip(("case_open", "operator_country", "certificate_purpose"), each, strict=True))
        for each in itertools.product((True, False), ("BR", "US"), ("VPN", "SIGNING"))
    ]
    compared = 0
    for region, vip, own, is_self in itertools.product(
        ("br", "cis", UNKNOWN), (True, False, UNKNOWN), ("ordinary", "board"), (True, False)
    ):
        facts = {"region": region, "vip": vip, "department_class": own, "is_self": is_self, "is_my_manager": False}
        for place in range(len(company.LABELS.all)):
            sees = who_sees(policy, place, facts)
            named = sees.others + sees.themselves if is_self else sees.others
            best = {}
            for each in named:
                best[each.holder.name] = min(best.get(each.holder.name, DENIED), each.outcome)
            for holder in everybody:
                real = min(policy.profile(holder.actor).row_of({**facts, **moment})[place] for moment in moments)
                own_names = (holder.name, EVERYBODY, *([holder.team] if holder.lead else []))
                told_of = min(best.get(name, DENIED) for name in own_names)
                if is_self:
                    # What others see and the employee does not is not taken back, so only the other way is exact.
                    assert told_of <= real
                else:
                    assert told_of == real, (holder.name, company.LABELS.all[place], facts)
                compared += 1
    assert compared > 3000


def test_who_may_run_an_operation_and_what_they_must_fulfil():
    assert (
        runs_table(who_runs(company.policy(), "reset_password", ORDINARY))
        == """\
# Who may run reset_password

## Of another employee

| Who | Role | When | Must fulfil | Members |
|---|---|---|---|---|
| helpdesk_all | helpdesk | always | four_eyes when a second factor was reset in the last day, reason, ticket | nobody |
| helpdesk_br | helpdesk | always | four_eyes when a second factor was reset in the last day, reason, ticket | lead.br |
| officers | officer | always | four_eyes when a second factor was reset in the last day, reason, ticket | nobody |

## The employee themselves, besides

Nobody.

## Those led by the employee, besides

Nobody.
"""
    )


def test_nobody_runs_an_operation_on_themselves_or_their_manager_except_on_what_is_their_own():
    policy = company.policy()
    for name in company.RIGHTS.operations:
        runs = who_runs(policy, name, ORDINARY)
        assert runs.reports == ()
        assert bool(runs.themselves) == (name == "set_my_photo")
        assert all(each.obligations for each in runs.others)


def test_an_operation_is_for_nobody_where_no_role_reaches_or_protection_forbids():
    policy = office.policy()
    assert [each.holder.name for each in who_runs(policy, "unlock_account", ORDINARY).others] == ["desk_br"]
    for facts in (PROTECTED, ELSEWHERE, {}):
        assert who_runs(policy, "unlock_account", facts).others == ()
    assert who_runs(policy, "wipe_device", ORDINARY).others == ()
    assert who_runs(policy, "no_such_operation", ORDINARY).others == ()


def test_which_roles_grant_a_field_and_who_holds_them():
    assert [
        (each.role, each.action, each.scope, each.when, each.held_by)
        for each in granting(office.policy(), ("Employment", "manager"))
    ] == [
        ("board_desk", "read", "region", "always", ("lead of desk_br",)),
        ("helpdesk", "mask", "region", "department ordinary", ("desk_br",)),
        ("hr_support", "read", "anyone", "always", ("hr",)),
    ]
    everybody = granting(office.policy(), ("Employee", "login"))
    assert ("signed_in", (EVERYBODY,)) in [(each.role, each.held_by) for each in everybody]


def test_a_ceiling_takes_a_role_out_of_those_that_grant():
    policy = company.policy()
    personal = company.LABELS.all.index(company.Label("badge", "personal"))
    internal = company.LABELS.all.index(company.Label("badge", "internal"))
    assert granting(policy, personal) == ()
    assert {each.role for each in granting(policy, internal)} == {"guard", "officer", "analyst"}


def test_grants_that_open_nothing_and_roles_that_nobody_holds_are_found():
    spare = Role(
        "spare",
        {"en": "Spare"},
        (
            Grant("read", "badge", "internal"),
            Grant("read", "certificate", "restricted"),
            Grant("read", "hr", "personal"),
        ),
        (Run("unlock_account"), Run("*")),
    )
    rights = office.with_role(spare)
    assert unused(office.policy(rights)) == (
        Unused("board_desk", "read badge up to internal", "no field has such a label"),
        Unused("spare", "", "nobody holds it"),
        Unused("spare", "read badge up to internal", "no field has such a label"),
        Unused(
            "spare", "read certificate up to restricted", "internal is enough: no field that may be granted is above it"
        ),
    )  # fmt: skip


def test_a_role_of_everyone_is_held():
    rights = replace(office.RIGHTS, everyone=())
    assert Unused("signed_in", "", "nobody holds it") in unused(office.policy(rights))
    assert Unused("signed_in", "", "nobody holds it") not in unused(office.policy())


def test_grants_of_which_nothing_was_read_are_told_when_use_is_counted():
    why = "none of its fields was read"
    used = {("Employee", "phones"): 3, ("Employee", "login"): 8, BIRTH_DATE: 0, ("Certificate", "serial"): 1}
    assert [each for each in unused(office.policy(), used) if each.why == why] == [
        Unused("board_desk", "read hr up to personal", why),
        Unused("helpdesk", "mask hr up to restricted", why),
        Unused("hr_support", "read hr up to restricted", why),
    ]
