"""Reading LDAP entries: values by name and syntax; what cannot be read becomes BadData."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from sources.kit.ldap_wire import Entry
from sources.kit.reading import MOST_TEXT, BadData

_COMMA: Final = re.compile(r"(?<!\\),")
_GENERALIZED: Final = re.compile(r"(\d{14})(?:\.\d+)?Z")
_FILETIME_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER: Final = 0x7FFF_FFFF_FFFF_FFFF


@lru_cache(maxsize=4096)  # the same few groups stand in nearly every entry
def dn_key(dn: str) -> str:
    """A DN in the form in which DNs are compared."""
    return ",".join(part.strip().casefold() for part in _COMMA.split(dn))


def first_rdn(dn: str) -> tuple[str, str]:
    """Attribute (in lower case) and value of the leftmost part of a DN, unescaped."""
    name, _, value = _COMMA.split(dn, 1)[0].partition("=")
    return name.strip().lower(), re.sub(r"\\(.)", r"\1", value.strip())


def texts(entry: Entry, name: str) -> list[str]:
    """All values as texts."""
    return [_text(name, value) for value in entry.attributes.get(name.lower(), ())]


def optional_text(entry: Entry, name: str) -> str | None:
    """The only value as a text, None where absent."""
    values = texts(entry, name)
    if len(values) > 1:
        raise BadData(f"{name}: one value expected, got {len(values)}")
    return values[0] or None if values else None


def text(entry: Entry, name: str) -> str:
    """The only value as a text."""
    value = optional_text(entry, name)
    if value is None:
        raise BadData(f"{name}: a text is missing")
    return value


def whole(entry: Entry, name: str) -> int | None:
    """The only value as a whole number, None where absent."""
    value = optional_text(entry, name)
    if value is not None and not re.fullmatch(r"-?\d{1,20}", value):
        raise BadData(f"{name}: expected a whole number")
    return None if value is None else int(value)


def required_whole(entry: Entry, name: str) -> int:
    """The only value as a whole number."""
    value = whole(entry, name)
    if value is None:
        raise BadData(f"{name}: a number is missing")
    return value


def truth(entry: Entry, name: str) -> bool | None:
    """The only value as yes or no, None where absent. Source: RFC 4517, 3.3.3."""
    value = optional_text(entry, name)
    if value not in (None, "TRUE", "FALSE"):
        raise BadData(f"{name}: expected TRUE or FALSE")
    return None if value is None else value == "TRUE"


def octets(entry: Entry, name: str) -> bytes:
    """The only value as it is."""
    values = entry.attributes.get(name.lower(), ())
    if len(values) != 1:
        raise BadData(f"{name}: one value expected, got {len(values)}")
    return values[0]


def generalized(entry: Entry, name: str) -> datetime | None:
    """A moment in Generalized Time, None where absent. Source: RFC 4517, 3.3.13."""
    value = optional_text(entry, name)
    if value is None:
        return None
    match = _GENERALIZED.fullmatch(value)
    try:
        return datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if match else _unreadable(name)
    except ValueError:
        return _unreadable(name)


def filetime(entry: Entry, name: str) -> datetime | None:
    """A moment in ticks of 100 ns since 1601; absent, zero and "never" are None. Source: MS-DTYP 2.3.3."""
    ticks = whole(entry, name)
    if ticks is None or ticks <= 0 or ticks >= _NEVER:
        return None
    try:
        return _FILETIME_EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return _unreadable(name)


def _text(name: str, value: bytes) -> str:
    try:
        decoded = value.decode()
    except UnicodeDecodeError:
        raise BadData(f"{name}: not text") from None
    if len(decoded) > MOST_TEXT:
        raise BadData(f"{name}: too long")
    return decoded


def _unreadable(name: str) -> datetime:
    raise BadData(f"{name}: not a moment")


async def groups_above(
    direct: Iterable[str], fetch: Callable[[list[str]], Awaitable[Mapping[str, Entry]]], *, deep: bool
) -> dict[str, Entry]:
    """The groups of these DNs and, with `deep`, those they are in. Shape: by `dn_key`.

    One fetch for the given ones and one for each further level; rings end where nothing new is met.
    """
    known: dict[str, Entry] = {}
    asked: set[str] = set()
    edge = {dn_key(dn): dn for dn in direct}
    while edge:
        found = await fetch(sorted(edge.values()))
        asked |= set(edge)
        known.update(found)
        above = {dn_key(dn): dn for group in found.values() for dn in texts(group, "memberOf")} if deep else {}
        edge = {key: dn for key, dn in above.items() if key not in asked}
    return known


def reached(direct: Iterable[str], known: Mapping[str, Entry]) -> set[str]:
    """Keys of all known groups reached from these DNs, themselves included."""
    found: set[str] = set()
    edge = {dn_key(dn) for dn in direct} & set(known)
    while edge:
        found |= edge
        edge = {dn_key(dn) for key in edge for dn in texts(known[key], "memberOf")} & set(known) - found
    return found
