"""Thresholds: from where on something looks wrong. None turns a detection off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from zoneinfo import ZoneInfo

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MassLookup:
    """Personal data of so many different employees by one operator."""

    employees: int = 100
    within: timedelta = _HOUR


@dataclass(frozen=True, slots=True)
class NoCase:
    """Personal data of so many different employees by one operator with no ticket named."""

    employees: int = 20
    within: timedelta = _HOUR


@dataclass(frozen=True, slots=True)
class Vip:
    """Somebody under special protection, with no ticket named. Shape: told once of one operator and employee in `within`."""

    within: timedelta = _HOUR


@dataclass(frozen=True, slots=True)
class OddHours:
    """So many reads and changes by one operator while it is night where their team works, or on one of its days off.

    Shape: `begin` later than `end` goes over midnight; `teams` have zones of their own; `days_off` 0 for Monday.
    """

    begin: time
    end: time
    zone: ZoneInfo
    teams: Mapping[str, ZoneInfo] = field(default_factory=dict)
    days_off: tuple[int, ...] = ()
    records: int = 10
    within: timedelta = 8 * _HOUR


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Second factor and password of one employee both changed."""

    within: timedelta = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Everything that is looked for. Shape: `but` are logins of whom nothing is counted, such as services that copy all."""

    mass_lookup: MassLookup | None = field(default_factory=MassLookup)
    vip: Vip | None = field(default_factory=Vip)
    no_case: NoCase | None = field(default_factory=NoCase)
    odd_hours: OddHours | None = None
    take_over: TakeOver | None = field(default_factory=TakeOver)
    but: frozenset[str] = frozenset()
