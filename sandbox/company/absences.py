"""Days people are away: what is behind them, what they are in, what is agreed."""

from datetime import date, timedelta
from random import Random

from sandbox.company.person import Absence, AbsenceKind, EmploymentStatus

_NOW: tuple[AbsenceKind, ...] = ("VACATION", "SICK", "PARENTAL", "UNPAID")
_OTHER: tuple[AbsenceKind, ...] = ("VACATION", "SICK", "BUSINESS_TRIP")
_LONGEST: dict[AbsenceKind, int] = {"VACATION": 21, "SICK": 14, "PARENTAL": 400, "UNPAID": 60, "BUSINESS_TRIP": 10}


def draw_absences(
    status: EmploymentStatus, hired: date, left: date | None, today: date, rng: Random
) -> tuple[Absence, ...]:
    """Absences by their first day. Whoever is ON_LEAVE is away today, and nobody else but on a business trip."""
    found: list[Absence] = []
    if status == "FUTURE":
        return ()
    last = left if left is not None and left < today else today
    for _ in range(rng.choices((0, 1, 2), (5, 4, 2))[0]):
        kind = rng.choice(_OTHER)
        ends = last - timedelta(days=rng.randint(3, 300))
        starts = ends - timedelta(days=rng.randint(1, _LONGEST[kind]))
        if starts > hired and all(ends < other.starts or other.ends < starts for other in found):
            found.append(Absence(kind, starts, ends))
    if status == "ON_LEAVE":
        kind = rng.choices(_NOW, (55, 20, 20, 5))[0]
        length = rng.randint(4, _LONGEST[kind])
        begun = rng.randint(0, min(length - 2, 18))
        starts = today - timedelta(days=begun)
        found = [absence for absence in found if absence.ends < starts]
        found.append(Absence(kind, starts, starts + timedelta(days=length)))
    elif status == "ACTIVE":
        chance = rng.random()
        if chance < 0.02:
            found.append(Absence("BUSINESS_TRIP", today - timedelta(days=2), today + timedelta(days=rng.randint(1, 7))))
        elif chance < 0.12:
            starts = today + timedelta(days=rng.randint(3, 60))
            if left is None or left > starts + timedelta(days=21):
                found.append(Absence("VACATION", starts, starts + timedelta(days=rng.randint(4, 21))))
    return tuple(sorted(found, key=lambda absence: absence.starts))
