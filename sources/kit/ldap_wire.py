"""What LDAP is to a connector: entries, changes, one search, and the wire that carries them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

Scope = Literal["base", "one", "sub"]
ChangeKind = Literal["add", "delete", "replace"]

DOWN: Final = -1
"""Result code of our own: nobody answered. The others are those of RFC 4511, appendix A."""
TIMED_OUT: Final = 85
UNREADABLE: Final = 2
INVALID_CREDENTIALS: Final = 49


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as found. Shape: attribute names in lower case; values raw, for nothing may guess their type."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one attribute. Shape: `delete` without values removes them all."""

    kind: ChangeKind
    attribute: str
    values: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """One search. Units: `page_size` in entries; `most` in bytes over all pages."""

    base: str
    scope: Scope
    where: str
    attributes: tuple[str, ...]
    page_size: int
    most: int


class Refusal(Exception):
    """The server said no, or nothing that can be used. Shape: `code` is an LDAP result code, or DOWN."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"LDAP {code}: {text}")
        self.code = code
        self.text = text


class DirectoryWire(Protocol):
    """Carries LDAP operations. Units: `seconds` for each exchange. Raises: Refusal, TimeoutError."""

    async def bind(self, user: str, password: str, seconds: float) -> None:
        """Sign in with these credentials on a connection of their own, and leave."""
        ...

    async def search(self, query: Query, seconds: float, sent: Callable[[], None]) -> list[Entry]:
        """All entries, page after page; `sent` is called for each page asked."""
        ...

    async def compare(self, dn: str, attribute: str, value: str, seconds: float) -> bool:
        """Whether the entry's attribute has this value."""
        ...

    async def modify(self, dn: str, changes: Sequence[Change], seconds: float) -> None:
        """Change an entry, all or nothing."""
        ...

    async def add(self, dn: str, attributes: Mapping[str, tuple[bytes, ...]], seconds: float) -> None:
        """Make an entry."""
        ...

    async def delete(self, dn: str, seconds: float) -> None:
        """Remove an entry that has none below it."""
        ...

    async def modify_password(self, dn: str, password: str, seconds: float) -> None:
        """Set a password by the extended operation. Source: RFC 3062."""
        ...

    async def close(self) -> None:
        """Give back every connection."""
        ...


def size_of(entry: Entry) -> int:
    """Bytes an entry takes, about."""
    return len(entry.dn) + sum(
        len(name) + sum(len(value) + 4 for value in values) for name, values in entry.attributes.items()
    )
