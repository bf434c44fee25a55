"""Rights: what an installation's teams and roles say, read and checked; the policy's facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from authz.rows import Action, When

Scope = Literal["region", "anyone", "self"]
"""Whom a grant reaches: employees of the assignment's regions, everyone, or the viewer."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role may read (or read masked) a domain up to a ceiling. Shape: `domain` may be `*`."""

    action: Action
    domain: str
    ceiling: str
    scope: Scope = "region"
    when: When = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A role may run an operation. Shape: `operation` may be `*`."""

    operation: str
    scope: Scope = "region"
    when: When = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of grants.

    Shape: `titles` by language; `bulk` is how many employees one operation may be run on at once, 0: one; `free_text` whether
    its holders send documents that nobody has registered. Units: `cost` of one request and of one hour, in points; None: as everybody's.
    """

    name: str
    titles: Mapping[str, str]
    grants: tuple[Grant, ...]
    runs: tuple[Run, ...] = ()
    bulk: int = 0
    free_text: bool = False
    cost: int | None = None
    cost_per_hour: int | None = None


@dataclass(frozen=True, slots=True)
class TeamRights:
    """What belonging to a team gives.

    Shape: `regions` empty: every region; `lead_roles` are its lead's besides; `titles` by language; `queue` is the one
    whose tickets are the team's own.
    """

    id: str
    roles: tuple[str, ...]
    regions: tuple[str, ...] = ()
    clearance: tuple[str, ...] = ()
    lead: str | None = None
    lead_roles: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a source's owner lets be granted at all. Shape: `reads` gives the highest sensitivity by domain."""

    source: str
    owner: str
    reads: Mapping[str, str]
    operations: tuple[str, ...] | None = None
    approved_by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the policy knows of an operation. Shape: `risk` is low, medium or high."""

    name: str
    domain: str
    risk: str


@dataclass(frozen=True, slots=True)
class Rights:
    """Everything an installation says of rights.

    Shape: `everyone` names the roles of whoever is signed in; `department_classes` gives the class by department's name
    or code, others are `ordinary`; `ceilings` come from sources, `operations` from what can be run.
    """

    roles: Mapping[str, Role]
    teams: Mapping[str, TeamRights]
    regions: tuple[str, ...]
    everyone: tuple[str, ...] = ()
    department_classes: Mapping[str, str] = field(default_factory=dict)
    ceilings: tuple[Ceiling, ...] = ()
    operations: Mapping[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role held now, for some regions. Shape: `regions` empty: every region; `by` is the team's id or the grant's."""

    role: str
    regions: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A set of rights, and nobody's name: operators of equal rights are one actor.

    Shape: `unattended` is a service that acts for no end user, so that nobody is there to answer for what it reads.
    """

    assignments: tuple[Assignment, ...]
    clearance: tuple[str, ...] = ()
    unattended: bool = False
