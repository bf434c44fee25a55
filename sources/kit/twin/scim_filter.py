"""SCIM filters as a server understands them, for twins. Source: RFC 7644, 3.4.2.2."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

Test = Callable[[dict[str, Any]], bool]
_TOKEN: Final = re.compile(r'\s*(\(|\)|"(?:[^"\\]|\\.)*"|[^\s()"]+)')
_EXACT: Final = frozenset({"externalId", "id"})


class FilterSyntax(ValueError):
    """The filter cannot be read."""


def compile_filter(source: str) -> Test:
    """A filter as a test of one resource. Raises: FilterSyntax."""
    tests = _Parser(_tokens(source))
    test = tests.either()
    if tests.rest():
        raise FilterSyntax(source)
    return test


def _tokens(source: str) -> list[str]:
    found, at, end = [], 0, len(source.rstrip())
    while at < end:
        token = _TOKEN.match(source, at)
        if token is None:
            raise FilterSyntax(source)
        found.append(token[1])
        at = token.end()
    return found


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def rest(self) -> bool:
        return self._at < len(self._tokens)

    def _peek(self) -> str:
        return self._tokens[self._at].lower() if self.rest() else ""

    def _take(self) -> str:
        if not self.rest():
            raise FilterSyntax("unexpected end")
        self._at += 1
        return self._tokens[self._at - 1]

    def either(self) -> Test:
        tests = [self._both()]
        while self._peek() == "or":
            self._take()
            tests.append(self._both())
        return _any_equal(tests) or (lambda row: any(test(row) for test in tests))

    def _both(self) -> Test:
        tests = [self._one()]
        while self._peek() == "and":
            self._take()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._peek() == "not":
            self._take()
            inner = self._one()
            return lambda row: not inner(row)
        if self._peek() == "(":
            self._take()
            inner = self.either()
            if self._take() != ")":
                raise FilterSyntax("a parenthesis is not closed")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        attribute, operator = self._take(), self._take().lower()
        if operator == "pr":
            return lambda row: bool(values_at(row, attribute))
        try:
            wanted = orjson.loads(self._take())
        except orjson.JSONDecodeError:
            raise FilterSyntax(attribute) from None
        compare = _OPERATORS.get(operator)
        if compare is None:
            raise FilterSyntax(operator)
        exact = attribute in _EXACT
        right = _folded(wanted, exact)
        if operator == "eq" and isinstance(right, str):
            return _Equal(attribute, right)
        return lambda row: any(compare(_folded(value, exact), right) for value in values_at(row, attribute))


@dataclass(frozen=True, slots=True)
class _Equal:
    """One attribute equal to one text; many of these in a row are looked up at once."""

    attribute: str
    text: str

    def __call__(self, row: dict[str, Any]) -> bool:
        exact = self.attribute in _EXACT
        return any(_folded(value, exact) == self.text for value in values_at(row, self.attribute))


def _any_equal(tests: list[Test]) -> Test | None:
    """A test of many texts of one attribute, as directories with an index do it."""
    attributes = {test.attribute for test in tests if isinstance(test, _Equal)}
    if len(attributes) != 1 or not all(isinstance(test, _Equal) for test in tests):
        return None
    (attribute,) = attributes
    exact = attribute in _EXACT
    texts = {test.text for test in tests if isinstance(test, _Equal)}
    return lambda row: any(
        _folded(value, exact) in texts for value in values_at(row, attribute) if isinstance(value, str)
    )


_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda left, right: bool(left == right),
    "ne": lambda left, right: bool(left != right),
    "co": lambda left, right: str(right) in str(left),
    "sw": lambda left, right: str(left).startswith(str(right)),
    "ew": lambda left, right: str(left).endswith(str(right)),
    "gt": lambda left, right: bool(left > right),
    "ge": lambda left, right: bool(left >= right),
    "lt": lambda left, right: bool(left < right),
    "le": lambda left, right: bool(left <= right),
}


def _folded(value: Any, exact: bool) -> Any:
    return value.casefold() if isinstance(value, str) and not exact else value


def values_at(row: dict[str, Any], attribute: str) -> list[Any]:
    """All values an attribute path leads to; an extension is named by its URN, then a colon."""
    here: Any = row
    if attribute.startswith("urn:"):
        urn = next((key for key in row if key.startswith("urn:") and attribute.startswith(key)), None)
        if urn is None:
            return []
        here, attribute = row[urn], attribute[len(urn) + 1 :]
    level = [here]
    for name in attribute.split(".") if attribute else []:
        reached = [node.get(name) for node in level if isinstance(node, dict)]
        level = [value for each in reached for value in (each if isinstance(each, list) else [each])]
    return [
        value["value"] if isinstance(value, dict) and "value" in value else value
        for value in level
        if value is not None
    ]
