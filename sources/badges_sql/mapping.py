"""From rows of the badge database to badges."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sources.kit.reading import BadData, moment, text, whole
from sources.ports.badges import Badge, Passage
from sources.ports.errors import Answer, SourceError

_DIGITS: Final = 10
KINDS: Final = {"permanent": "PERMANENT", "temporary": "TEMPORARY"}


def stored(employee_id: str) -> str:
    """An employee number as the database has it: without leading zeros."""
    return employee_id.lstrip("0") or "0"


def padded(employee: str, digits: int) -> str:
    """The employee number as everybody else has it."""
    return employee.zfill(digits)


def temporary_number(employee_id: str, zones: Iterable[str], valid_until: datetime) -> str:
    """The number of a temporary badge: the same for the same holder, zones and end, so that it is not issued twice."""
    until = valid_until.astimezone(UTC).isoformat(timespec="seconds")
    described = "\n".join([stored(employee_id), until, *sorted(set(zones))])
    digest = int.from_bytes(hashlib.sha256(described.encode()).digest())
    return f"T{digest % 10**_DIGITS:0{_DIGITS}}"


def answers(rows: Iterable[Any], keys: Sequence[str], source: str, digits: int) -> list[Answer[tuple[Badge, ...]]]:
    """Badges of each employee, by number. A bad row costs its employee only; one of nobody's makes all doubtful."""
    several: dict[str, list[Any]] = defaultdict(list)
    doubt: SourceError | None = None
    for row in rows:
        try:
            several[padded(text(row, "employee"), digits)].append(row)
        except BadData as problem:
            doubt = SourceError("BAD_SOURCE_DATA", source, str(problem))
    found: list[Answer[tuple[Badge, ...]]] = []
    for key in keys:
        try:
            found.append(doubt or _badges(several.get(key, ()), source))
        except BadData as problem:
            found.append(SourceError("BAD_SOURCE_DATA", source, str(problem)))
    return found


def _badges(rows: Iterable[Any], source: str) -> tuple[Badge, ...]:
    badges: dict[str, Any] = {}
    zones: dict[str, list[str]] = defaultdict(list)
    passages: dict[str, list[tuple[int, Passage]]] = defaultdict(list)
    for row in rows:
        number, part = text(row, "badge"), text(row, "part")
        if part == "badge":
            badges[number] = row
        elif part == "zone":
            zones[number].append(text(row, "name"))
        elif part == "passage":
            passages[number].append((whole(row, "place") or 0, _passage(row)))
        else:
            raise BadData(f"part: {part!r}")
    return tuple(
        Badge(
            source=source,
            number=number,
            kind=KINDS.get(text(row, "name").lower(), "OTHER"),
            zones=tuple(sorted(zones[number])),
            issued_at=moment(row, "at"),
            valid_until=moment(row, "valid_until"),
            blocked_at=moment(row, "blocked_at"),
            passages=tuple(passage for _, passage in sorted(passages[number], key=lambda each: each[0])),
        )
        for number, row in sorted(badges.items())
    )


def _passage(row: Any) -> Passage:
    at, granted = moment(row, "at"), row.get("granted")
    # one database has booleans, the other stores them as numbers
    if at is None or granted not in (True, False):
        raise BadData("a passage without moment or verdict")
    return Passage(text(row, "name"), at, bool(granted))
