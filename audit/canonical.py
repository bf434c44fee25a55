"""Canonical JSON, so that one event has one text and one hash. Source: RFC 8785."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

_EXACT: Final = 2**53
"""Beyond it a number is not the same to every reader, so it is written as a text."""


def canonical(value: object) -> bytes:
    """The canonical text of a value of texts, numbers, truths, lists and mappings.

    Fractions are written as texts: they have no spelling on which everybody agrees at a glance. Raises: TypeError for what
    is no JSON, orjson.JSONEncodeError (a TypeError) for half a character.
    """
    return orjson.dumps(plain(value))


def plain(value: Any) -> Any:
    """A value of what canonical JSON has, its names in order. Raises: TypeError."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return str(value)
    if isinstance(value, Mapping):
        named = {str(name): each for name, each in value.items()}
        # by UTF-16 units, which differs from the order of code points beyond the first plane
        key = None if all(map(str.isascii, named)) else _units
        return {name: plain(named[name]) for name in sorted(named, key=key)}
    raise TypeError(f"no canonical text for {type(value).__name__}")


def _units(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")
