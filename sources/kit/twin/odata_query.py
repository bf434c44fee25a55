"""What an OData v4 twin understands of a query: `$filter`, `$select` and `$expand`. Source: OData 4.01 ABNF."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
Value = Callable[[Row], Any]

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?(?![\d-]))|(?P<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?)"
    r"|(?P<name>[A-Za-z_][\w/.]*)|(?P<mark>[(),]))"
)
_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_CONSTANTS: Final = {"null": None, "true": True, "false": False}
_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda whole, sought: sought in whole,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_TEXTS: Final[Mapping[str, Callable[[str], str]]] = {"tolower": str.lower, "toupper": str.upper, "trim": str.strip}


class QuerySyntax(ValueError):
    """The query cannot be understood, or names what is not there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A `$select` with its `$expand`, nested."""

    select: tuple[str, ...] = ()
    expand: Mapping[str, "Choice"] = field(default_factory=dict)


def compile_filter(text: str, properties: Sequence[str], entity: str) -> Test:
    """A `$filter` as a test of rows. Raises: QuerySyntax, also for a property that the entity lacks."""
    reader = _FilterReader(text, frozenset(properties), entity)
    test = reader.either()
    reader.end()
    return test


class _FilterReader:
    def __init__(self, text: str, properties: frozenset[str], entity: str) -> None:
        self._tokens = list(_tokens(text))
        self._properties = properties
        self._entity = entity
        self._at = 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise QuerySyntax(f"Parsing $filter failed at {self._tokens[self._at][1]!r}")

    def either(self) -> Test:
        tests = [self._both()]
        while self._takes("name", "or"):
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._takes("name", "and"):
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._takes("name", "not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._takes("mark", "("):
            inner = self.either()
            self._needs("mark", ")")
            return inner
        if self._peek()[0] == "name" and self._peek()[1] in _TESTS:
            return self._function(_TESTS[self._next()[1]])
        return self._comparison()

    def _function(self, holds: Callable[[str, str], bool]) -> Test:
        self._needs("mark", "(")
        left = self._value()
        self._needs("mark", ",")
        right = self._value()
        self._needs("mark", ")")
        return lambda row: left(row) is not None and holds(str(left(row)), str(right(row)))

    def _comparison(self) -> Test:
        left = self._value()
        kind, word = self._next()
        if kind == "name" and word == "in":
            return self._among(left)
        right = self._value()
        if kind == "name" and word in ("eq", "ne"):
            return lambda row: (left(row) == right(row)) is (word == "eq")
        if kind != "name" or word not in _COMPARE:
            raise QuerySyntax(f"Parsing $filter failed at {word!r}")
        holds = _COMPARE[word]
        return lambda row: None not in (left(row), right(row)) and holds(left(row), right(row))

    def _among(self, left: Value) -> Test:
        self._needs("mark", "(")
        values = [self._value()]
        while self._takes("mark", ","):
            values.append(self._value())
        self._needs("mark", ")")
        among = {value({}) for value in values}
        return lambda row: left(row) in among

    def _value(self) -> Value:
        kind, word = self._next()
        if kind == "text":
            return _constant(word[1:-1].replace("''", "'"))
        if kind == "number":
            return _constant(float(word) if "." in word else int(word))
        if kind == "moment":
            return _constant(word)
        if kind != "name":
            raise QuerySyntax(f"Parsing $filter failed at {word!r}")
        if word in _CONSTANTS:
            return _constant(_CONSTANTS[word])
        if word in _TEXTS:
            self._needs("mark", "(")
            inner = self._value()
            self._needs("mark", ")")
            return lambda row: None if inner(row) is None else _TEXTS[word](str(inner(row)))
        if word not in self._properties:
            raise QuerySyntax(f'Property "{word}" does not exist in "{self._entity}"')
        return lambda row: row.get(word)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "end of text")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end":
            raise QuerySyntax("Parsing $filter failed at its end")
        self._at += 1
        return token

    def _takes(self, kind: str, word: str) -> bool:
        if self._peek() != (kind, word):
            return False
        self._at += 1
        return True

    def _needs(self, kind: str, word: str) -> None:
        if not self._takes(kind, word):
            raise QuerySyntax(f"Parsing $filter failed: expected {word!r}, found {self._peek()[1]!r}")


def _constant(value: object) -> Value:
    return lambda _row: value


def _tokens(text: str) -> Sequence[tuple[str, str]]:
    found = []
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise QuerySyntax(f"Parsing $filter failed at {text[at : at + 20]!r}")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def read_choice(select: str, expand: str) -> Choice:
    """`$select` and `$expand` as sent. Raises: QuerySyntax."""
    chosen = tuple(name.strip() for name in select.split(",") if name.strip())
    return Choice(chosen, dict(_expansion(each) for each in _split(expand, ",")))


def _expansion(text: str) -> tuple[str, Choice]:
    match = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", text, re.DOTALL)
    if match is None:
        raise QuerySyntax(f"Parsing $expand failed at {text!r}")
    options = dict(_option(each) for each in _split(match[2] or "", ";"))
    if not options.keys() <= {"$select", "$expand"}:
        raise QuerySyntax(f"$expand knows $select and $expand only, not {sorted(options)}")
    return match[1], read_choice(options.get("$select", ""), options.get("$expand", ""))


def _option(text: str) -> tuple[str, str]:
    name, mark, value = text.strip().partition("=")
    if not mark:
        raise QuerySyntax(f"Parsing $expand failed at {text!r}")
    return name, value


def _split(text: str, mark: str) -> list[str]:
    """The parts of a text between marks that stand outside of parentheses."""
    parts, depth, part = [], 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    if depth:
        raise QuerySyntax("parentheses do not match")
    return [each for each in [*parts, part] if each.strip()]
