"""Belonging: what changes beside outcomes: who is in which team, clearance, what roles let do, owners' ceilings, departments' classes."""

from collections.abc import Iterable, Iterator, Mapping

from authz.changes import Change
from authz.labels import Labels
from authz.policy import Policy
from authz.rights import Ceiling, Rights, Role, TeamRights
from authz.rows import EVERY, SENSITIVITIES, When
from authz.words import words_of

Told = tuple[bool, Change]
"""Whether it is a gain, and what changes."""


def belonging(old: Policy, new: Policy) -> Iterator[Told]:
    """Tell every such change. Shape: what cannot be told to be one or the other is told as both."""
    yield from _teams(old.rights, new.rights)
    yield from _powers(old.rights, new.rights)
    yield from _grants(old, new)
    yield from _ceilings(old.rights, new.rights)
    yield from _departments(old.rights, new.rights)
    yield from _hidden(old.labels, new.labels)


def _teams(old: Rights, new: Rights) -> Iterator[Told]:
    none = TeamRights("", ())
    for name in sorted({*old.teams, *new.teams}):
        was, now = old.teams.get(name, none), new.teams.get(name, none)
        yield from _set(name, "member", was.members, now.members, ("outside", "inside"))
        yield from _set(name, "service", was.services, now.services, ("outside", "inside"))
        yield from _set(name, "directory group", was.groups, now.groups, ("outside", "inside"))
        yield from _set(name, "lead", _one(was.lead), _one(now.lead), ("not lead", "lead"))
        yield from _set(name, "queue", _one(was.queue), _one(now.queue), ("not theirs", "theirs"))
        yield from _set(name, "clearance", was.clearance, now.clearance, ("not cleared", "cleared"))


def _set(who: str, what: str, was: Iterable[str], now: Iterable[str], words: tuple[str, str]) -> Iterator[Told]:
    out, within = words
    for each in sorted(set(now) - set(was)):
        yield True, Change(who, f"{what} {each}", out, within)
    for each in sorted(set(was) - set(now)):
        yield False, Change(who, f"{what} {each}", within, out)


def _one(name: str | None) -> tuple[str, ...]:
    return (name,) if name is not None else ()


def _powers(old: Rights, new: Rights) -> Iterator[Told]:
    """Tell what a role lets its holders do beside fields and operations."""
    none = Role("", {}, ())
    for name in sorted({*old.roles, *new.roles}):
        was, now, who = old.roles.get(name, none), new.roles.get(name, none), f"role {name}"
        before, after = was.bulk or 1, now.bulk or 1
        if before != after:
            yield after > before, Change(who, "employees at once", str(before), str(after))
        if was.free_text != now.free_text:
            words = ("registered alone", "any")
            yield now.free_text, Change(who, "documents", words[was.free_text], words[now.free_text])
        yield from _budget(who, "points of one request", was.cost, now.cost)
        yield from _budget(who, "points of an hour", was.cost_per_hour, now.cost_per_hour)


def _budget(who: str, what: str, was: int | None, now: int | None) -> Iterator[Told]:
    """Shape: None is everybody's, which the settings say and no policy; what it comes to is told as both."""
    before, after = (f"{each:,}" if each is not None else "everybody's" for each in (was, now))
    if was != now:
        for gain in (True, False) if was is None or now is None else (now > was,):
            yield gain, Change(who, what, before, after)


def _grants(old: Policy, new: Policy) -> Iterator[Told]:
    """Tell of grants that reach further than before and open no field that there is: they will open the next one."""
    labels = (*old.labels.all, *new.labels.all)
    for name in sorted({*old.rights.roles, *new.rights.roles}):
        was, now = (_reach(each.rights.roles.get(name)) for each in (old, new))
        for key in sorted({*was, *now}, key=repr):
            low, high = was.get(key, -1), now.get(key, -1)
            action, domain, scope, when = key
            between = range(min(low, high) + 1, max(low, high) + 1)
            there = {SENSITIVITIES.index(each.sensitivity) for each in labels if domain in (each.domain, EVERY)}
            if low != high and there.isdisjoint(between):
                what = f"{action} {domain}, of {scope}: fields to come"
                yield high > low, Change(f"role {name}", what, _most(low), _most(high), words_of(when))


def _reach(role: Role | None) -> dict[tuple[str, str, str, When], int]:
    """How far a role reaches, by action, domain, scope and condition."""
    found: dict[tuple[str, str, str, When], int] = {}
    for each in role.grants if role is not None else ():
        key = (each.action, each.domain, each.scope, each.when)
        found[key] = max(found.get(key, -1), SENSITIVITIES.index(each.ceiling))
    return found


def _most(height: int) -> str:
    return f"up to {SENSITIVITIES[height]}" if height >= 0 else "none"


def _ceilings(old: Rights, new: Rights) -> Iterator[Told]:
    before = {each.source: each for each in old.ceilings}
    after = {each.source: each for each in new.ceilings}
    for source in sorted({*before, *after}):
        was, now = before.get(source), after.get(source)
        who = f"owner of {source}"
        yield from _limits(who, was.reads if was else {}, now.reads if now else {})
        yield from _operations(who, was, now)
        yield from _approvals(who, was.approved_by if was else {}, now.approved_by if now else {})


def _limits(who: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Told]:
    for domain in sorted({*was, *now}):
        high, higher = _height(was.get(domain)), _height(now.get(domain))
        if high != higher:
            yield higher > high, Change(who, f"lets {domain} be granted", _up_to(domain, was), _up_to(domain, now))


def _up_to(domain: str, limits: Mapping[str, str]) -> str:
    return f"up to {limits[domain]}" if domain in limits else "no limit"


def _height(limit: str | None) -> int:
    return len(SENSITIVITIES) if limit is None else SENSITIVITIES.index(limit)


def _operations(who: str, was: Ceiling | None, now: Ceiling | None) -> Iterator[Told]:
    before = was.operations if was else None
    after = now.operations if now else None
    if before is None and after is None:
        return
    if before is None or after is None:
        yield after is None, Change(who, "lets operations be granted", _listed(before), _listed(after))
    else:
        yield from _set(who, "lets be granted: operation", before, after, ("no", "yes"))


def _listed(operations: tuple[str, ...] | None) -> str:
    return "any" if operations is None else ", ".join(sorted(operations)) or "none"


def _approvals(who: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Told]:
    for name in sorted({*was, *now}):
        before, after = was.get(name), now.get(name)
        if before == after:
            continue
        change = Change(
            who,
            f"approves operation {name}",
            f"by {before}" if before is not None else "nobody asked",
            f"by {after}" if after is not None else "nobody asked",
        )
        # Another approver is both: whether one is stricter than the other cannot be told from here.
        if before is not None:
            yield True, change
        if after is not None:
            yield False, change


def _departments(old: Rights, new: Rights) -> Iterator[Told]:
    """Another class is both: every condition on the class now means other people."""
    for name in sorted({*old.department_classes, *new.department_classes}):
        was, now = old.department_classes.get(name), new.department_classes.get(name)
        if was != now:
            change = Change(f"department {name}", "class", was or "ordinary", now or "ordinary")
            yield True, change
            yield False, change


def _hidden(old: Labels, new: Labels) -> Iterator[Told]:
    for place in sorted(old.of.keys() & new.of.keys()):
        was, now = old.all[old.of[place]].hidden, new.all[new.of[place]].hidden
        if was != now:
            yield was, Change("whoever may not read it", ".".join(place), _told_of(was), _told_of(now))


def _told_of(hidden: bool) -> str:
    return "not told of" if hidden else "told of"
