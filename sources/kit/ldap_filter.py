"""LDAP search filters that cannot be broken out of. Source: RFC 4515."""

from collections.abc import Iterable
from typing import Final

IN_CHAIN: Final = "1.2.840.113556.1.4.1941"
"""Matching rule: reached through any number of links. Source: MS-ADTS 3.1.1.3.4.4.3."""
BITS_SET: Final = "1.2.840.113556.1.4.803"
"""Matching rule: all these bits are set. Source: MS-ADTS 3.1.1.3.4.4.1."""

_SPECIAL: Final = frozenset(b"\\*()\x00")


def literal(value: str | bytes) -> str:
    """A value as a filter literal: special bytes escaped in text, every byte in binary. Source: RFC 4515, 3."""
    if isinstance(value, bytes):
        return "".join(f"\\{byte:02x}" for byte in value)
    return "".join(f"\\{ord(char):02x}" if ord(char) in _SPECIAL else char for char in value)


def equals(attribute: str, value: str | bytes) -> str:
    """Entries whose attribute has this value."""
    return f"({attribute}={literal(value)})"


def present(attribute: str) -> str:
    """Entries that have the attribute."""
    return f"({attribute}=*)"


def by_rule(attribute: str, rule: str, value: str) -> str:
    """Entries that match the value by an extensible rule."""
    return f"({attribute}:{rule}:={literal(value)})"


def any_of(attribute: str, values: Iterable[str | bytes]) -> str:
    """Entries whose attribute has any of the values; none for no values. What no attribute can hold is left out."""
    return either(*(equals(attribute, value) for value in values if value and _can_be_sent(value)))


def _can_be_sent(value: str | bytes) -> bool:
    """Whether it has a form in UTF-8; half a character has none."""
    try:
        return isinstance(value, bytes) or bool(value.encode())
    except UnicodeEncodeError:
        return False


def either(*filters: str) -> str:
    """Entries that match any of the filters; the absolute false filter for none. Source: RFC 4526."""
    return filters[0] if len(filters) == 1 else f"(|{''.join(filters)})"


def both(*filters: str) -> str:
    """Entries that match all the filters."""
    return filters[0] if len(filters) == 1 else f"(&{''.join(filters)})"
