"""A policy as the rest of the program asks it: assignments, rows under ceilings, operations."""

import dataclasses
import logging
from pathlib import Path

import pytest

from authz.engine import OsoEngine
from authz.policy import OperationDecision, Policy
from authz.rights import Actor, Assignment, Ceiling, Operation, Rights, Role
from authz.rows import Condition, Forbid, OpForbid, Permit
from tests.unit.authz.company import LABELS, RIGHTS, policy, with_role

POLICY = policy()
ORDINARY = {"region": "br", "vip": False, "is_self": False, "is_my_manager": False}


def test_a_member_has_the_teams_roles_and_everyones() -> None:
    assert POLICY.assignments("helpdesk_br", "anna") == (
        Assignment("helpdesk", ("br",), "helpdesk_br"),
        Assignment("self_service", (), "everyone"),
    )


def test_a_lead_has_the_leads_besides() -> None:
    assert [each.role for each in POLICY.assignments("helpdesk_br", "lead.br")] == [
        "helpdesk", "team_lead", "self_service",
    ]  # fmt: skip


@pytest.mark.parametrize("team", [None, "", "gone"])
def test_without_a_team_there_is_what_everybody_has(team: str | None) -> None:
    assert POLICY.assignments(team, "lead.br") == (Assignment("self_service", (), "everyone"),)
    assert POLICY.actor(team, "lead.br").clearance == ()


def test_clearance_comes_from_the_team_and_from_the_hour() -> None:
    assert POLICY.actor("officers", "anna").clearance == ("vip",)
    assert POLICY.actor("officers", "anna", (), ("audit", "vip")).clearance == ("audit", "vip")
    assert POLICY.actor("helpdesk_br", "anna").clearance == ()


def test_rows_tell_role_scope_and_conditions() -> None:
    rows = POLICY.permits(POLICY.actor("helpdesk_br", "anna"), "read")
    region = Condition("region", ("br",))
    assert Permit("read", "account", "internal", (region,), "helpdesk") in rows
    assert Permit("read", "ticket", "personal", (region, Condition("case_open", (True,))), "helpdesk") in rows
    assert Permit("read", "hr", "personal", (Condition("is_self", (True,)),), "self_service") in rows
    assert Permit("read", "structure", "public", (), "signed in") in rows
    assert {row.action for row in rows} == {"read"}
    # In every region there is no condition to be in one.
    everywhere = POLICY.permits(POLICY.actor("helpdesk_all", "anna"), "read")
    assert Permit("read", "account", "internal", (), "helpdesk") in everywhere


def test_a_forbid_is_told_to_those_whom_it_is_about() -> None:
    (row,) = POLICY.forbids(POLICY.actor("helpdesk_br", "anna"), "mask")
    assert isinstance(row, Forbid)
    assert (row.domain, row.floor) == ("*", "internal")
    assert row.when == (Condition("vip", (True,)), Condition("is_self", (False,)))
    assert POLICY.forbids(POLICY.actor("officers", "anna"), "mask") == ()


def test_a_grant_of_everything_is_told_domain_by_domain_under_a_ceiling() -> None:
    rows = [row for row in POLICY.permits(POLICY.actor("officers", "anna"), "read") if row.role == "officer"]
    assert {row.domain: row.ceiling for row in rows} == {
        label.domain: "confidential" if label.domain == "badge" else "personal" for label in LABELS.all
    }
    internal = [row for row in POLICY.permits(POLICY.actor("analysts", "anna"), "read") if row.role == "analyst"]
    assert [(row.domain, row.ceiling) for row in internal] == [("*", "internal")]


def test_the_strictest_of_two_owners_counts() -> None:
    ceilings = (*RIGHTS.ceilings, Ceiling("badges_two", "guards", {"badge": "internal"}))
    rights = dataclasses.replace(
        RIGHTS,
        ceilings=ceilings,
        roles={**RIGHTS.roles, "guard": Role("guard", {}, ())},
    )
    strict = Policy.of(rights, LABELS)
    rows = strict.permits(strict.actor("officers", "anna"), "read")
    assert {row.ceiling for row in rows if row.domain == "badge"} == {"internal"}


def test_an_operation_tells_who_may_when_and_after_what() -> None:
    rules = POLICY.operation(POLICY.actor("helpdesk_br", "anna"), "reset_password")
    assert {row.role for row in rules.permits} == {"helpdesk"}
    assert {row.when[0].attr for row in rules.forbids} == {"is_self", "is_my_manager", "vip"}
    assert {row.kind for row in rules.obligations} == {"reason", "ticket", "four_eyes"}
    assert POLICY.operation(POLICY.actor("nobody", "anna"), "reset_password").permits == ()


def test_a_denied_operation_still_tells_its_reason() -> None:
    got = POLICY.decide(POLICY.actor("officers", "anna"), "reset_password", {**ORDINARY, "is_self": True})
    assert not got.allowed
    assert got.because == OpForbid(
        "reset_password", (Condition("is_self", (True,)),), "nobody runs an operation on themselves"
    )


class _Failing(OsoEngine):
    def op_forbids(self, actor: Actor, operation: Operation) -> tuple[OpForbid, ...]:
        raise RuntimeError("broken")


def test_a_decision_that_fails_is_a_denial(caplog: pytest.LogCaptureFixture) -> None:
    broken = Policy(RIGHTS, LABELS, POLICY.polar, _Failing(POLICY.polar, RIGHTS))
    with caplog.at_level(logging.ERROR, "okno.authz"):
        assert broken.decide(broken.actor("helpdesk_br", "a"), "unlock_account", ORDINARY) == OperationDecision(False)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_every_part_of_a_policy_changes_its_version() -> None:
    changed: list[Rights] = [
        with_role(Role("extra", {}, ())),
        dataclasses.replace(RIGHTS, ceilings=()),
        dataclasses.replace(RIGHTS, everyone=()),
        dataclasses.replace(RIGHTS, department_classes={}),
    ]
    # The guards' role must fit whatever the ceilings are; taking them away only widens.
    versions = {Policy(each, LABELS, POLICY.polar, OsoEngine(POLICY.polar, each)).version for each in changed}
    other_labels = dataclasses.replace(LABELS, of={**LABELS.of, ("Employee", "login"): 7})
    versions.add(Policy(RIGHTS, other_labels, POLICY.polar, OsoEngine(POLICY.polar, RIGHTS)).version)
    assert len(versions | {POLICY.version}) == 6
    assert Policy.of(RIGHTS, LABELS).version == POLICY.version


def test_a_policy_is_warm_before_anybody_signs_in() -> None:
    fresh = policy()
    assert list(fresh.warm()) == list(RIGHTS.teams)
    assert set(RIGHTS.roles) - {"team_lead"} == {name for name, _ in fresh._engine._roles}  # type: ignore[attr-defined]


def test_only_the_engine_knows_the_language_of_the_policy() -> None:
    folder = Path(__file__).parents[3]
    rooms = ("authz", "audit", "gateway", "operations", "resolvers", "schema", "sources", "ui", "sandbox")
    importing = [
        str(path.relative_to(folder))
        for room in rooms
        for path in (folder / room).rglob("*.py")
        if "node_modules" not in path.parts
        and any(
            line.startswith(("from oso", "import oso", "from polar", "import polar"))
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    ]
    assert importing == ["authz/engine.py"]
