"""A company of one page: a handful of roles and teams in which every kind of rule is met."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from authz.labels import Label, Labels
from authz.policy import Policy
from authz.rights import Actor, Assignment, Ceiling, Grant, Operation, Rights, Role, Run, TeamRights
from authz.rows import Condition
from authz.vocabulary import LATER, UNKNOWN, Fact

LABELS: Final = Labels(
    all=(
        Label("account", "internal"),
        Label("account", "personal"),
        Label("badge", "internal"),
        Label("badge", "personal"),
        Label("certificate", "internal"),
        Label("certificate", "restricted", hidden=True),
        Label("directory", "public"),
        Label("directory", "internal"),
        Label("directory", "personal"),
        Label("group", "internal"),
        Label("hr", "internal"),
        Label("hr", "personal"),
        Label("hr", "restricted"),
        Label("structure", "public"),
        Label("ticket", "personal"),
        Label("viewer", "public"),
    ),
    of={("Employee", "login"): 6, ("Employment", "birthDate"): 12, ("Query", "employee"): 13},
    entrance={"Employee": 6},
)


def _role(name: str, *grants: Grant, runs: tuple[Run, ...] = ()) -> Role:
    return Role(name, {"en": name}, grants, runs)


ROLES: Final = (
    _role(
        "helpdesk",
        Grant("read", "directory", "internal"),
        Grant("mask", "directory", "personal"),
        Grant("read", "account", "internal"),
        Grant("read", "group", "internal"),
        Grant("read", "certificate", "internal", when=(Condition("certificate_purpose", ("VPN", "WIFI")),)),
        Grant("read", "ticket", "personal", when=(Condition("case_open", (True,)),)),
        runs=(
            Run("unlock_account"),
            Run("reset_password"),
            Run("add_to_group"),
            Run("reset_second_factor", when=(Condition("operator_country", ("BR", "KZ")),)),
        ),
    ),
    _role("hr_support", Grant("read", "hr", "restricted"), Grant("read", "directory", "personal")),
    _role("analyst", Grant("read", "*", "internal", "anyone"), Grant("mask", "*", "restricted", "anyone")),
    _role(
        "guard",
        Grant("read", "badge", "confidential", "anyone", (Condition("operator_country", ("BR", "KZ")),)),
        runs=(Run("block_badge", "anyone"),),
    ),
    _role("officer", Grant("read", "*", "personal", "anyone"), runs=(Run("*", "anyone"),)),
    _role("team_lead", Grant("mask", "hr", "personal", "region", (Condition("department_class", ("ordinary",)),))),
    _role(
        "self_service",
        Grant("read", "directory", "public", "anyone"),
        Grant("read", "directory", "restricted", "self"),
        Grant("read", "hr", "personal", "self"),
        runs=(Run("set_my_photo", "self"),),
    ),
)

TEAMS: Final = (
    TeamRights("helpdesk_br", ("helpdesk",), ("br",), lead="lead.br", lead_roles=("team_lead",)),
    TeamRights("helpdesk_all", ("helpdesk",)),
    TeamRights("hr", ("hr_support",), ("br", "cis")),
    TeamRights("analysts", ("analyst",)),
    TeamRights("guards", ("guard", "helpdesk"), ("cis",)),
    TeamRights("officers", ("officer",), clearance=("vip",)),
    TeamRights("nobody", ()),
)

OPERATIONS: Final = (
    Operation("unlock_account", "account", "low"),
    Operation("reset_password", "account", "medium"),
    Operation("reset_second_factor", "second_factor", "high"),
    Operation("remove_second_factor", "second_factor", "high"),
    Operation("add_to_group", "group", "medium"),
    Operation("block_badge", "badge", "medium"),
    Operation("open_door", "badge", "low"),
    Operation("set_my_photo", "own", "low"),
)

RIGHTS: Final = Rights(
    roles={each.name: each for each in ROLES},
    teams={each.id: each for each in TEAMS},
    regions=("af", "br", "cis"),
    everyone=("self_service",),
    department_classes={"Board": "board"},
    ceilings=(
        Ceiling("badges", "facilities", {"badge": "confidential"}, operations=("block_badge",)),
        Ceiling("domain", "identity", {"account": "restricted"}, approved_by={"unlock_account": "identity"}),
    ),
    operations={each.name: each for each in OPERATIONS},
)


def policy(polar: Mapping[str, str] | None = None) -> Policy:
    """The company's policy."""
    return Policy.of(RIGHTS, LABELS, polar)


def actors(of: Policy) -> dict[str, Actor]:
    """Everybody whose rights differ."""
    found = {team: of.actor(team, "somebody") for team in RIGHTS.teams}
    found["lead of helpdesk_br"] = of.actor("helpdesk_br", "lead.br")
    found["helpdesk_br and vip for an hour"] = of.actor("helpdesk_br", "somebody", (), ("vip",))
    found["helpdesk_br and hr in cis for an hour"] = of.actor(
        "helpdesk_br", "somebody", (Assignment("hr_support", ("cis",), "grant-1"),)
    )
    for team in ("analysts", "officers"):
        found[f"a service of {team} that acts for nobody"] = of.actor(team, "robot", unattended=True)
    return found


VALUES: Final[Mapping[str, tuple[Fact, ...]]] = {
    "region": ("br", "cis", UNKNOWN),
    "vip": (True, False, UNKNOWN),
    "is_self": (True, False, UNKNOWN),
    "certificate_purpose": ("VPN", "SIGNING", UNKNOWN, LATER),
    "case_open": (True, False, UNKNOWN),
    "operator_country": ("BR", "US", UNKNOWN),
    "department_class": ("ordinary", "board", UNKNOWN),
}
"""What each attribute that the company's rights name may be: one that is asked for, one that is not, and not known."""


def cases(actor: Actor) -> Iterator[tuple[dict[str, Fact], Label]]:
    """Every mix of facts that any grant of the actor's roles, or the fixed policy, asks for at a label.

    Read off the rights themselves, not off what the compiler has made of them; what is not asked for is UNKNOWN.
    """
    grants = [grant for each in actor.assignments for grant in RIGHTS.roles[each.role].grants]
    for label in LABELS.all:
        named = {"vip", "is_self", "region"}
        named |= {
            each.attr for grant in grants if grant.domain in (label.domain, "*") for each in grant.when
        }  # fmt: skip
        for values in itertools.product(*(VALUES[name] for name in sorted(named))):
            yield dict(zip(sorted(named), values, strict=True)), label


def with_role(role: Role) -> Rights:
    """The company's rights with one more role, held by everyone."""
    return replace(RIGHTS, roles={**RIGHTS.roles, role.name: role}, everyone=(*RIGHTS.everyone, role.name))
