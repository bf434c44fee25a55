"""LDAP search filters read and applied, for twins. Source: RFC 4515; matching rules of MS-ADTS 3.1.1.3.4.4."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from sources.kit.ldap_filter import BITS_SET, IN_CHAIN

_ITEM: Final = re.compile(r"([A-Za-z][\w;-]*)(?::([\d.]+):)?(=|>=|<=)([^()]*)")
_ESCAPE: Final = re.compile(rb"\\([0-9a-fA-F]{2})")


class Matched(Protocol):
    """An entry as filters see it."""

    key: str

    def folded(self, attribute: str) -> frozenset[bytes]:
        """The values of an attribute, in the form in which they are compared."""
        ...


Test = Callable[[Matched], bool]
Chain = Callable[[str, str], frozenset[str]]
"""Attribute and DN to the keys of the entries that reach this DN by any number of links of that attribute."""


class BadFilter(ValueError):
    """The text is no search filter."""


def fold(value: bytes) -> bytes:
    """A value in the form in which text is compared: letters in lower case."""
    try:
        return value.decode().casefold().encode()
    except UnicodeDecodeError:
        return value


def compiled(text: str, chain: Chain, dn_key: Callable[[str], str]) -> Test:
    """A filter as a test of entries. Raises: BadFilter."""
    reader = _Reader(text, chain, dn_key)
    test = reader.filter()
    if reader.at != len(text):
        raise BadFilter(f"unexpected text at {reader.at}")
    return test


class _Reader:
    def __init__(self, text: str, chain: Chain, dn_key: Callable[[str], str]) -> None:
        self.text, self.at = text, 0
        self.chain, self.dn_key = chain, dn_key

    def filter(self) -> Test:
        self._expect("(")
        sign = self.text[self.at : self.at + 1]
        if sign in ("&", "|", "!") and sign:
            self.at += 1
            test = self._not() if sign == "!" else self._several(sign)
        else:
            test = self._item()
        self._expect(")")
        return test

    def _expect(self, char: str) -> None:
        if self.text[self.at : self.at + 1] != char:
            raise BadFilter(f"{char!r} expected at {self.at}")
        self.at += 1

    def _not(self) -> Test:
        inner = self.filter()
        return lambda entry: not inner(entry)

    def _several(self, sign: str) -> Test:
        equal: dict[str, set[bytes]] = defaultdict(set)
        tests: list[Test] = []
        while self.text[self.at : self.at + 1] == "(":
            simple = self._simple_equality() if sign == "|" else None
            if simple is None:
                tests.append(self.filter())
            else:
                equal[simple[0]].add(simple[1])
        # a hundred values of one attribute are one look into a set, as an index would make it
        tests += [_any_value(name, values) for name, values in equal.items()]
        if sign == "&":
            return lambda entry: all(test(entry) for test in tests)
        return lambda entry: any(test(entry) for test in tests)

    def _simple_equality(self) -> tuple[str, bytes] | None:
        match = re.compile(r"\(([A-Za-z][\w;-]*)=([^()*]+)\)").match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match[1].lower(), fold(_unescaped(match[2]))

    def _item(self) -> Test:
        match = _ITEM.match(self.text, self.at)
        if match is None:
            raise BadFilter(f"no condition at {self.at}")
        self.at = match.end()
        name, rule, sign, value = match[1].lower(), match[2], match[3], match[4]
        if rule is not None:
            return self._by_rule(name, rule, value)
        if sign != "=":
            return _ordered(name, sign, fold(_unescaped(value)))
        if value == "*":
            return lambda entry: bool(entry.folded(name))
        if "*" in value:
            return _substring(name, [fold(_unescaped(part)) for part in value.split("*")])
        return _any_value(name, {fold(_unescaped(value))})

    def _by_rule(self, name: str, rule: str, value: str) -> Test:
        if rule == IN_CHAIN:
            reached = self.chain(name, self.dn_key(_unescaped(value).decode()))
            return lambda entry: entry.key in reached
        if rule == BITS_SET:
            bits = int(value)
            return lambda entry: any(int(each) & bits == bits for each in entry.folded(name))
        raise BadFilter(f"unknown matching rule {rule}")


def _any_value(name: str, values: Iterable[bytes]) -> Test:
    wanted = frozenset(values)
    return lambda entry: not wanted.isdisjoint(entry.folded(name))


def _ordered(name: str, sign: str, value: bytes) -> Test:
    def order(each: bytes) -> tuple[int, int, bytes]:
        number = each.lstrip(b"-").isdigit()
        return (0, int(each), b"") if number else (1, 0, each)

    if sign == ">=":
        return lambda entry: any(order(each) >= order(value) for each in entry.folded(name))
    return lambda entry: any(order(each) <= order(value) for each in entry.folded(name))


def _substring(name: str, parts: list[bytes]) -> Test:
    pattern = re.compile(b".*".join(re.escape(part) for part in parts), re.DOTALL)
    return lambda entry: any(pattern.fullmatch(each) for each in entry.folded(name))


def _unescaped(value: str) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), value.encode())


def chain_of(links: Mapping[str, Iterable[str]], start: str) -> frozenset[str]:
    """Everything reached from a start by any number of links, rings included."""
    reached: set[str] = set()
    edge = [start]
    while edge:
        edge = [each for at in edge for each in links.get(at, ()) if each not in reached]
        reached.update(edge)
    return frozenset(reached)
