"""TicketSQL as the twin understands it: comparisons, LIKE, AND, OR, parentheses, with RT's quoting. Source: RT::SQL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Values = Callable[[str], list[str]]
"""The values a ticket has for a field, as texts."""
Test = Callable[[Values], bool]

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<op>!=|>=|<=|=|<|>)|(?P<paren>[()])|(?P<word>[\w.]+))""",
    re.DOTALL,
)
_ACTIVE: Final = ("new", "open", "stalled")
_INACTIVE: Final = ("resolved", "rejected", "deleted")


class SqlSyntax(ValueError):
    """The query cannot be parsed."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `joins` counts what RT would join the tickets' people by: one join for each requester condition of
    an OR that is the whole query, one in all for an OR inside of something.
    """

    test: Test
    joins: int


def parse(text: str) -> Query:
    """A query. Raises: SqlSyntax."""
    reader = _Reader(text)
    if not reader.tokens:
        return Query(lambda _values: False, 0)
    test = reader.either(top=True)
    if reader.at < len(reader.tokens):
        raise SqlSyntax(f"Wrong query, expecting a AGGREGATOR in '{text}'")
    return Query(test, reader.joins)


class _Reader:
    """A recursive descent over tokens."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        self.joins = 0
        place = 0
        stripped = text.rstrip()
        while place < len(stripped):
            found = _TOKEN.match(stripped, place)
            if found is None or found.lastgroup is None:
                raise SqlSyntax(f"Wrong query in '{text}'")
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            place = found.end()

    def either(self, *, top: bool = False) -> Test:
        """Conditions with OR between them."""
        before = self.joins
        tests = [self.both()]
        while self.next_word("OR"):
            tests.append(self.both())
        whole = top and self.at == len(self.tokens)
        if len(tests) > 1 and not whole:
            self.joins = before + min(1, self.joins - before)
        return (lambda values: any(test(values) for test in tests)) if len(tests) > 1 else tests[0]

    def both(self) -> Test:
        """Conditions with AND between them."""
        tests = [self.one()]
        while self.next_word("AND"):
            tests.append(self.one())
        return (lambda values: all(test(values) for test in tests)) if len(tests) > 1 else tests[0]

    def one(self) -> Test:
        """One comparison, or something in parentheses."""
        kind, word = self.take("KEYWORD")
        if (kind, word) == ("paren", "("):
            test = self.either()
            if self.take("CLOSE_PAREN") != ("paren", ")"):
                raise SqlSyntax("Incomplete query, expecting a CLOSE_PAREN")
            return test
        if kind != "word":
            raise SqlSyntax(f"Wrong query, expecting a KEYWORD at '{word}'")
        self.joins += word.startswith("Requestor")
        _, sign = self.take("OPERATOR")
        value_kind, value = self.take("VALUE")
        if value_kind in {"paren", "op"}:
            raise SqlSyntax(f"Wrong query, expecting a VALUE at '{value}'")
        plain = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value_kind == "quoted" else value
        return _comparison(word, sign.upper(), plain)

    def next_word(self, word: str) -> bool:
        """Take this word if it comes next."""
        here = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        found = here[0] == "word" and here[1].upper() == word
        self.at += found
        return found

    def take(self, expected: str) -> tuple[str, str]:
        """The next token. Raises: SqlSyntax at the end of the query."""
        if self.at >= len(self.tokens):
            raise SqlSyntax(f"Incomplete query, expecting a {expected}")
        self.at += 1
        return self.tokens[self.at - 1]


def _comparison(field: str, sign: str, value: str) -> Test:
    if field == "Status" and value.casefold() in ("__active__", "__inactive__"):
        among = _ACTIVE if (value.casefold() == "__active__") == (sign == "=") else _INACTIVE
        return lambda values: any(each in among for each in values(field))
    lowered = value.casefold()
    if sign == "=":
        return lambda values: any(each.casefold() == lowered for each in values(field))
    if sign == "!=":
        return lambda values: all(each.casefold() != lowered for each in values(field))
    if sign == "LIKE":
        return lambda values: any(lowered in each.casefold() for each in values(field))
    if sign in ("<", ">", "<=", ">="):
        return lambda values: any(_ordered(each, value, sign) for each in values(field))
    raise SqlSyntax(f"Wrong query, expecting a OPERATOR at '{sign}'")


def _ordered(left: str, right: str, sign: str) -> bool:
    pair = (int(left), int(right)) if left.isdigit() and right.isdigit() else (left, right)
    below, above = pair[0] < pair[1], pair[0] > pair[1]  # type: ignore[operator]
    return {"<": below, ">": above, "<=": not above, ">=": not below}[sign]
