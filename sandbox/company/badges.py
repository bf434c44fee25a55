"""Badges and the doors they were shown to."""

from datetime import UTC, datetime, time, timedelta

from sandbox.company.cast import Cast, ago
from sandbox.company.model import Badge, BadgeEvent, BadgeKind
from sandbox.company.person import Person

_DOORS = ("main", "turnstile-1", "turnstile-2", "parking", "floor", "canteen")
_SPECIAL = ("server-room", "archive", "storeroom", "executive-floor")
_RECENT = timedelta(days=21)


def build_badges(cast: Cast) -> tuple[Badge, ...]:
    """All badges by number: a permanent one for whoever works, blocked ones of leavers, some lent for a day."""
    rng, now = cast.stream("badges"), cast.now
    found: list[Badge] = []

    def issue(person: Person, kind: BadgeKind, issued: datetime, until: datetime, blocked: datetime | None) -> None:
        zones = [f"{person.office}-main", f"{person.office}-floor-{person.floor}"]
        zones += [f"{person.office}-{zone}" for zone in _SPECIAL if kind == "PERMANENT" and rng.random() < 0.06]
        number = f"{len(found) * 104729 % 9999991 + 1:08d}"
        found.append(Badge(number, person.employee_id, kind, tuple(zones), issued, until, blocked))

    for person in cast.people:
        if person.status == "FUTURE":
            continue
        begun = datetime.combine(person.hire_date, time(9, 30), UTC)
        ended = datetime.combine(person.termination_date or now.date(), time(18, 0), UTC)
        years = begun + timedelta(days=365 * 20)
        if person.status == "TERMINATED":
            alive = person.employee_id in cast.oddities.badge_outlives
            issue(person, "PERMANENT", begun, years, None if alive else ended)
            continue
        lost = not cast.is_demo(person) and rng.random() < 0.01
        issue(person, "PERMANENT", begun, years, ago(now, rng, 5) if lost else None)
        if person is cast.showcase or rng.random() < 0.03:
            issue(person, "TEMPORARY", now - timedelta(hours=20), now + timedelta(days=2), None)
    return tuple(sorted(found, key=lambda badge: badge.number))


def build_badge_events(cast: Cast, badges: tuple[Badge, ...]) -> tuple[BadgeEvent, ...]:
    """What the doors saw in three weeks, oldest first; a blocked badge is refused."""
    rng, now = cast.stream("badge_events"), cast.now
    by_id = {person.employee_id: person for person in cast.people}
    drafts: list[tuple[datetime, str, str, bool]] = []
    for badge in badges:
        person = by_id[badge.owner_id]
        if person.status == "TERMINATED" and rng.random() < 0.9:
            continue
        showcase = person is cast.showcase
        first = max(badge.issued_at, now - _RECENT)
        for _ in range(8 if showcase else rng.randint(2, 6)):
            at = first + (now - first) * rng.random()
            blocked = badge.blocked_at is not None and badge.blocked_at <= at
            door = rng.choice(_DOORS)
            granted = not blocked and rng.random() < 0.97
            drafts.append((at.replace(microsecond=0), badge.number, f"{person.office}-{door}", granted))
    drafts.sort()
    return tuple(
        BadgeEvent(number, badge, door, at, ok) for number, (at, badge, door, ok) in enumerate(drafts, start=1)
    )
