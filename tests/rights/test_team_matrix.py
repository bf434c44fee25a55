"""Team by field by kind of employee, for every team of the sandbox: as committed, and in a few sentences by hand."""

import pytest

from authz.vocabulary import UNKNOWN
from tests.rights.installation import policy
from tests.rights.team_matrix import EXPECTED, Table, differences, kinds, read, table, who, written

NOT_OF_AN_EMPLOYEE = frozenset({"gateway", "policy"})
"""Domains whose fields are reached without anybody in particular, so that nobody's facts are asked."""


def outcome(name: str, kind: str, field: str) -> str:
    """What a team sees of a field (`Type.field`), or whether it runs an operation."""
    of = policy()
    team, actor = who(of)[name]
    facts = kinds(team)[kind]
    if "." not in field:
        return "yes" if of.decide(actor, field, facts).allowed else "no"
    type_name, _, field_name = field.partition(".")
    return ("yes", "part", "no")[of.profile(actor).row_of(facts)[of.labels.of[type_name, field_name]]]


def test_there_are_sixteen_teams_and_more_over_four_regions_with_two_lines_of_help_desks() -> None:
    teams = policy().rights.teams
    assert len(teams) >= 16
    assert policy().rights.regions == ("br", "cis", "af", "eu")
    first = [name for name, team in teams.items() if "helpdesk" in team.roles and "helpdesk_senior" not in team.roles]
    second = [name for name, team in teams.items() if "helpdesk_senior" in team.roles]
    assert first == ["helpdesk_af", "helpdesk_br", "helpdesk_cis"]
    assert second == ["executive_support", "helpdesk_second_line"]
    assert {region for name in (*first, "helpdesk_second_line") for region in teams[name].regions} == {
        "br",
        "cis",
        "af",
        "eu",
    }


def test_every_set_of_rights_has_its_committed_table_and_no_other_is_left() -> None:
    assert sorted(file.stem for file in EXPECTED.glob("*.txt")) == sorted(who(policy()))


@pytest.mark.parametrize("name", sorted(file.stem for file in EXPECTED.glob("*.txt")))
def test_what_a_team_sees_of_each_kind_of_employee_is_as_committed(name: str) -> None:
    of = policy()
    before = read((EXPECTED / f"{name}.txt").read_text(encoding="utf-8"))
    found = list(differences(of, name, before, table(of, *who(of)[name])))
    assert found == [], "read them; if they are meant, `python -m tests.rights.team_matrix` writes them down"


def test_a_table_covers_every_label_for_every_kind_of_employee() -> None:
    of = policy()
    for name, (team, actor) in who(of).items():
        found = read(written(table(of, team, actor)))
        labels = {about for about, _ in found if not about.startswith("run ")}
        assert len(labels) == len(of.labels.all), name
        assert len(found) == len({about for about, _ in found}) * len(kinds(team)), name


def test_a_difference_names_team_field_and_kind() -> None:
    of = policy()
    before: Table = table(of, *who(of)["pki"])
    now = {**before, ("account internal", "protected"): "yes", ("run freeze", "ordinary"): "yes"}
    account, freeze = differences(of, "pki", before, now)
    assert account.startswith("pki: account internal (Account.createdAt, ")
    assert account.endswith(", protected: expected no, is yes")
    assert freeze == "pki: run freeze, ordinary: expected not there, is yes"


SAID = """
access_badges         ordinary      yes   Passage.door
access_badges         ordinary      no    Account.locked
access_badges         protected     no    Badge.status
access_badges         ordinary      yes   block_badge
access_badges         self          no    block_badge
analysts              elsewhere     yes   Device.hostname
analysts              ordinary      part  Phone.number
analysts              ordinary      no    PersonalDetails.birthDate
analysts              ordinary      no    Device.mac
analysts              protected     no    Device.hostname
analysts              ordinary      no    create_ticket
employees             self          yes   PersonalDetails.birthDate
employees             self          yes   Disagreement.code
employees             self          yes   Passage.door
employees             ordinary      yes   Employee.name
employees             ordinary      no    Employee.workplace
employees             manager       no    Employee.phones
employees             self          no    update_contact
executive_support     protected     yes   Phone.number
executive_support     protected     yes   Account.lastSignInAt
executive_support     protected     no    PersonalDetails.homeAddress
executive_support     protected     yes   unlock_account
executive_support     grave_object  no    add_to_group
executive_support     plain_object  yes   add_to_group
helpdesk_af           ordinary      yes   Account.locked
helpdesk_af           elsewhere     no    Account.locked
helpdesk_br           ordinary      yes   Account.lockedSince
helpdesk_br           ordinary      part  Phone.number
helpdesk_br           ordinary      no    Account.lastSignInAt
helpdesk_br           elsewhere     yes   Employee.name
helpdesk_br           elsewhere     no    Employee.workplace
helpdesk_br           elsewhere     no    unlock_account
helpdesk_br           protected     no    Employee.workplace
helpdesk_br           protected     no    unlock_account
helpdesk_br           manager       no    unlock_account
helpdesk_br           unplaced      no    Account.locked
helpdesk_br           ordinary      no    disable_account
helpdesk_br           ordinary      no    FieldAccess.near
helpdesk_br+lead      ordinary      yes   FieldAccess.near
helpdesk_br+lead      ordinary      no    FieldAccess.rule
helpdesk_br+lead      ordinary      yes   grant_rights
helpdesk_br+lead      elsewhere     no    grant_rights
helpdesk_cis          ordinary      yes   SecondFactor.locked
helpdesk_cis          ordinary      no    SecondFactor.lastUsedAt
helpdesk_second_line  ordinary      yes   Phone.number
helpdesk_second_line  ordinary      yes   disable_account
helpdesk_second_line  protected     no    Phone.number
helpdesk_second_line  self          no    disable_account
hr_support            ordinary      yes   PersonalDetails.documentNumber
hr_support            unplaced      yes   Employment.terminatedOn
hr_support            protected     no    PersonalDetails.documentNumber
hr_support            ordinary      no    Certificate.serial
hr_support            ordinary      yes   update_contact
identity_access       ordinary      yes   SecondFactor.lastUsedAt
identity_access       ordinary      yes   Employment.terminatedOn
identity_access       ordinary      no    PersonalDetails.birthDate
identity_access       grave_object  yes   add_to_group
identity_access       self          no    add_to_group
mail                  ordinary      yes   OutOfOffice.message
mail                  ordinary      no    Device.hostname
network_vpn           ordinary      yes   VpnSession.realAddress
network_vpn           plain_object  yes   Certificate.serial
network_vpn           grave_object  no    Certificate.serial
network_vpn           ordinary      no    terminate_sessions
onboarding            ordinary      part  PersonalDetails.birthDate
onboarding            ordinary      yes   Employment.hiredOn
onboarding            grave_object  no    add_to_group
onboarding            protected     no    Employment.hiredOn
pki                   ordinary      yes   Certificate.serial
pki                   ordinary      no    Employment.terminatedOn
pki                   ordinary      yes   revoke_certificate
security_officers     protected     yes   Employee.vip
security_officers     ordinary      part  PersonalDetails.documentNumber
security_officers     protected     yes   FieldAccess.rule
security_officers     ordinary      yes   publish_policy
security_officers     ordinary      no    unlock_account
security_operations   protected     yes   Passage.door
security_operations   ordinary      yes   Employment.terminatedOn
security_operations   ordinary      no    PersonalDetails.birthDate
security_operations   protected     yes   disable_account
security_operations   manager       no    disable_account
service_integrators   ordinary      yes   Device.hostname
service_integrators   ordinary      no    Account.locked
service_integrators   protected     no    Device.hostname
software              ordinary      yes   InstalledSoftware.name
software              ordinary      no    Device.mac
workplace_equipment   ordinary      yes   Device.mac
workplace_equipment   ordinary      yes   DeviceManagement.lastSeenAt
workplace_equipment   ordinary      no    Account.locked
workplace_equipment   ordinary      yes   wipe_device
"""


@pytest.mark.parametrize("said", [line for line in SAID.splitlines() if line])
def test_what_was_said_by_hand_holds(said: str) -> None:
    name, kind, expected, field = said.split()
    assert outcome(name, kind, field) == expected


def test_something_is_said_by_hand_of_every_team() -> None:
    assert {line.split()[0].split("+")[0] for line in SAID.splitlines() if line} == set(policy().rights.teams)


def test_to_a_regional_team_somebody_protected_is_like_somebody_from_elsewhere() -> None:
    of = policy()
    for name, (team, actor) in who(of).items():
        if "vip" in actor.clearance or not team.regions:
            continue
        found = table(of, team, actor)
        told = {
            about
            for about, kind in found
            if kind == "protected" and found[about, kind] != found[about, "elsewhere"]
        } | {about for about, _ in found if found[about, "protected"] != found[about, "protected_elsewhere"]}  # fmt: skip
        assert {about.split()[0] for about in told} <= NOT_OF_AN_EMPLOYEE, name


def test_what_is_not_known_opens_nothing_that_something_known_does_not() -> None:
    of = policy()
    rank = {"yes": 0, "part": 1, "no": 2}
    for name, (team, actor) in who(of).items():
        found = table(of, team, actor)
        for about in {about for about, _ in found}:
            for kind in ("ordinary", "elsewhere", "protected", "protected_elsewhere"):
                assert rank[found[about, "unknown"]] >= rank[found[about, kind]], (name, about, kind)


def test_a_team_that_is_not_cleared_sees_nothing_internal_of_whom_nothing_is_known() -> None:
    of = policy()
    for name, (team, actor) in who(of).items():
        if "vip" in actor.clearance:
            continue
        row = of.profile(actor).row_of(dict.fromkeys(kinds(team)["ordinary"], UNKNOWN))
        shown = {label for label, each in zip(of.labels.all, row, strict=True) if each != 2}
        assert {label.sensitivity for label in shown} == {"public"}, name


def test_no_team_but_hr_reads_the_personal_file_of_others_in_full() -> None:
    kinds_of_others = ("ordinary", "elsewhere", "protected", "protected_elsewhere", "manager")
    reading = {
        name
        for name in who(policy())
        for kind in kinds_of_others
        if outcome(name, kind, "PersonalDetails.birthDate") == "yes"
    }
    assert reading == {"hr_support"}


def test_whether_somebody_is_protected_is_told_to_security_alone() -> None:
    told = {
        name
        for name, (team, _) in who(policy()).items()
        for kind in kinds(team)
        if outcome(name, kind, "Employee.vip") != "no"
    }
    assert told == {"security_officers", "security_operations"}


def test_rights_are_changed_by_officers_alone_of_whom_there_are_two() -> None:
    for operation in (
        "propose_policy",
        "approve_policy",
        "publish_policy",
        "rollback_policy",
        "review_break_glass",
        "freeze",
    ):
        may = {
            name
            for name, (team, _) in who(policy()).items()
            for kind in kinds(team)
            if outcome(name, kind, operation) == "yes"
        }
        assert may == {"security_officers"}, operation
    assert len(policy().rights.teams["security_officers"].members) == 2


def test_nobody_runs_anything_on_themselves_or_their_manager() -> None:
    of = policy()
    for name, (team, actor) in who(of).items():
        for kind in ("self", "self_protected", "manager"):
            facts = kinds(team)[kind]
            may = [operation for operation in of.rights.operations if of.decide(actor, operation, facts).allowed]
            assert may == [], (name, kind)
