"""Figures: what each team did in each week, how long it took and how it ended, out of the journal and the trail.

The time of a run is from the first look at the employee to the proven effect: from the first record of that visit that the
operator was shown personal data of the employee, to the moment at which the last of the run's effects was read back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from typing import Any, Final

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.moment import written
from audit.record import SHOWN
from audit.tables import AuditRecord
from gateway.telemetry.usage_tables import UsageWithheld
from operations.kit.tables import (
    CANCELLED,
    COMPENSATED,
    EXPIRED,
    FAILED,
    PLANNED,
    REJECTED,
    SUCCEEDED,
    UNKNOWN,
    OperationRun,
    OperationStep,
)

ASKED: Final = ("OPERATOR", "UNDO", "BULK")
"""Origins of what somebody asked for; what follows of it by itself is no operation of a team's."""
_PAUSE: Final = timedelta(hours=1)
"""Whoever does not look at an employee for so long has closed the page: the next look opens it anew."""
_VISIT: Final = timedelta(hours=12)
"""No visit is longer."""
_AT_ONCE: Final = 200
TOP: Final = 5


@dataclass(frozen=True, slots=True)
class Done:
    """One run as it counts. Shape: `seconds` None where no page was opened for it, or no effect was read back."""

    team: str
    week: str
    name: str
    state: str
    seconds: float | None


@dataclass(slots=True)
class Figures:
    """One team's week. Shape: shares are of all runs that were begun; `withheld` are the fields asked for most and not shown."""

    team: str
    week: str
    kinds: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    withheld: Counter[str] = field(default_factory=Counter)

    @property
    def runs(self) -> int:
        """How many were begun."""
        return self.states.total()

    def share(self, *states: str) -> float | None:
        """The share of runs in these states; None without any run."""
        return sum(self.states[each] for each in states) / self.runs if self.runs else None

    @property
    def median(self) -> float | None:
        """Seconds within which half of the runs were proven."""
        return median(self.seconds) if self.seconds else None

    @property
    def p90(self) -> float | None:
        """Seconds within which nine of ten were."""
        if len(self.seconds) < 2:
            return self.median
        return quantiles(self.seconds, n=10, method="inclusive")[-1]

    def told(self) -> dict[str, Any]:
        """As JSON. Units: seconds, shares from 0 to 1."""
        return {
            "team": self.team,
            "week": self.week,
            "runs": self.runs,
            "operations": dict(sorted(self.kinds.items(), key=lambda each: (-each[1], each[0]))),
            "timed": len(self.seconds),
            "medianSeconds": self.median,
            "p90Seconds": self.p90,
            "finished": self.share(SUCCEEDED),
            "failed": self.share(FAILED, COMPENSATED),
            "unknown": self.share(UNKNOWN),
            "refused": self.share(REJECTED, EXPIRED, CANCELLED),
            "withheld": [{"field": name, "count": count} for name, count in self.withheld.most_common(TOP)],
        }


async def figures_of(engine: AsyncEngine, weeks: int, now: datetime) -> list[Figures]:
    """The figures of this week and those before it, by week and team."""
    monday = now.date() - timedelta(days=now.weekday())
    since = datetime.combine(monday - timedelta(weeks=weeks - 1), datetime.min.time(), UTC)
    async with engine.execution_options(okno_writes=False).connect() as connection:
        runs = (await connection.execute(_begun(since))).all()
        seen = await _seen(connection, runs, since - _VISIT)
        withheld = (await connection.execute(_withheld(since.date()))).all()
    found: dict[tuple[str, str], Figures] = {}

    def of(team: str | None, day: date) -> Figures:
        week, shown = week_of(day), team or "-"
        return found.setdefault((week, shown), Figures(shown, week))

    for run in runs:
        figures = of(run.team, _aware(run.created_at).date())
        figures.kinds[run.name] += 1
        figures.states[run.state] += 1
        seconds = time_of(run, seen)
        if seconds is not None:
            figures.seconds.append(seconds)
    for team, day, place, count in withheld:
        of(team, date.fromisoformat(day)).withheld[place] += int(count)
    return [found[place] for place in sorted(found)]


def week_of(day: date) -> str:
    """The week of a day, as ISO 8601 names it."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


Who = tuple[str, str, str | None]
"""Operator, employee and sign-in."""


def time_of(run: Any, seen: Mapping[Who, Sequence[datetime]]) -> float | None:
    """Seconds from opening the page to the proven effect."""
    if run.state != SUCCEEDED or run.proven is None or run.origin == "BULK":
        return None
    opened = opened_at(seen.get((run.caller, run.employee_id, run.session), ()), _aware(run.created_at))
    return None if opened is None else max(0.0, (_aware(run.proven) - opened).total_seconds())


def opened_at(looks: Sequence[datetime], begun: datetime) -> datetime | None:
    """The first look of the visit within which a run was begun. Shape: `looks` in order."""
    opened: datetime | None = None
    later = begun
    for look in reversed([each for each in looks if each <= begun]):
        if later - look > _PAUSE or begun - look > _VISIT:
            break
        opened = later = look
    return opened


def _begun(since: datetime) -> Any:
    proven = (
        select(func.max(col(OperationStep.read_back_at)))
        .where(col(OperationStep.run) == col(OperationRun.id))
        .scalar_subquery()
    )
    run = OperationRun
    return select(
        col(run.id),
        col(run.team),
        col(run.name),
        col(run.state),
        col(run.origin),
        col(run.caller),
        col(run.employee_id),
        col(run.created_at),
        col(run.viewer)["session"].as_string().label("session"),
        proven.label("proven"),
    ).where(col(run.created_at) >= since, col(run.origin).in_(ASKED), col(run.state) != PLANNED)


def _withheld(since: date) -> Any:
    used = UsageWithheld
    return (
        select(col(used.team), col(used.day), col(used.field), func.sum(col(used.count)))
        .where(col(used.day) >= since.isoformat())
        .group_by(col(used.team), col(used.day), col(used.field))
        .order_by(col(used.field))
    )


async def _seen(connection: AsyncConnection, runs: Iterable[Any], since: datetime) -> dict[Who, list[datetime]]:
    """When whoever ran something was shown whom it was about."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for run in runs:
        if run.state == SUCCEEDED and run.proven is not None:
            wanted[run.employee_id].add(run.caller)
    employees = sorted(wanted)
    found: defaultdict[Who, list[datetime]] = defaultdict(list)
    record = AuditRecord
    for start in range(0, len(employees), _AT_ONCE):
        rows: Iterable[Any] = await connection.execute(
            select(col(record.operator), col(record.employee), col(record.at), col(record.body))
            .where(
                col(record.employee).in_(employees[start : start + _AT_ONCE]),
                col(record.at) >= written(since),
                col(record.code) == SHOWN,
            )
            .order_by(col(record.at))
        )
        for operator, employee, at, body in rows:
            if operator in wanted[employee]:
                found[operator, employee, orjson.loads(body).get("session")].append(datetime.fromisoformat(at))
    return found


def _aware(moment: datetime | str) -> datetime:
    """A moment as the database gives it; what was worked out of others comes without its zone, or as text."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found if found.tzinfo else found.replace(tzinfo=UTC)
