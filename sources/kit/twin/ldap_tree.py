"""The tree of entries inside an LDAP twin, with the back links a directory keeps of itself."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from sources.kit.ldap_reading import dn_key
from sources.kit.twin.ldap_filter import Test, chain_of, compiled, fold

Value = str | bytes
Row = tuple[str, Mapping[str, Sequence[Value]]]
"""One entry as a seed gives it: its DN, and its attributes by name."""

_COMMA: Final = re.compile(r"(?<!\\),")
_OWN_NAME: Final = frozenset({"distinguishedname", "entrydn"})
"""Attributes by which an entry tells its own DN, in AD and in RFC 5020."""


class LdapError(Exception):
    """A refusal. Shape: `code` as in RFC 4511, appendix A."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class TreeEntry:
    """One entry. Shape: attribute names in lower case."""

    def __init__(
        self, dn: str, attributes: Mapping[str, Sequence[Value]], back: Callable[[str, str], list[str]]
    ) -> None:
        self.dn = dn
        self.key = dn_key(dn)
        self.attributes = {name.lower(): list(values) for name, values in attributes.items() if values}
        self._back = back
        self._folded: dict[str, frozenset[bytes]] = {}

    def values(self, attribute: str) -> list[Value]:
        """The values of an attribute, back links included."""
        if attribute in _OWN_NAME:
            return [self.dn]
        own = self.attributes.get(attribute)
        return own if own is not None else list(self._back(attribute, self.key))

    def first(self, attribute: str, default: str = "") -> str:
        """The first value as text."""
        values = self.values(attribute)
        return str(values[0]) if values else default

    def folded(self, attribute: str) -> frozenset[bytes]:
        """The values in the form in which filters compare them."""
        if attribute not in self.attributes:
            return frozenset(fold(_bytes(value)) for value in self.values(attribute))
        if attribute not in self._folded:
            self._folded[attribute] = frozenset(fold(_bytes(value)) for value in self.attributes[attribute])
        return self._folded[attribute]

    def set(self, attribute: str, values: Iterable[Value]) -> None:
        """Replace an attribute; without values it is gone."""
        kept = list(values)
        self._folded.pop(attribute, None)
        if kept:
            self.attributes[attribute] = kept
        else:
            self.attributes.pop(attribute, None)


class Tree:
    """Entries by DN. Shape: `links` maps a back link to the attribute it mirrors, such as memberOf to member."""

    def __init__(self, rows: Iterable[Row], links: Mapping[str, str]) -> None:
        self._links = {back.lower(): forward.lower() for back, forward in links.items()}
        self._mirrors: dict[str, dict[str, list[str]]] | None = None
        self.entries: dict[str, TreeEntry] = {}
        for dn, attributes in rows:
            self._put(dn, attributes)

    def get(self, dn: str) -> TreeEntry:
        """The entry of that DN. Raises: LdapError."""
        entry = self.entries.get(dn_key(dn))
        if entry is None:
            raise LdapError(32, "No such object")
        return entry

    def add(self, dn: str, attributes: Mapping[str, Sequence[Value]]) -> TreeEntry:
        """A new entry below an existing one. Raises: LdapError."""
        if dn_key(dn) in self.entries:
            raise LdapError(68, "Already exists")
        if _COMMA.split(dn_key(dn), 1)[-1] not in self.entries:
            raise LdapError(32, "No such object: parent")
        return self._put(dn, attributes)

    def delete(self, dn: str) -> None:
        """Remove an entry, and it from where it was linked. Raises: LdapError."""
        entry = self.get(dn)
        if any(key.endswith("," + entry.key) for key in self.entries):
            raise LdapError(66, "Not allowed on non-leaf")
        del self.entries[entry.key]
        for forward in self._links.values():
            for other in self.entries.values():
                values = other.attributes.get(forward, [])
                if any(dn_key(str(value)) == entry.key for value in values):
                    other.set(forward, [value for value in values if dn_key(str(value)) != entry.key])
        self.changed()

    def changed(self) -> None:
        """Forget the mirrored links after a change."""
        self._mirrors = None

    def search(self, base: str, scope: str, where: str) -> Iterator[TreeEntry]:
        """Entries in scope that match. Raises: LdapError, BadFilter."""
        test: Test = compiled(where, self.chain, dn_key)
        root = self.get(base).key
        if scope == "base":
            return iter([self.entries[root]] if test(self.entries[root]) else [])
        below = "," + root
        return (
            entry
            for key, entry in self.entries.items()
            if (key.endswith(below) or (scope == "sub" and key == root))
            and (scope == "sub" or _COMMA.split(key, 1)[-1] == root)
            and test(entry)
        )

    def chain(self, attribute: str, key: str) -> frozenset[str]:
        """Keys of the entries that reach this one by any number of links of the attribute."""
        mirrors = self._mirrored()
        if attribute in mirrors:
            forward = {each.key: [dn_key(str(v)) for v in each.attributes.get(self._links[attribute], ())]
                       for each in self.entries.values()}  # fmt: skip
            return chain_of(forward, key)
        back = next((name for name, forward_name in self._links.items() if forward_name == attribute), "")
        upward = {at: [dn_key(dn) for dn in dns] for at, dns in mirrors.get(back, {}).items()}
        return chain_of(upward, key)

    def _put(self, dn: str, attributes: Mapping[str, Sequence[Value]]) -> TreeEntry:
        entry = TreeEntry(dn, attributes, self._back)
        self.entries[entry.key] = entry
        self.changed()
        return entry

    def _back(self, attribute: str, key: str) -> list[str]:
        return self._mirrored()[attribute].get(key, []) if attribute in self._links else []

    def _mirrored(self) -> dict[str, dict[str, list[str]]]:
        if self._mirrors is None:
            mirrors: dict[str, dict[str, list[str]]] = {back: defaultdict(list) for back in self._links}
            for entry in self.entries.values():
                for back, forward in self._links.items():
                    for value in entry.attributes.get(forward, ()):
                        mirrors[back][dn_key(str(value))].append(entry.dn)
            self._mirrors = mirrors
        return self._mirrors


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
