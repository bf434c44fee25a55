"""Kinds: what is looked for: mass look-up, protected people, reads without a case, odd hours, take-over."""

from collections.abc import Callable, Collection, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Final

from audit.detections.detector import Detector, Windows
from audit.detections.seen import Finding, Seen
from audit.detections.thresholds import MassLookup, NoCase, OddHours, TakeOver, Thresholds, Vip

MASS_LOOKUP: Final = "mass_lookup"
NO_CASE: Final = "no_case"
VIP: Final = "vip"
ODD_HOURS: Final = "odd_hours"
TAKE_OVER: Final = "take_over"
ITSELF: Final = "okno"
_SECOND_FACTOR: Final = frozenset({"second_factor.reset", "second_factor.removed", "second_factor.disabled"})
_PASSWORD: Final = frozenset({"password.reset"})


class Lookups:
    """Personal data of many different employees by one operator; with `caseless` only what was read without a ticket."""

    def __init__(self, said: MassLookup | NoCase, marks: MutableMapping[str, int]) -> None:
        self._caseless = isinstance(said, NoCase)
        self.kind = NO_CASE if self._caseless else MASS_LOOKUP
        self.window = said.within
        self.marks = marks
        self._most = said.employees
        self._windows = Windows(said.within)

    def see(self, seen: Seen) -> Finding | None:
        """As of every detector."""
        counts = seen.reading and seen.whose is not None and not (self._caseless and seen.ticket is not None)
        if not counts or seen.place <= self.marks.get(seen.operator, -1):
            return None
        window = self._windows.add(seen.operator, seen)
        first: dict[str | None, int] = {}
        for each in window.records:
            first.setdefault(each.whose, each.place)
        if len(first) < self._most:
            return None
        how = " with no ticket named" if self._caseless else ""
        said = f"personal data of {len(first)} employees were shown within {_long(window.until - window.since)}{how}"
        evidence = tuple(sorted(first.values()))
        found = Finding(self.kind, seen.operator, (seen.operator,), None, evidence, window.since, window.until, said)
        self.marks[seen.operator] = seen.place
        self._windows.clear(seen.operator)
        return found


class VipLooks:
    """Somebody under special protection was looked at with no ticket named. Shape: `people` is asked for each whom that is."""

    def __init__(self, said: Vip, marks: MutableMapping[str, int], people: Callable[[str], bool]) -> None:
        self.kind = VIP
        self.window = said.within
        self.marks = marks
        self._people = people
        self._told: dict[str, datetime] = {}

    def see(self, seen: Seen) -> Finding | None:
        """As of every detector."""
        if not seen.reading or seen.whose is None or seen.ticket is not None:
            return None
        subject = f"{seen.operator} {seen.whose}"
        mark = self.marks.get(subject, -1)
        if seen.place == mark:
            self._told[subject] = seen.at  # of this one it was told: begun anew behind it
        if seen.place <= mark or not self._people(seen.whose):
            return None
        last = self._told.get(subject)
        if last is not None and seen.at - last <= self.window:
            return None
        self._told[subject] = seen.at
        self.marks[subject] = seen.place
        said = "somebody under special protection was looked at with no ticket named"
        whose = None if seen.whose.startswith("@") else seen.whose
        return Finding(VIP, subject, (seen.operator,), whose, (seen.place,), seen.at, seen.at, said)


class Nights:
    """Reads and changes by one operator at hours at which nobody of their team works."""

    def __init__(self, said: OddHours, marks: MutableMapping[str, int]) -> None:
        self.kind = ODD_HOURS
        self.window = said.within
        self.marks = marks
        self._said = said
        self._windows = Windows(said.within)

    def see(self, seen: Seen) -> Finding | None:
        """As of every detector."""
        if not (seen.reading or seen.changing) or seen.place <= self.marks.get(seen.operator, -1):
            return None
        if not self._odd(seen):
            return None
        window = self._windows.add(seen.operator, seen)
        if len(window.records) < self._said.records:
            return None
        said = f"{len(window.records)} reads and changes at hours at which nobody of the team works"
        found = Finding(
            ODD_HOURS, seen.operator, (seen.operator,), None, window.places, window.since, window.until, said
        )
        self.marks[seen.operator] = seen.place
        self._windows.clear(seen.operator)
        return found

    def _odd(self, seen: Seen) -> bool:
        said = self._said
        there = seen.at.astimezone(said.teams.get(seen.team or "", said.zone))
        now = there.time()
        over_midnight = said.begin > said.end
        after, before = now >= said.begin, now < said.end
        night = after or before if over_midnight else after and before
        return night or there.weekday() in said.days_off


class TakeOvers:
    """Second factor and password of one employee both changed, in whatever order and by whomever."""

    def __init__(self, said: TakeOver, marks: MutableMapping[str, int]) -> None:
        self.kind = TAKE_OVER
        self.window = said.within
        self.marks = marks
        self._windows = Windows(said.within)

    def see(self, seen: Seen) -> Finding | None:
        """As of every detector."""
        if not seen.done or seen.whose is None or seen.code not in _SECOND_FACTOR | _PASSWORD:
            return None
        if seen.place <= self.marks.get(seen.whose, -1):
            return None
        window = self._windows.add(seen.whose, seen)
        codes = {each.code for each in window.records}
        if not codes & _SECOND_FACTOR or not codes & _PASSWORD:
            return None
        who = tuple(sorted({each.operator for each in window.records}))
        said = f"second factor and password of one employee changed within {_long(window.until - window.since)}"
        found = Finding(TAKE_OVER, seen.whose, who, seen.whose, window.places, window.since, window.until, said)
        self.marks[seen.whose] = seen.place
        self._windows.clear(seen.whose)
        return found


Marks = Mapping[str, Mapping[str, int]]
"""By kind and subject: up to which place has been told of."""


def detectors(said: Thresholds, people: Callable[[str], bool], marks: Marks | None = None) -> list[Detector]:
    """A detector for each kind that is not turned off."""
    known = marks or {}
    made: list[Detector] = []
    if said.mass_lookup is not None:
        made.append(Lookups(said.mass_lookup, dict(known.get(MASS_LOOKUP, {}))))
    if said.vip is not None:
        made.append(VipLooks(said.vip, dict(known.get(VIP, {})), people))
    if said.no_case is not None:
        made.append(Lookups(said.no_case, dict(known.get(NO_CASE, {}))))
    if said.odd_hours is not None:
        made.append(Nights(said.odd_hours, dict(known.get(ODD_HOURS, {}))))
    if said.take_over is not None:
        made.append(TakeOvers(said.take_over, dict(known.get(TAKE_OVER, {}))))
    return made


def counted(seen: Seen, but: Collection[str]) -> bool:
    """Whether anything is made of a record: not of what the system does itself, and not of those that are left out."""
    return seen.operator != ITSELF and seen.operator not in but


def _long(span: timedelta) -> str:
    minutes = -(-span.total_seconds() // 60)
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
