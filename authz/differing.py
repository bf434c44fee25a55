"""Differing: what another version of the rights would give and take, gone through to the end and told in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from authz.belonging import Told, belonging
from authz.changes import Change, Diff, table
from authz.explaining import closes, fits
from authz.holders import EVERYBODY, lead_of, member_of, service_of
from authz.kinds import Kind, TooManyKinds, axes_of, kinds, told
from authz.labels import Label, Labels
from authz.policy import BUILT_IN, Policy
from authz.profile import ALLOWED, DENIED, MASKED
from authz.reviewing import held_by
from authz.rights import Actor, Assignment, Rights
from authz.rows import MASK, READ, When
from authz.vocabulary import Fact

__all__ = ["Change", "Diff", "TooManyKinds", "diff", "table"]

_OUTCOMES: Final = {ALLOWED: "read", MASKED: "read in part", DENIED: "not shown"}
_OF_THE_GRANT: Final = "of the grant"
"""A region that no rights can name: stands for whichever one a grant of the hour is given for."""

Rows = frozenset[tuple[str, When]]
"""All that decides something: what kind of row, under which conditions."""
Case = tuple[Rows, Rows]
State = tuple[str, ...] | None
"""What must be fulfilled to run an operation; None where it may not be run."""
Event = tuple[bool, str, str, str]
"""Whether it is a gain, of what in particular, what was and what will be."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """The same people under both versions.

    Shape: `told_with` are holders whose like changes make theirs superfluous; `reads_alike`
    and `runs_alike` where all that such rows are made of is the same in both, so that nothing need be gone through.
    """

    who: str
    old: Actor
    new: Actor
    told_with: tuple[str, ...]
    reads_alike: bool
    runs_alike: bool
    role: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    """Fields that have one label in the old version and one in the new. Shape: None where there is none."""

    old: int | None
    new: int | None
    label: Label
    what: str
    fields: tuple[str, ...]


def diff(old: Policy, new: Policy) -> Diff:
    """Compare two versions for every holder, label, operation and kind of employee that any condition tells apart.

    Shape: a change that a team has in common with everybody, or a lead with the team, is told once; roles are looked
    at by themselves too, since grants of the hour give them to single people.
    Raises: TooManyKinds.
    """
    units = _units(old.labels, new.labels)
    found: list[Told] = list(belonging(old, new))
    said: set[tuple[object, ...]] = set()
    for pair in _pairs(old, new):
        changes = [*_reads(old, new, pair, units), *_runs(old, new, pair)]
        for gain, change in changes:
            whom = () if pair.role else (change.whom,)
            key = (gain, change.what, change.was, change.now, *whom)
            if not any((who, *key) in said for who in pair.told_with):
                found.append((gain, change))
        for gain, change in changes:
            said.add((pair.who, gain, change.what, change.was, change.now, change.whom))
            said.add((pair.who, gain, change.what, change.was, change.now))
    return Diff(tuple(each for gain, each in found if gain), tuple(each for gain, each in found if not gain))


def _pairs(old: Policy, new: Policy) -> Iterator[_Pair]:
    fixed = old.polar == new.polar and old.rights.ceilings == new.rights.ceilings
    # Of the built-in text it is known that reading looks at grants alone, and running at runs; of others it is not.
    built_in = old.polar.keys() == new.polar.keys() == {BUILT_IN}
    was, now = old.rights.roles, new.rights.roles
    roles = {*was, *now}
    whole = {name for name in roles if was.get(name) == now.get(name)}
    grants = {name for name in roles & was.keys() & now.keys() if was[name].grants == now[name].grants}
    runs = {name for name in roles & was.keys() & now.keys() if was[name].runs == now[name].runs}

    def pair(who: str, before: Actor, after: Actor, *told_with: str, role: bool = False) -> _Pair:
        held = {each.role for each in before.assignments} if fixed and before == after else None
        reads = held is not None and held <= (whole | grants if built_in else whole)
        operations = held is not None and held <= (whole | runs if built_in else whole)
        return _Pair(who, before, after, told_with, reads, operations, role)

    served = {name for each in (old, new) for name, team in each.rights.teams.items() if team.services}
    yield pair(EVERYBODY, member_of(old, None), member_of(new, None))
    for name in sorted({*old.rights.teams, *new.rights.teams}):
        yield pair(name, member_of(old, name), member_of(new, name), EVERYBODY)
        yield pair(f"lead of {name}", lead_of(old, name), lead_of(new, name), EVERYBODY, name)
        if name in served:
            yield pair(f"services of {name}, for nobody", service_of(old, name), service_of(new, name), EVERYBODY, name)
    cleared = tuple(sorted(_clearances(old.rights) | _clearances(new.rights)))
    for name in sorted(roles):
        told_with = [EVERYBODY, *held_by(old, name), *held_by(new, name)]
        for clearance in dict.fromkeys(((), cleared)):
            for regions in ((), (_OF_THE_GRANT,)):
                who = f"role {name}, given for a time{' and a region' if regions else ''}"
                who += f" with clearance {', '.join(clearance)}" if clearance else ""
                given = (Assignment(name, regions, "grant"),)
                before, after = (each.actor(None, "", given, clearance) for each in (old, new))
                yield pair(who, before, after, *told_with, role=True)
                told_with.append(who)
                if served:
                    before, after = (each.actor(None, "", given, clearance, unattended=True) for each in (old, new))
                    yield pair(f"{who}, to a service for nobody", before, after, *told_with, role=True)


def _clearances(rights: Rights) -> set[str]:
    return {each for team in rights.teams.values() for each in team.clearance}


def _units(old: Labels, new: Labels) -> tuple[_Unit, ...]:
    fields: dict[tuple[Label | None, Label | None], list[str]] = {}
    for place in sorted({*old.of, *new.of}):
        labels = [each.all[each.of[place]] if place in each.of else None for each in (old, new)]
        fields.setdefault((labels[0], labels[1]), []).append(".".join(place))
    for each in sorted({*old.all, *new.all}):
        fields.setdefault((each if each in old.all else None, each if each in new.all else None), [])
    units: list[_Unit] = []
    for (was, now), names in fields.items():
        label: Label | None = now or was
        assert label is not None
        what = f"{label.domain}, {label.sensitivity}"
        if was is None or now is None:
            what += " (new)" if was is None else " (gone)"
        elif (was.domain, was.sensitivity) != (now.domain, now.sensitivity):
            what += f" (was {was.domain}, {was.sensitivity})"
        places = (old.all.index(was) if was else None, new.all.index(now) if now else None)
        units.append(_Unit(*places, label, what, tuple(names)))
    return tuple(sorted(units, key=lambda each: (each.label, each.what, each.fields)))


def _reads(old: Policy, new: Policy, pair: _Pair, units: tuple[_Unit, ...]) -> Iterator[Told]:
    groups: dict[Case, list[_Unit]] = {}
    for unit in units if not (pair.reads_alike and old.labels == new.labels) else ():
        case = (_read_rows(old, pair.old, unit.old), _read_rows(new, pair.new, unit.new))
        # The same rows decide alike: only what differs in some row is gone through.
        if case[0] != case[1]:
            groups.setdefault(case, []).append(unit)
    if not groups:
        return
    profiles = old.profile(pair.old), new.profile(pair.new)
    for case, alike in groups.items():
        before, after = alike[0].old, alike[0].new

        def told_of(
            facts: Mapping[str, Fact], before: int | None = before, after: int | None = after
        ) -> Iterator[Event]:
            was = DENIED if before is None else profiles[0].row_of(facts)[before]
            now = DENIED if after is None else profiles[1].row_of(facts)[after]
            if was != now:
                yield now < was, "", _OUTCOMES[was], _OUTCOMES[now]

        for (gain, _, was, now), whom in _gone_through(case, told_of):
            for unit in alike:
                yield gain, Change(pair.who, unit.what, was, now, whom, unit.label, unit.fields)


def _read_rows(policy: Policy, actor: Actor, place: int | None) -> Rows:
    if place is None:
        return frozenset()
    label = policy.labels.all[place]
    rows: set[tuple[str, When]] = set()
    for action in (READ, MASK):
        opening = {each.when for each in policy.permits(actor, action) if fits(each, label)}
        closing = {each.when for each in policy.forbids(actor, action) if closes(each, label, action)}
        rows |= _decisive(action, opening, closing)
    return frozenset(rows)


def _runs(old: Policy, new: Policy, pair: _Pair) -> Iterator[Told]:
    for name in sorted({*old.rights.operations, *new.rights.operations}):
        if pair.runs_alike and old.rights.operations.get(name) == new.rights.operations.get(name):
            continue
        case = (_run_rows(old, pair.old, name), _run_rows(new, pair.new, name))
        if case[0] == case[1]:
            continue

        def told_of(facts: Mapping[str, Fact], name: str = name) -> Iterator[Event]:
            return _run_events(_state(old, pair.old, name, facts), _state(new, pair.new, name, facts))

        for (gain, besides, was, now), whom in _gone_through(case, told_of):
            yield gain, Change(pair.who, f"run {name}{besides}", was, now, whom)


def _run_events(was: State, now: State) -> Iterator[Event]:
    if was is None and now is not None:
        yield True, "", "may not", f"may, with {', '.join(now) or 'nothing to fulfil'}"
    if was is not None and now is None:
        yield False, "", "may", "may not"
    if was is not None and now is not None:
        for kind in sorted(set(was) - set(now)):
            yield True, f", {kind}", "asked for", "not asked for"
        for kind in sorted(set(now) - set(was)):
            yield False, f", {kind}", "not asked for", "asked for"


def _run_rows(policy: Policy, actor: Actor, name: str) -> Rows:
    rules = policy.operation(actor, name)
    rows = _decisive("run", {each.when for each in rules.permits}, {each.when for each in rules.forbids})
    return frozenset(rows | {(f"must {each.kind}", each.when) for each in rules.obligations} if rows else ())


def _decisive(kind: str, opening: set[When], closing: set[When]) -> set[tuple[str, When]]:
    """Keep the rows that may decide: nothing closes where nothing opens, nothing opens where all is closed."""
    if not opening or () in closing:
        return set()
    kept = {()} if () in opening else opening
    return {*((f"{kind} open", when) for when in kept), *((f"{kind} closed", when) for when in closing)}


def _state(policy: Policy, actor: Actor, name: str, facts: Mapping[str, Fact]) -> State:
    """Tell what must be fulfilled. Shape: None where the operation may not be run at all."""
    decision = policy.decide(actor, name, facts)
    return decision.obligations if decision.allowed else None


def _gone_through(case: Case, told_of: Callable[[Mapping[str, Fact]], Iterator[Event]]) -> Iterator[tuple[Event, str]]:
    """Go through every kind that the rows tell apart. Shape: what happens, and to whom in words."""
    axes = axes_of(condition for rows in case for _, when in sorted(rows, key=repr) for condition in when)
    found: dict[Event, list[Kind]] = {}
    for kind, facts in kinds(axes):
        for event in told_of(facts):
            found.setdefault(event, []).append(kind)
    for event in sorted(found):
        yield event, told(axes, found[event])
