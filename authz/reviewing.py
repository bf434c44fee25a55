"""Reviewing: who sees a field of an employee, who may run an operation, by which roles, and what nobody needs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from authz.ceilings import limit_of, may_grant
from authz.compiling import forbidding, permitting
from authz.explaining import closes, fits, reaches
from authz.holders import EVERYBODY, Holder, holders
from authz.labels import Coordinate, Label
from authz.markdown import table_lines
from authz.policy import Policy
from authz.profile import ALLOWED, MASKED
from authz.rights import Grant
from authz.rows import EVERY, MASK, READ, SENSITIVITIES, Forbid, OpForbid, OpPermit, Permit, When
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact
from authz.words import ALWAYS, words_of

OTHERS: Final[Mapping[str, Fact]] = {"is_self": False, "is_my_manager": False}
THEMSELVES: Final[Mapping[str, Fact]] = {"is_self": True, "is_my_manager": False}
REPORTS: Final[Mapping[str, Fact]] = {"is_self": False, "is_my_manager": True}
"""As whom one looks at the employee: as another, as the employee, as one whose manager the employee is."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody sees a field. Shape: `when` is what must be so besides, in words; `outcome` ALLOWED or MASKED."""

    holder: Holder
    role: str
    outcome: int
    when: str

    @property
    def said(self) -> tuple[object, ...]:
        """All that is said of the holder."""
        return self.role, self.outcome, self.when


@dataclass(frozen=True, slots=True)
class Sees:
    """Who sees a label of one employee. Shape: `themselves` and `reports` hold only what `others` does not."""

    label: Label
    field: str | None
    others: tuple[Seen, ...]
    themselves: tuple[Seen, ...]
    reports: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """Somebody may run an operation. Shape: `obligations` in words, each with its own conditions."""

    holder: Holder
    role: str
    when: str
    obligations: tuple[str, ...]

    @property
    def said(self) -> tuple[object, ...]:
        """All that is said of the holder."""
        return self.role, self.when, self.obligations


@dataclass(frozen=True, slots=True)
class Runs:
    """Who may run an operation on one employee. Shape: as `Sees`."""

    operation: str
    others: tuple[Running, ...]
    themselves: tuple[Running, ...]
    reports: tuple[Running, ...]


@dataclass(frozen=True, slots=True)
class Granting:
    """A role grants a label. Shape: `held_by` are names of holders; none: nobody has the role now."""

    role: str
    action: str
    scope: str
    when: str
    held_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Unused:
    """Something in a role that nobody needs. Shape: `what` is empty for the whole role."""

    role: str
    what: str
    why: str


Found = TypeVar("Found", bound=Seen | Running)


def who_sees(policy: Policy, label: int | Coordinate, facts: Mapping[str, Fact]) -> Sees:
    """Find everybody who sees a label of an employee.

    Shape: `facts` of the employee (missing: UNKNOWN) and, where one is meant, of an object; who looks, and the moment,
    stay open: what hangs on them is told in words.
    """
    place = label if isinstance(label, int) else policy.labels.of[label]
    about = policy.labels.all[place]

    def of(holder: Holder, known: Mapping[str, Fact]) -> list[Seen]:
        return _seen(policy, holder, about, known)

    others, themselves, reports = _by_looker(policy, facts, of)
    return Sees(about, None if isinstance(label, int) else ".".join(label), others, themselves, reports)


def who_runs(policy: Policy, operation: str, facts: Mapping[str, Fact]) -> Runs:
    """Find everybody who may run an operation on an employee, and what they must fulfil. Shape: as `who_sees`."""

    def of(holder: Holder, known: Mapping[str, Fact]) -> list[Running]:
        return _running(policy, holder, operation, known)

    others, themselves, reports = _by_looker(policy, facts, of)
    return Runs(operation, others, themselves, reports)


def granting(policy: Policy, label: int | Coordinate) -> tuple[Granting, ...]:
    """Find the roles that grant a label, within what the owners of sources allow."""
    about = policy.labels.all[label if isinstance(label, int) else policy.labels.of[label]]
    return tuple(
        Granting(role.name, grant.action, grant.scope, words_of(grant.when), held_by(policy, role.name))
        for _, role in sorted(policy.rights.roles.items())
        for grant in role.grants
        if about in _opened(policy, grant)
    )


def unused(policy: Policy, used: Mapping[Coordinate, int] | None = None) -> tuple[Unused, ...]:
    """Find grants that open nothing or reach further than anything there is, and roles that nobody holds.

    Shape: `used` counts how often fields were read of late; given, a grant that opens only unread fields is told too.
    """
    read: frozenset[Label] | None = None
    if used is not None:
        read = frozenset(policy.labels.all[policy.labels.of[each]] for each, times in used.items() if times)
    found: list[Unused] = []
    for name, role in policy.rights.roles.items():
        whys = [("", "" if held_by(policy, name) else "nobody holds it")]
        whys += [(_grant(grant), _idle(policy, grant, read)) for grant in role.grants]
        whys += [(f"run {run.operation}", _vain(policy, run.operation)) for run in role.runs]
        found += [Unused(name, what, why) for what, why in whys if why]
    return tuple(sorted(found))


def held_by(policy: Policy, role: str) -> tuple[str, ...]:
    """Name the holders of a role."""
    teams = sorted(policy.rights.teams.items())
    return (
        *([EVERYBODY] if role in policy.rights.everyone else []),
        *(name for name, team in teams if role in team.roles),
        *(f"lead of {name}" for name, team in teams if team.lead is not None and role in team.lead_roles),
    )


def sees_table(sees: Sees) -> str:
    """Put who sees a label into a table, in Markdown."""
    name = f"{sees.field} ({sees.label.domain}, {sees.label.sensitivity})" if sees.field else _label(sees.label)
    how = {ALLOWED: "in full", MASKED: "in part"}
    rows = [
        [(each.holder, each.role, how[each.outcome], each.when) for each in part]
        for part in (sees.others, sees.themselves, sees.reports)
    ]
    return _tables(f"Who sees {name}", ("How", "When"), rows)


def runs_table(runs: Runs) -> str:
    """Put who may run an operation into a table, in Markdown."""
    rows = [
        [(each.holder, each.role, each.when, ", ".join(each.obligations) or "nothing") for each in part]
        for part in (runs.others, runs.themselves, runs.reports)
    ]
    return _tables(f"Who may run {runs.operation}", ("When", "Must fulfil"), rows)


def _tables(title: str, columns: tuple[str, str], parts: list[list[tuple[Holder, str, str, str]]]) -> str:
    lines = [f"# {title}"]
    heads = ("Of another employee", "The employee themselves, besides", "Those led by the employee, besides")
    for head, part in zip(heads, parts, strict=True):
        rows = [(holder.name, role, one, other, _members(holder)) for holder, role, one, other in part]
        told = table_lines(("Who", "Role", *columns, "Members"), rows) if rows else ["Nobody."]
        lines += ["", f"## {head}", "", *told]
    return "\n".join([*lines, ""])


def _members(holder: Holder) -> str:
    if holder.team is None:
        return "all"
    named = [*holder.members, *(f"group {each}" for each in holder.groups)]
    return ", ".join(named) or "nobody"


def _label(label: Label) -> str:
    return f"{label.domain}, {label.sensitivity}"


def _by_looker(
    policy: Policy, facts: Mapping[str, Fact], of: Callable[[Holder, Mapping[str, Fact]], list[Found]]
) -> tuple[tuple[Found, ...], tuple[Found, ...], tuple[Found, ...]]:
    """Ask of every holder, looking as another, as the employee and as one led by the employee."""
    everybody = holders(policy)
    found: list[tuple[Found, ...]] = []
    for looker in (OTHERS, THEMSELVES, REPORTS):
        known = _settled(facts, looker)
        told: set[tuple[object, ...]] = set()
        kept: list[Found] = []
        for holder in everybody:
            for each in of(holder, known):
                said = each.said
                if not any((name, *said) in told for name in _wider(holder)):
                    told.add((holder.name, *said))
                    kept.append(each)
        found.append(tuple(kept))
    others, themselves, reports = found
    return (
        others,
        tuple(each for each in themselves if each not in others),
        tuple(each for each in reports if each not in others),
    )


def _wider(holder: Holder) -> tuple[str, ...]:
    """Name the holders whose rights a holder has in any case, so that they are told once."""
    return (holder.name, EVERYBODY, *([holder.team] if holder.lead and holder.team else []))


def _settled(facts: Mapping[str, Fact], looker: Mapping[str, Fact]) -> dict[str, Fact]:
    """Gather what is settled: the employee, and the object where one is meant. The moment never is."""
    settled: dict[str, Fact] = {}
    for name, attribute in ATTRIBUTES.items():
        if attribute.kind == "subject":
            settled[name] = facts.get(name, UNKNOWN)
        elif attribute.kind == "object" and facts.get(name, LATER) != LATER:
            settled[name] = facts[name]
    return {**settled, **looker}


def _seen(policy: Policy, holder: Holder, label: Label, known: Mapping[str, Fact]) -> list[Seen]:
    found: list[Seen] = []
    for action, outcome in ((READ, ALLOWED), (MASK, MASKED)):
        permits = [each for each in policy.permits(holder.actor, action) if fits(each, label)]
        forbids = [each for each in policy.forbids(holder.actor, action) if closes(each, label, action)]
        for role, when in _left(permits, forbids, known):
            if outcome == ALLOWED or not any(each.when == ALWAYS for each in found):
                found.append(Seen(holder, role, outcome, when))
    return found


def _running(policy: Policy, holder: Holder, operation: str, known: Mapping[str, Fact]) -> list[Running]:
    rules = policy.operation(holder.actor, operation)
    asked: dict[str, list[When]] = {}
    for each in rules.obligations:
        if forbidding(*_about(each.when, known)):
            asked.setdefault(each.kind, []).append(_open(each.when, known))
    obligations = tuple(
        kind if () in whens else f"{kind} when {'; or '.join(dict.fromkeys(map(words_of, whens)))}"
        for kind, whens in sorted(asked.items())
    )
    return [Running(holder, role, when, obligations) for role, when in _left(rules.permits, rules.forbids, known)]


def _left(
    permits: Iterable[Permit | OpPermit], forbids: Iterable[Forbid | OpForbid], known: Mapping[str, Fact]
) -> list[tuple[str, str]]:
    """Tell by which roles something is open, and what is left of the conditions once all that is known is taken off."""
    closing = [_open(each.when, known) for each in forbids if forbidding(*_about(each.when, known))]
    if () in closing:
        return []
    unless = "; unless ".join(["", *dict.fromkeys(words_of(each) for each in closing)])
    opening: dict[str, list[When]] = {}
    for each in permits:
        if permitting(*_about(each.when, known)):
            opening.setdefault(each.role, []).append(_open(each.when, known))
    return [
        (role, (ALWAYS if () in whens else "; or ".join(dict.fromkeys(map(words_of, whens)))) + unless)
        for role, whens in sorted(opening.items())
    ]


def _about(when: When, known: Mapping[str, Fact]) -> tuple[When, Mapping[str, Fact]]:
    return tuple(each for each in when if each.attr in known), known


def _open(when: When, known: Mapping[str, Fact]) -> When:
    return tuple(each for each in when if each.attr not in known)


def _grant(grant: Grant) -> str:
    return f"{grant.action} {grant.domain} up to {grant.ceiling}"


def _opened(policy: Policy, grant: Grant) -> list[Label]:
    """Find the labels that a grant opens, within the owners' ceilings."""
    found: list[Label] = []
    for label in policy.labels.all:
        limit = limit_of(policy.rights, label.domain)
        allowed = limit is None or reaches(limit.reads[label.domain], label.sensitivity)
        if allowed and grant.domain in (label.domain, EVERY) and reaches(grant.ceiling, label.sensitivity):
            found.append(label)
    return found


def _idle(policy: Policy, grant: Grant, read: frozenset[Label] | None) -> str:
    opened = _opened(policy, grant)
    if not opened:
        return "no field has such a label"
    highest = max((each.sensitivity for each in opened), key=SENSITIVITIES.index)
    if highest != grant.ceiling:
        return f"{highest} is enough: no field that may be granted is above it"
    if read is not None and read.isdisjoint(opened):
        return "none of its fields was read"
    return ""


def _vain(policy: Policy, operation: str) -> str:
    if operation == EVERY:
        return ""
    known = policy.rights.operations.get(operation)
    if known is None:
        return "there is no such operation"
    return "" if may_grant(policy.rights, known) else "the owner of its source does not let it be granted"
