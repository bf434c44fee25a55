"""Gains and losses between two versions: exact tables, nothing gained without being told, and refusal past a bound."""

from dataclasses import replace

import pytest

from authz.differing import TooManyKinds, diff, table
from authz.kinds import MOST_KINDS
from authz.labels import Labels
from authz.policy import Policy
from authz.rights import Ceiling, Grant, Operation, Role, Run, TeamRights
from authz.rows import Condition
from tests.unit.authz import company, office

OLD = office.policy()
DESK = office.RIGHTS.teams["desk_br"]
HR = office.RIGHTS.teams["hr"]
DUTIES = "region br or cis, and not under special protection, and not the viewer themselves, and not the viewer's own manager"


def against(rights, polar=None):
    return diff(OLD, office.policy(rights, polar))


def desk_with(*more, runs=()):
    role = office.HELPDESK
    return office.with_role(replace(role, grants=(*role.grants, *more), runs=(*role.runs, *runs)))


def lines(changes):
    return [(each.who, each.what, each.was, each.now, each.whom) for each in changes]


def test_nothing_differs_from_itself():
    same = against(office.RIGHTS)
    assert same.gains == same.losses == ()
    assert not same.widening
    assert table(same) == "# Gains and losses\n\n**No difference** in what anybody may see or do.\n"


def test_a_grant_is_told_in_words_by_what_it_opens_and_for_whom():
    assert (
        table(against(desk_with(Grant("read", "hr", "personal"))))
        == """\
# Gains and losses

**Widening**: somebody gains something. It takes two people to publish this.

## Gained

| Who | What | Was | Will be | When |
|---|---|---|---|---|
| desk_br | hr (personal) | not shown | read | region br or cis, and department other than ordinary (or not known), and either the viewer themselves, or not under special protection |
| desk_br | hr (personal) | read in part | read | region br or cis, and department ordinary, and either the viewer themselves, or not under special protection |

## Fields meant

- hr, personal: Employment.manager
"""
    )


def test_narrowing_is_told_as_such():
    narrower = office.with_role(replace(office.HELPDESK, grants=office.HELPDESK.grants[1:]))
    assert (
        table(against(narrower))
        == """\
# Gains and losses

**Narrowing**: nobody gains anything. One person may publish this.

## Lost

| Who | What | Was | Will be | When |
|---|---|---|---|---|
| desk_br | directory (internal) | read | not shown | region br or cis, and either the viewer themselves, or not under special protection |

## Fields meant

- directory, internal: Employee.email, Employee.phones
"""
    )


def test_alike_things_and_alike_holders_are_told_in_one_line():
    joined = office.with_team(
        replace(DESK, members=("bia", "caio", "davi")), office.with_team(TeamRights("second", ()))
    )
    twice = replace(joined, teams={**joined.teams, "second": TeamRights("second", (), members=("caio", "davi"))})
    assert "| desk_br, second | member caio; member davi | outside | inside | always |" in table(against(twice))


def test_the_other_way_round_every_gain_is_a_loss():
    wider = office.policy(desk_with(Grant("read", "hr", "personal")))
    there, back = diff(OLD, wider), diff(wider, OLD)
    assert there.losses == back.gains == ()
    assert [(who, what, now, was, whom) for who, what, was, now, whom in lines(there.gains)] == lines(back.losses)
    assert there.widening
    assert not back.widening


def test_an_operation_is_told_with_what_must_be_fulfilled():
    assert lines(against(desk_with(runs=(Run("wipe_device"),))).gains) == [
        (
            "desk_br", "run wipe_device", "may not", "may, with caller_verified, reason, step_up, ticket",
            f"{DUTIES}, and the caller has not proven who they are (or not known)",
        ),
        (
            "desk_br", "run wipe_device", "may not", "may, with reason, step_up, ticket",
            f"{DUTIES}, and the caller has proven who they are",
        ),
    ]  # fmt: skip


def test_an_obligation_dropped_is_a_gain_and_one_added_a_loss():
    stricter = replace(office.RIGHTS, operations={"unlock_account": Operation("unlock_account", "account", "medium")})
    added = against(stricter)
    assert lines(added.losses) == [("desk_br", "run unlock_account, ticket", "not asked for", "asked for", DUTIES)]
    assert not added.widening
    dropped = diff(office.policy(stricter), OLD)
    assert lines(dropped.gains) == [("desk_br", "run unlock_account, ticket", "asked for", "not asked for", DUTIES)]
    assert dropped.losses == ()


def test_what_everybody_gains_is_not_told_again_for_each_team():
    open_hand = Grant("read", "certificate", "internal", "anyone")
    wider = office.with_role(replace(office.SIGNED_IN, grants=(*office.SIGNED_IN.grants, open_hand)))
    found = against(wider).gains
    assert [each.whom for each in found if each.who == "whoever is signed in"] == [
        "either the viewer themselves, or not under special protection"
    ]
    assert "lead of desk_br" not in {each.who for each in found}


def test_a_lead_gains_alone():
    wider = office.with_role(replace(office.BOARD, grants=(Grant("read", "hr", "restricted"),)))
    assert {each.who for each in against(wider).gains} == {"lead of desk_br"}


def test_a_role_that_nobody_holds_counts_since_it_can_be_given_for_a_time():
    spare = Role("spare", {"en": "Spare"}, (Grant("read", "certificate", "internal"),))
    assert lines(against(office.with_role(spare)).gains) == [
        (
            "role spare, given for a time", "certificate, internal", "not shown", "read",
            "either the viewer themselves, or not under special protection",
        )
    ]  # fmt: skip


def test_a_role_that_reached_a_region_and_now_reaches_anyone_is_a_gain_even_unheld():
    regional = Role("spare", {"en": "Spare"}, (Grant("read", "certificate", "internal"),))
    anywhere = replace(regional, grants=(replace(regional.grants[0], scope="anyone"),))
    found = diff(office.policy(office.with_role(regional)), office.policy(office.with_role(anywhere)))
    assert [(each.who, each.whom) for each in found.gains] == [
        (
            "role spare, given for a time and a region",
            "region other than of the grant (or not known), and either the viewer themselves, or not under special protection",
        )
    ]
    assert found.losses == ()


def test_an_object_not_looked_at_yet_is_a_kind_of_its_own():
    purpose = Condition("certificate_purpose", ("VPN", "WIFI"))
    wider = replace(
        office.HELPDESK,
        grants=tuple(
            replace(each, when=(purpose,)) if each.domain == "certificate" else each for each in office.HELPDESK.grants
        ),
    )
    assert [each.whom for each in against(office.with_role(wider)).gains] == [
        "region br or cis, and certificate for WIFI, and either the viewer themselves, or not under special protection"
    ]


def test_clearance_taken_away_is_a_loss_and_given_a_gain():
    without = office.with_team(replace(HR, clearance=()))
    taken = against(without)
    assert taken.gains == ()
    assert lines(taken.losses)[0] == ("hr", "clearance vip", "cleared", "not cleared", "always")
    assert {each.whom for each in taken.losses[1:]} == {
        "under special protection (or not known), and not the viewer themselves (or not known)"
    }
    assert diff(office.policy(without), OLD).widening


@pytest.mark.parametrize(
    ("team", "told_of"),
    [
        (replace(DESK, members=("bia", "caio")), "member caio"),
        (replace(DESK, services=("robot",)), "service robot"),
        (replace(DESK, groups=("okno-desk",)), "directory group okno-desk"),
        (replace(DESK, lead="bia"), "lead bia"),
        (replace(DESK, clearance=("vip",)), "clearance vip"),
    ],
)
def test_belonging_to_a_team_is_a_gain(team, told_of):
    found = against(office.with_team(team))
    assert found.widening
    assert told_of in [each.what for each in found.gains]


def test_somebody_who_leaves_a_team_gains_nothing():
    found = against(office.with_team(replace(DESK, members=())))
    assert not found.widening
    assert lines(found.losses) == [("desk_br", "member bia", "inside", "outside", "always")]


def test_a_new_team_gains_all_it_has_beyond_everybody():
    found = against(office.with_team(TeamRights("pki", ("helpdesk",), ("af",), members=("pia",))))
    assert found.losses == ()
    assert {each.what for each in found.gains if each.who == "pki"} == {
        "member pia", "certificate, internal", "directory, internal", "hr, personal", "hr, restricted",
        "run unlock_account",
    }  # fmt: skip
    assert all(each.whom.startswith("region af, and ") for each in found.gains[1:])


@pytest.mark.parametrize(
    ("ceilings", "gain", "loss"),
    [
        ((), "up to internal -> no limit", None),
        ((Ceiling("turnstiles", "facilities", {"badge": "personal"}),), "up to internal -> up to personal", None),
        ((Ceiling("turnstiles", "facilities", {"badge": "internal"}, operations=("wipe_device",)),), None, "any -> wipe_device"),
        (
            (Ceiling("turnstiles", "facilities", {"badge": "internal"}, approved_by={"unlock_account": "facilities"}),),
            None, "nobody asked -> by facilities",
        ),
    ],
)  # fmt: skip
def test_a_ceiling_raised_is_a_gain_and_one_set_a_loss(ceilings, gain, loss):
    found = against(replace(office.RIGHTS, ceilings=ceilings))
    assert found.widening == (gain is not None)
    assert gain in [None, *(f"{each.was} -> {each.now}" for each in found.gains)]
    assert loss in [None, *(f"{each.was} -> {each.now}" for each in found.losses)]
    assert found.gains or found.losses


def test_a_lowered_ceiling_is_told_by_what_it_takes():
    found = against(
        replace(office.RIGHTS, ceilings=(*office.RIGHTS.ceilings, Ceiling("people", "hr", {"directory": "internal"})))
    )
    assert [each.what for each in found.losses] == ["lets directory be granted"]


def test_a_department_of_another_class_is_both():
    found = against(replace(office.RIGHTS, department_classes={"Board": "board"}))
    assert found.gains == found.losses
    assert lines(found.gains) == [("department Board", "class", "ordinary", "board", "always")]


def test_a_field_with_a_milder_label_is_a_gain_for_whom_it_opens():
    of = {**office.LABELS.of, ("PersonalDetails", "birthDate"): 3}
    milder = Policy.of(office.RIGHTS, Labels(office.LABELS.all, of, office.LABELS.entrance))
    found = diff(OLD, milder)
    whole = [each for each in found.gains if each.who == "desk_br"]
    assert {each.what for each in whole} == {"directory, internal (was hr, restricted)"}
    assert {each.fields for each in whole} == {("PersonalDetails.birthDate",)}
    assert [each.who for each in found.losses] == ["hr"]


def test_a_field_no_longer_hidden_is_told_of_to_those_who_may_not_read_it():
    shown = tuple(replace(each, hidden=False) for each in office.LABELS.all)
    found = diff(OLD, Policy.of(office.RIGHTS, Labels(shown, office.LABELS.of, office.LABELS.entrance)))
    assert lines(found.gains) == [("whoever may not read it", "Policy.rules", "not told of", "told of", "always")]
    assert found.losses == ()


def test_a_rule_of_the_installations_own_is_gone_through_too():
    rule = """
    forbid(_actor, "read", "directory", "internal", [{attr: "operator_country", any: ["XX"]}], "not from there");
    """
    found = against(office.RIGHTS, {"country.polar": rule})
    assert found.gains == ()
    assert ("desk_br", "directory, internal") in [(each.who, each.what) for each in found.losses]
    assert all("viewer in XX (or not known)" in each.whom for each in found.losses)


def test_tables_are_the_same_each_time_and_nothing_breaks_out_of_a_cell():
    rights = office.with_team(replace(DESK, members=("a|b", "c\nd"), regions=("br",)))
    first, second = table(against(rights)), table(against(rights))
    assert first == second
    assert "member a\\|b; member c d" in first


def test_more_kinds_than_can_be_gone_through_are_refused_with_the_sizes():
    many = tuple(
        Grant("read", "hr", "restricted", "anyone", (
            Condition("region", (f"r{n}",)),
            Condition("department_class", (f"d{n}",)),
            Condition("operator_country", (f"{chr(65 + n // 26)}{chr(65 + n % 26)}",)),
        ))
        for n in range(40)
    )  # fmt: skip
    wider = replace(
        desk_with(*many),
        regions=(*office.RIGHTS.regions, *(f"r{n}" for n in range(40))),
        department_classes={f"D{n}": f"d{n}" for n in range(40)},
    )
    with pytest.raises(TooManyKinds, match=rf"region 43 × .*operator_country 42.*at most {MOST_KINDS} can be gone"):
        diff(OLD, office.policy(wider))


@pytest.mark.parametrize(
    "change",
    [
        lambda role: replace(role, grants=(*role.grants, Grant("read", "hr", "personal"))),
        lambda role: replace(role, runs=role.runs[1:]),
    ],
)
def test_leaving_out_what_is_alike_leaves_out_nothing_that_differs(change):
    """The same rights under a text that differs in a comment alone are gone through in full, to the same end."""
    role = change(company.ROLES[0])
    rights = replace(company.RIGHTS, roles={**company.RIGHTS.roles, role.name: role})
    old = company.policy()
    quick = diff(old, Policy.of(rights, company.LABELS))
    whole = diff(old, Policy.of(rights, company.LABELS, {"comment.polar": "# nothing\n"}))
    assert quick == whole
    assert quick.gains or quick.losses


def test_the_fixed_text_reads_by_grants_alone_and_runs_by_runs_alone():
    """What a diff relies on to leave out half of the work."""
    changed = {
        name: (replace(role, grants=(*role.grants, Grant("read", "hr", "personal"))), replace(role, runs=(Run("*"),)))
        for name, role in company.RIGHTS.roles.items()
    }
    old = company.policy()
    granted = Policy.of(
        replace(company.RIGHTS, roles={name: each[0] for name, each in changed.items()}), company.LABELS
    )
    running = Policy.of(
        replace(company.RIGHTS, roles={name: each[1] for name, each in changed.items()}), company.LABELS
    )
    for actor in company.actors(old).values():
        assert granted.permits(actor, "read") != old.permits(actor, "read") or not actor.assignments
        for action in ("read", "mask"):
            assert running.permits(actor, action) == old.permits(actor, action)
            assert running.forbids(actor, action) == old.forbids(actor, action)
        for name in company.RIGHTS.operations:
            assert granted.operation(actor, name) == old.operation(actor, name)


def test_a_ceiling_raised_above_every_label_there_is_is_a_gain():
    """It opens nothing today, and the next field that gets such a label without anybody being asked."""
    higher = Grant("read", "certificate", "restricted", when=(Condition("certificate_purpose", ("VPN",)),))
    grants = (*(each for each in office.HELPDESK.grants if each.domain != "certificate"), higher)
    found = against(office.with_role(replace(office.HELPDESK, grants=grants)))
    assert found.widening
    assert [(each.who, each.what, each.was, each.now) for each in found.gains] == [
        ("role helpdesk", "read certificate, of region: fields to come", "up to internal", "up to restricted")
    ]
    assert found.losses == ()


def test_a_grant_below_every_label_there_is_is_a_gain_too():
    role = replace(office.HELPDESK, grants=(*office.HELPDESK.grants, Grant("read", "badge", "public")))
    found = against(office.with_role(role))
    assert [(each.what, each.was, each.now) for each in found.gains] == [
        ("read badge, of region: fields to come", "none", "up to public")
    ]


def test_another_queue_is_a_gain_and_a_loss():
    """Whoever has a ticket of their queue in hand may be shown what hangs on a case."""
    was = office.with_team(replace(office.RIGHTS.teams["desk_br"], queue="Desk"))
    now = office.with_team(replace(office.RIGHTS.teams["desk_br"], queue="Board"))
    found = diff(office.policy(was), office.policy(now))
    assert [each.what for each in found.gains] == ["queue Board"]
    assert [each.what for each in found.losses] == ["queue Desk"]


def test_a_service_on_its_own_behalf_is_gone_through_as_well():
    served = office.with_team(replace(office.RIGHTS.teams["hr"], services=("robot",)))
    rule = 'forbid(actor, _action, "directory", "internal", [], "not for robots") if actor.unattended = true;'
    found = diff(office.policy(served), office.policy(served, {"more.polar": rule}))
    assert found.gains == ()
    assert {each.who for each in found.losses} >= {"role helpdesk, given for a time, to a service for nobody"}
    assert all("for nobody" in each.who for each in found.losses), "people lose nothing"
    assert diff(office.policy(served, {"more.polar": rule}), office.policy(served)).widening
