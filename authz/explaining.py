"""Explaining: why a field is shown, shown in part or withheld, in words fit for whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from authz.ceilings import limit_of
from authz.compiling import forbidding, permitting
from authz.labels import Coordinate, Label
from authz.policy import Policy
from authz.profile import ALLOWED, DENIED, MASKED, Verdict
from authz.rights import Actor, Ceiling, Rights
from authz.rows import EVERY, MASK, READ, SENSITIVITIES, Condition, Forbid, Permit
from authz.vocabulary import LATER, UNKNOWN, Fact
from authz.words import words_of

Level = Literal["operator", "lead", "security"]
"""For whom a reason is meant."""

REASONS: Final[Mapping[Level, Label]] = {
    "operator": Label("policy", "internal"),
    "lead": Label("policy", "confidential"),
    "security": Label("policy", "restricted"),
}
"""A reason may give away what it explains, so it has a label too: who may not read that is not told at that level."""

OPEN: Final = "Open to your team."
OPEN_FOR_THIS_EMPLOYEE: Final = "Open to your team for this employee."
PARTLY: Final = "Open to your team in part only."
PARTLY_FOR_THIS_EMPLOYEE: Final = "Open to your team in part only for this employee."
NOT_FOR_YOUR_TEAM: Final = "Not open to your team."
NOT_FOR_THIS_EMPLOYEE: Final = "Not open to your team for this employee."
ASK: Final = "Ask your team's lead, or security for a grant of limited time (`okno grant`)."

TOLD_TO_LEADS: Final = frozenset(
    {
        "region", "is_self", "group_privileged", "group_owner", "certificate_purpose", "device_class",
        "operator_country", "case_open", "caller_verified",
    }
)  # fmt: skip
"""Attributes that say nothing delicate about the employee. Any other, a new one too, is named to security alone."""

_SAFE: Final[Mapping[tuple[int, bool], str]] = {
    (ALLOWED, False): OPEN,
    (ALLOWED, True): OPEN_FOR_THIS_EMPLOYEE,
    (MASKED, False): PARTLY,
    (MASKED, True): PARTLY_FOR_THIS_EMPLOYEE,
    (DENIED, False): NOT_FOR_YOUR_TEAM,
    (DENIED, True): NOT_FOR_THIS_EMPLOYEE,
}
"""What an operator is told: by outcome, and by whether it hangs on the employee at all. Nothing else goes in."""

_OUTCOME: Final = {ALLOWED: "shown", MASKED: "shown in part", DENIED: "withheld"}


@dataclass(frozen=True, slots=True)
class Miss:
    """A condition that does not hold. Shape: `fact` is what is so instead."""

    condition: Condition
    fact: Fact


@dataclass(frozen=True, slots=True)
class Near:
    """A permit that would have opened more, had it not been for some conditions."""

    permit: Permit
    missing: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """A forbid that holds. Shape: `unknown` are the attributes that count against for not being known."""

    row: Forbid
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a label is shown or not to an actor, of one employee.

    Shape: `outcome` is ALLOWED, MASKED or DENIED; `depends` says whether it hangs on the employee at all; `deciding` is
    the row that brought it about (None: no permit holds); `near` are the permits that fell short, the nearest first;
    `against` every forbid that holds here; `guarded` whether conditions that leads are not told of may matter;
    `opening` are the permits that would open more, whatever is so of the employee; `roles` those that could open it and are not held; `limit` the owner's ceiling where it is below the label.
    """

    label: Label
    field: str | None
    outcome: int
    depends: bool
    deciding: Permit | Forbid | None
    near: tuple[Near, ...]
    against: tuple[Against, ...]
    guarded: bool
    roles: tuple[str, ...]
    limit: Ceiling | None
    opening: tuple[Permit, ...] = ()
    ask: str = ASK


def fits(permit: Permit, label: Label) -> bool:
    """Say whether a permit is about a label."""
    return permit.domain in (label.domain, EVERY) and reaches(permit.ceiling, label.sensitivity)


def closes(forbid: Forbid, label: Label, action: str) -> bool:
    """Say whether a forbid is about a label and an action."""
    about = forbid.domain in (label.domain, EVERY) and forbid.action in (action, EVERY)
    return about and reaches(label.sensitivity, forbid.floor)


def reaches(high: str, low: str) -> bool:
    """Say whether one sensitivity is as high as another."""
    return SENSITIVITIES.index(high) >= SENSITIVITIES.index(low)


def explain(policy: Policy, actor: Actor, label: int | Coordinate, facts: Mapping[str, Fact]) -> Explanation:
    """Explain an outcome. Shape: `label` is a place in the policy's labels, or a type's name and a field's.

    Raises: KeyError for a field that has no label.
    """
    place = label if isinstance(label, int) else policy.labels.of[label]
    told_of = policy.labels.all[place]
    profile = policy.profile(actor)
    outcome = profile.row_of(facts)[place]
    permits: dict[str, list[Permit]] = {}
    forbids: dict[str, list[Forbid]] = {}
    for action in (READ, MASK):
        permits[action] = [each for each in policy.permits(actor, action) if fits(each, told_of)]
        forbids[action] = [each for each in policy.forbids(actor, action) if closes(each, told_of, action)]
    # Only what would have given more than there is can be a cause: a mask explains nothing where there is a mask.
    above = {ALLOWED: (), MASKED: (READ,), DENIED: (READ, MASK)}[outcome]
    against = [each for action in above for each in forbids[action] if forbidding(each.when, facts)]
    near = [
        Near(each, _missing(each, facts))
        for action in above
        for each in permits[action]
        if not permitting(each.when, facts)
    ]
    whens = [row.when for rows in permits.values() for row in rows]
    whens += [row.when for rows in forbids.values() for row in rows]
    depends = profile.verdicts[place] is Verdict.DEPENDS
    limit = limit_of(policy.rights, told_of.domain)
    return Explanation(
        label=told_of,
        field=None if isinstance(label, int) else ".".join(label),
        outcome=outcome,
        depends=depends,
        deciding=_deciding(outcome, permits, forbids, facts),
        near=tuple(sorted(dict.fromkeys(near), key=lambda each: len(each.missing))),
        against=_against(against, facts),
        guarded=depends and any(each.attr not in TOLD_TO_LEADS for when in whens for each in when),
        opening=tuple(dict.fromkeys(each for action in above for each in permits[action])),
        roles=_roles(policy.rights, actor, told_of),
        limit=limit if limit is not None and not reaches(limit.reads[told_of.domain], told_of.sensitivity) else None,
    )


def told(explanation: Explanation, level: Level) -> str:
    """Put an explanation into words. Shape: the empty text where even that there is such a field is not told."""
    if level == "security":
        return "\n".join(_to_security(explanation))
    if explanation.label.hidden and explanation.outcome == DENIED:
        return ""
    safe = _SAFE[explanation.outcome, explanation.depends]
    if explanation.outcome == ALLOWED:
        return safe
    if level == "operator":
        return f"{safe} {explanation.ask}"
    return "\n".join([safe, *_to_lead(explanation), explanation.ask])


def _to_lead(explanation: Explanation) -> list[str]:
    """Say which role or condition is missing. What is said hangs on nothing that a lead is not told of."""
    lines: set[str] = set()
    for permit in explanation.opening:
        # Every one of them, and none with what is so of the employee: a line that is missing would tell that too.
        shown = tuple(each for each in permit.when if each.attr in TOLD_TO_LEADS)
        if shown:
            part = " in part" if permit.action == MASK else ""
            lines.add(f"Role {permit.role} shows it{part} when {words_of(shown)}.")
    guarded = ["Conditions that only security is told of may close it besides."] if explanation.guarded else []
    return [*sorted(lines), *guarded, *_elsewhere(explanation)]


def _to_security(explanation: Explanation) -> list[str]:
    label = explanation.label
    name = f"{explanation.field}: " if explanation.field else ""
    hidden = ", hidden" if label.hidden else ""
    lines = [f"{name}{label.domain}, {label.sensitivity}{hidden}: {_OUTCOME[explanation.outcome]}."]
    if isinstance(explanation.deciding, Permit):
        lines.append(f"Opened: {_row(explanation.deciding)}.")
    lines += [
        f"Forbidden: {each.row.reason}, when {words_of(each.row.when)}{_counted(each.unknown)}."
        for each in explanation.against
    ]
    lines += [f"Near: {_row(each.permit)}, but {_falls_short(each.missing)}." for each in explanation.near]
    if explanation.outcome == ALLOWED:
        return lines
    if explanation.deciding is None and not explanation.near:
        lines.append("No role held opens it.")
    return [*dict.fromkeys(lines), *_elsewhere(explanation)]


def _elsewhere(explanation: Explanation) -> list[str]:
    if explanation.limit is not None:
        most = explanation.limit.reads[explanation.label.domain]
        domain = explanation.label.domain
        return [
            f"{explanation.limit.owner}, who owns {explanation.limit.source}, lets {domain} be granted up to {most}."
        ]
    if explanation.roles:
        return [f"Other roles that open it: {', '.join(explanation.roles)}."]
    return ["No other role opens it."]


def _row(permit: Permit) -> str:
    domain = "every domain" if permit.domain == EVERY else permit.domain
    conditions = f", when {words_of(permit.when)}" if permit.when else ""
    part = " in part" if permit.action == MASK else ""
    return f"role {permit.role} reads {domain} up to {permit.ceiling}{part}{conditions}"


def _counted(unknown: tuple[str, ...]) -> str:
    return f"; not known, which counts against: {', '.join(unknown)}" if unknown else ""


def _falls_short(missing: tuple[Miss, ...]) -> str:
    return ", and ".join(
        f"{each.condition.attr} must be {' or '.join(_word(fact) for fact in each.condition.any)}; is {_word(each.fact)}"
        for each in missing
    )


def _word(fact: Fact) -> str:
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    return {UNKNOWN: "not known", LATER: "not looked at yet"}.get(fact, fact)


def _missing(permit: Permit, facts: Mapping[str, Fact]) -> tuple[Miss, ...]:
    return tuple(
        Miss(each, facts.get(each.attr, UNKNOWN)) for each in permit.when if not permitting((each,), facts)
    )  # fmt: skip


def _deciding(
    outcome: int,
    permits: Mapping[str, list[Permit]],
    forbids: Mapping[str, list[Forbid]],
    facts: Mapping[str, Fact],
) -> Permit | Forbid | None:
    """Find the row that an outcome hangs on: the permit that opened, or the forbid that closed what a permit opened."""
    for action in {ALLOWED: (READ,), MASKED: (MASK,), DENIED: (READ, MASK)}[outcome]:
        opened = next((each for each in permits[action] if permitting(each.when, facts)), None)
        if opened is not None and outcome != DENIED:
            return opened
        if opened is not None:
            return next((each for each in forbids[action] if forbidding(each.when, facts)), None)
    return None


def _against(forbids: list[Forbid], facts: Mapping[str, Fact]) -> tuple[Against, ...]:
    """Keep one of each forbid: one that closes both reading and reading in part is told once."""
    found = {(each.domain, each.floor, each.when, each.reason): each for each in forbids}.values()
    return tuple(
        Against(row, tuple(each.attr for each in row.when if facts.get(each.attr, UNKNOWN) == UNKNOWN)) for row in found
    )


def _roles(rights: Rights, actor: Actor, label: Label) -> tuple[str, ...]:
    """Name the roles that could open a label and are not held."""
    held = {each.role for each in actor.assignments}
    return tuple(
        name
        for name, role in sorted(rights.roles.items())
        if name not in held
        and any(
            each.action == READ and each.domain in (label.domain, EVERY) and reaches(each.ceiling, label.sensitivity)
            for each in role.grants
        )
    )
