"""An office smaller than the company: few enough rights that every text about them can be written out by hand."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from authz.labels import Label, Labels
from authz.policy import Policy
from authz.rights import Ceiling, Grant, Operation, Rights, Role, Run, TeamRights
from authz.rows import Condition
from authz.vocabulary import Fact

LABELS: Final = Labels(
    all=(
        Label("badge", "personal"),
        Label("certificate", "internal"),
        Label("directory", "public"),
        Label("directory", "internal"),
        Label("hr", "personal"),
        Label("hr", "restricted"),
        Label("policy", "restricted", hidden=True),
        Label("structure", "public"),
        Label("viewer", "public"),
    ),
    of={
        ("Badge", "passages"): 0,
        ("Certificate", "serial"): 1,
        ("Employee", "login"): 2,
        ("Employee", "email"): 3,
        ("Employee", "phones"): 3,
        ("Employment", "manager"): 4,
        ("PersonalDetails", "birthDate"): 5,
        ("Policy", "rules"): 6,
        ("Query", "employee"): 7,
    },
    entrance={"Employee": 2},
)

HELPDESK: Final = Role(
    "helpdesk",
    {"en": "Helpdesk"},
    (
        Grant("read", "directory", "internal"),
        Grant("read", "certificate", "internal", when=(Condition("certificate_purpose", ("VPN",)),)),
        Grant("mask", "hr", "restricted", when=(Condition("department_class", ("ordinary",)),)),
    ),
    (Run("unlock_account"),),
)
HR: Final = Role("hr_support", {"en": "HR"}, (Grant("read", "hr", "restricted", "anyone"),))
BOARD: Final = Role(
    "board_desk", {"en": "Board"}, (Grant("read", "hr", "personal"), Grant("read", "badge", "internal"))
)
SIGNED_IN: Final = Role("signed_in", {"en": "All"}, (Grant("read", "directory", "public", "anyone"),))

RIGHTS: Final = Rights(
    roles={each.name: each for each in (HELPDESK, HR, BOARD, SIGNED_IN)},
    teams={
        "desk_br": TeamRights("desk_br", ("helpdesk",), ("br", "cis"), lead="ana", lead_roles=("board_desk",), members=("bia",)),
        "hr": TeamRights("hr", ("hr_support",), clearance=("vip",), members=("hugo",), groups=("okno-hr",)),
    },
    regions=("af", "br", "cis"),
    everyone=("signed_in",),
    ceilings=(Ceiling("turnstiles", "facilities", {"badge": "internal"}),),
    operations={
        each.name: each
        for each in (Operation("unlock_account", "account", "low"), Operation("wipe_device", "device", "high"))
    },
)  # fmt: skip

ORDINARY: Final[Mapping[str, Fact]] = {
    "region": "br", "vip": False, "department_class": "ordinary", "is_self": False, "is_my_manager": False,
}  # fmt: skip
PROTECTED: Final = {**ORDINARY, "vip": True}
ELSEWHERE: Final = {**ORDINARY, "region": "af"}


def policy(rights: Rights = RIGHTS, polar: Mapping[str, str] | None = None) -> Policy:
    """The office's policy."""
    return Policy.of(rights, LABELS, polar)


def with_role(role: Role, rights: Rights = RIGHTS) -> Rights:
    """The same rights, with a role put in another's place."""
    return replace(rights, roles={**rights.roles, role.name: role})


def with_team(team: TeamRights, rights: Rights = RIGHTS) -> Rights:
    """The same rights, with a team put in another's place."""
    return replace(rights, teams={**rights.teams, team.id: team})
