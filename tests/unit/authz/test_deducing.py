"""Who can conclude which employees are under special protection is known, named, and does not change unseen."""

from dataclasses import replace

from authz.deducing import deducing
from authz.matrix import matrix
from authz.policy import Policy
from tests.rights.installation import policy as sandbox
from tests.unit.authz.company import LABELS, RIGHTS, policy

OF_EVERY_REGION = (
    "access_badges",
    "analysts",
    "helpdesk_second_line",
    "lead of helpdesk_second_line",
    "hr_support",
    "identity_access",
    "mail",
    "network_vpn",
    "onboarding",
    "pki",
    "service_integrators",
    "software",
    "workplace_equipment",
)
"""Teams of the sandbox that reach every region and are not cleared. A change of this list is a change of who may know."""


def test_just_these_teams_of_the_sandbox_can_conclude_it() -> None:
    assert deducing(sandbox()) == OF_EVERY_REGION


def test_the_matrix_names_them() -> None:
    line = f"Can conclude who is under special protection, without being cleared: {', '.join(OF_EVERY_REGION)}."
    assert line in matrix(sandbox()).splitlines()
    assert "Whoever reaches every region without the clearance" in matrix(sandbox())


def test_clearance_and_regions_keep_a_team_from_concluding() -> None:
    def changed(**what: object) -> tuple[str, ...]:
        team = replace(RIGHTS.teams["helpdesk_all"], **what)  # type: ignore[arg-type]  # one field at a time, by name
        rights = replace(RIGHTS, teams={"helpdesk_all": team})
        return deducing(Policy.of(rights, LABELS))

    assert changed() == ("helpdesk_all",)
    assert changed(clearance=("vip",)) == ()
    assert changed(regions=("br", "cis")) == ()
    assert changed(regions=RIGHTS.regions) == ("helpdesk_all",), "every region by name is every region"
    assert "helpdesk_br" not in deducing(policy())
