"""The matrix's rules: what is closed whatever roles say, what owners let be granted, who holds what, what may be run."""

from collections.abc import Iterator
from functools import partial

from authz.matrix_text import Holding, Notes, clearances, everybody, exempt, table, when
from authz.policy import Policy
from authz.rights import Actor, TeamRights
from authz.rows import EVERY, MASK, READ, SENSITIVITIES, Forbid, OpForbid, When
from authz.words import choice, obligation_in_words, words_of

Closing = tuple[str, str, When, str]
"""Domain, floor, condition and reason of a forbid."""


def closed_lines(policy: Policy) -> Iterator[str]:
    """What no role opens, and who is exempt."""
    found: dict[Closing, list[str]] = {}
    for actor in (Actor(()), everybody(policy), Actor((), (), True), everybody(policy, unattended=True)):
        for action in (READ, MASK):
            for row in policy.forbids(actor, action):
                actions = found.setdefault(_closing(row), [])
                actions += [action] if action not in actions else []

    def place(key: Closing) -> tuple[str, int, str, str]:
        return key[0], SENSITIVITIES.index(key[1]), key[3], words_of(key[2])

    yield "## What is closed whatever roles say\n"
    rows = []
    for key in sorted(found, key=place):
        what = "every domain" if key[0] == EVERY else key[0]
        asked = choice(
            tuple({READ: "reading", MASK: "reading in part"}[each] for each in (READ, MASK) if each in found[key])
        )
        free = exempt(policy, partial(_is_closed, policy, key, found[key]))
        rows.append([f"{what} from {key[1]} upwards", asked, words_of(key[2]), key[3], free])
    yield from table(["What", "Closed to", "When", "Why", "Exempt"], rows)


def _closing(row: Forbid) -> Closing:
    return row.domain, row.floor, row.when, row.reason


def _is_closed(policy: Policy, key: Closing, actions: list[str], actor: Actor) -> bool:
    return any(_closing(row) == key for action in actions for row in policy.forbids(actor, action))


def ceiling_lines(policy: Policy) -> Iterator[str]:
    """What the owners of the sources let be granted at all."""
    yield "## What owners let be granted\n"
    rows = [
        [
            each.source,
            each.owner,
            ", ".join(f"{domain} up to {most}" for domain, most in sorted(each.reads.items())) or "everything",
            "every one" if each.operations is None else ", ".join(sorted(each.operations)) or "none",
            ", ".join(f"{name} by {team}" for name, team in sorted(each.approved_by.items())) or "none",
        ]
        for each in sorted(policy.rights.ceilings, key=lambda each: each.source)
    ]
    yield from table(["Source", "Owner", "Reading", "Operations", "Runs to approve"], rows)


def team_lines(policy: Policy) -> Iterator[str]:
    """Who holds which roles."""
    rights = policy.rights
    yield "## Who holds which roles\n"
    yield f"Whoever is signed in: {_several(rights.everyone)}.\n"
    rows = [
        [
            name,
            _several(team.roles),
            ", ".join(team.regions) or "every one",
            _several(team.clearance),
            _members(team),
            f"{team.lead}: {_several(team.lead_roles)}" if team.lead else "none",
        ]
        for name, team in sorted(rights.teams.items())
    ]
    yield from table(["Team", "Roles", "Regions", "Clearance", "Members", "Lead, with further roles"], rows)
    held = {role for team in rights.teams.values() for role in (*team.roles, *team.lead_roles)} | set(rights.everyone)
    yield f"Roles that nobody holds: {_several(set(rights.roles) - held)}.\n"
    classes: dict[str, list[str]] = {}
    for department, word in rights.department_classes.items():
        classes.setdefault(word, []).append(department)
    for word, departments in sorted(classes.items()):
        yield f"Departments that are {word}: {_several(departments)}.\n"


def _several(words: tuple[str, ...] | set[str] | list[str]) -> str:
    return ", ".join(sorted(words)) or "none"


def _members(team: TeamRights) -> str:
    groups = [f"group {each}" for each in team.groups]
    services = [f"service {each}" for each in team.services]
    return ", ".join([*team.members, *groups, *services]) or "nobody"


def operation_lines(policy: Policy) -> Iterator[str]:
    """Every operation: who may run it, and what it waits for."""
    notes = Notes()
    rows: list[list[str]] = []
    forbids: dict[tuple[When, str], list[str]] = {}
    for name, operation in sorted(policy.rights.operations.items()):
        rules = policy.operation(everybody(policy), name)
        found = {row: Holding(row) for row in rules.permits}
        for word in clearances(policy):
            for row in policy.operation(everybody(policy, word), name).permits:
                found.setdefault(row, Holding(row, word))
        roles = sorted({f"{each.permit.role} {when(policy, each, notes)}".strip() for each in found.values()})
        bare = policy.operation(Actor(()), name)
        alone = policy.operation(everybody(policy, unattended=True), name)
        needs = sorted(
            obligation_in_words(row.kind) + (f" {notes.number(words_of(row.when))}" if row.when else "")
            for row in {*bare.obligations, *rules.obligations, *alone.obligations}
        )
        for closing in {*bare.forbids, *rules.forbids, *alone.forbids}:
            forbids.setdefault((closing.when, closing.reason), []).append(name)
        rows.append(
            [f"`{name}`", operation.domain, operation.risk, "; ".join(roles) or "nobody", "; ".join(needs) or "nothing"]
        )
    yield "## What may be run\n"
    yield from table(["Operation", "Domain", "Risk", "Roles", "Needs"], rows)
    yield from notes.lines()
    yield from _op_forbid_lines(policy, forbids)


def _op_forbid_lines(policy: Policy, forbids: dict[tuple[When, str], list[str]]) -> Iterator[str]:
    yield "Whatever roles say, nobody runs:\n"
    rows = []
    for key, names in sorted(forbids.items(), key=lambda each: (each[0][1], words_of(each[0][0]))):
        which = (
            "any operation"
            if len(names) == len(policy.rights.operations)
            else _several([f"`{each}`" for each in names])
        )
        free = exempt(policy, partial(_is_op_closed, policy, key, names[0]))
        rows.append([which, words_of(key[0]), key[1], free])
    yield from table(["Operation", "When", "Why", "Exempt"], rows)


def _is_op_closed(policy: Policy, key: tuple[When, str], name: str, actor: Actor) -> bool:
    def same(row: OpForbid) -> bool:
        return (row.when, row.reason) == key

    return any(same(row) for row in policy.operation(actor, name).forbids)
