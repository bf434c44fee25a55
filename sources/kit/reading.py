"""Reading foreign data: values by name and kind, answers matched to keys; bad data becomes a coded error."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from sources.ports.errors import Answer, SourceError

R = TypeVar("R")
MOST_TEXT = 10_000
"""Characters; longer values are not texts a person wrote."""


MOST_WHOLE = 2**63 - 1
"""The largest number that answers can carry."""
_WHOLE = re.compile(r"-?[0-9]{1,19}")


class BadData(ValueError):
    """A value is not what the system's documentation promises."""


def text(row: Any, name: str) -> str:
    """A required text."""
    value = optional_text(row, name)
    if value is None:
        raise BadData(f"{name}: a text is missing")
    return value


def optional_text(row: Any, name: str) -> str | None:
    """A text, None where absent, null or empty."""
    value = _mapping(row).get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise BadData(f"{name}: expected a text, got {type(value).__name__}")
    if len(value) > MOST_TEXT:
        raise BadData(f"{name}: expected at most {MOST_TEXT} characters, got {len(value)}")
    return value


def whole(row: Any, name: str) -> int | None:
    """A whole number, None where absent. A number written as text counts."""
    value = _mapping(row).get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST_WHOLE:
        raise BadData(f"{name}: expected a whole number, got {type(value).__name__}")
    return value


def truth(row: Any, name: str) -> bool | None:
    """Yes or no, None where absent."""
    value = _mapping(row).get(name)
    if value is not None and not isinstance(value, bool):
        raise BadData(f"{name}: expected true or false, got {type(value).__name__}")
    return value


def moment(row: Any, name: str) -> datetime | None:
    """A moment in ISO 8601, in UTC; without an offset it is UTC already."""
    value = optional_text(row, name)
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadData(f"{name}: expected a moment in ISO 8601") from None


def epoch(row: Any, name: str) -> datetime | None:
    """A moment as seconds since 1970; zero and absent are None."""
    value = whole(row, name)
    try:
        return datetime.fromtimestamp(value, UTC) if value else None
    except (ValueError, OverflowError, OSError):
        raise BadData(f"{name}: expected seconds since 1970, is outside of the calendar") from None


def day(row: Any, name: str) -> date | None:
    """A day in ISO 8601."""
    value = optional_text(row, name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise BadData(f"{name}: expected a day in ISO 8601") from None


def rows(body: Any, name: str) -> list[Any]:
    """A required list."""
    value = _mapping(body).get(name)
    if not isinstance(value, list):
        raise BadData(f"{name}: expected a list, got {type(value).__name__}")
    return value


def optional_rows(body: Any, name: str) -> list[Any]:
    """A list, empty where absent or null."""
    return [] if _mapping(body).get(name) is None else rows(body, name)


def part(row: Any, name: str) -> Mapping[str, Any]:
    """A nested object, empty where absent or null."""
    value = _mapping(row).get(name)
    return {} if value is None else _mapping(value)


def _mapping(row: Any) -> Mapping[str, Any]:
    # nearly every row is a plain dictionary; an abstract class takes ten times as long to say so
    if type(row) is not dict and not isinstance(row, Mapping):
        raise BadData(f"expected an object, got {type(row).__name__}")
    return row


def match(
    source: str,
    keys: Sequence[Hashable],
    found: Iterable[Any],
    key_of: Callable[[Any], Hashable | None],
    record_of: Callable[[Any], R],
) -> list[Answer[R]]:
    """Records for keys. Shape: `keys[i] -> record`, unknown -> None.

    A row that has a key but cannot be read costs that key only; a row whose key cannot be read makes every key that is
    still without an answer doubtful, so these say BAD_SOURCE_DATA instead of a false "unknown".
    """
    return [_single(each) for each in match_many(source, keys, found, key_of, record_of)]


def _single(answer: Any) -> Any:
    return (answer[0] if answer else None) if isinstance(answer, tuple) else answer


def match_many(
    source: str,
    keys: Sequence[Hashable],
    found: Iterable[Any],
    key_of: Callable[[Any], Hashable | None],
    record_of: Callable[[Any], R],
) -> list[Answer[tuple[R, ...]]]:
    """Tuples of records for keys, in the order found. Shape: `keys[i] -> tuple`, none -> (); bad rows as in `match`."""
    records: dict[Hashable, list[R]] = defaultdict(list)
    spoilt: dict[Hashable, SourceError] = {}
    doubt: SourceError | None = None
    for row in found:
        try:
            key = key_of(row)
        except BadData as problem:
            doubt = SourceError("BAD_SOURCE_DATA", source, str(problem))
            continue
        if key is None:
            continue
        try:
            records[key].append(record_of(row))
        except BadData as problem:
            spoilt[key] = SourceError("BAD_SOURCE_DATA", source, str(problem))
    return [spoilt.get(key) or (doubt if doubt and key not in records else tuple(records.get(key, ()))) for key in keys]
