"""Polar text: a policy's text taken apart just far enough to be looked at. Deciding is the engine's."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from authz.refusal import PolicyError

Kind = Literal["name", "string", "number", "sign"]

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n]*)
    |(?P<string>"(?:\\.|[^"\\\n])*")
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z0-9_]+)*)
    |(?P<sign>\?=|:=|==|!=|<=|>=|[<>=+\-*/(){}\[\],;.:|])""",
    re.VERBOSE,
)
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a text, a number or a sign. Shape: a string's `text` stands without its quotes."""

    kind: Kind
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between brackets."""

    bracket: str
    items: tuple["Token | Group", ...]
    line: int

    def parts(self) -> list[tuple["Token | Group", ...]]:
        """Split at the commas."""
        if not self.items:
            return []
        parts: list[list[Token | Group]] = [[]]
        for each in self.items:
            if is_sign(each, ","):
                parts.append([])
            else:
                parts[-1].append(each)
        return [tuple(each) for each in parts]


Item = Token | Group


@dataclass(frozen=True, slots=True)
class Statement:
    """A rule or an inline query. Shape: `head` is None in a query."""

    head: str | None
    items: tuple[Item, ...]
    line: int


def is_sign(item: Item | None, *texts: str) -> bool:
    """Say whether an item is one of these signs."""
    return isinstance(item, Token) and item.kind == "sign" and item.text in texts


def is_group(item: Item | None, bracket: str) -> bool:
    """Say whether an item is a group in such brackets."""
    return isinstance(item, Group) and item.bracket == bracket


def statements(file: str, text: str) -> list[Statement]:
    """Take a text apart. Raises: PolicyError where a statement is neither a rule nor an inline query."""
    found: list[Statement] = []
    current: list[Item] = []
    for each in _grouped(file, list(_tokens(file, text))):
        if is_sign(each, ";"):
            found.append(_statement(file, current, each.line))
            current = []
        else:
            current.append(each)
    if current:
        # What is no statement at all is told of first; what is one lacks its end alone.
        _statement(file, current, current[-1].line)
        raise PolicyError(file, current[-1].line, '";" at the end of a statement')
    return found


def _statement(file: str, items: Sequence[Item], line: int) -> Statement:
    if not items:
        raise PolicyError(file, line, 'a rule or an inline query before ";"')
    first = items[0]
    if is_sign(first, "?="):
        return Statement(None, tuple(items[1:]), first.line)
    if isinstance(first, Token) and first.kind == "name" and len(items) > 1 and is_group(items[1], "("):
        follows = items[2] if len(items) > 2 else None
        if follows is None or (isinstance(follows, Token) and follows.text == "if"):
            return Statement(first.text, tuple(items), first.line)
    word = first.text if isinstance(first, Token) else first.bracket
    raise PolicyError(file, first.line, f'a rule `name(…) if …;` or an inline query `?= …;` instead of "{word}"')


def _tokens(file: str, text: str) -> Iterator[Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise PolicyError(file, line, f"Polar instead of {text[place : place + 12].splitlines()[0]!r}")
        whole = found.group()
        match found.lastgroup:
            case "string":
                yield Token("string", re.sub(r"\\(.)", r"\1", whole[1:-1]), line)
            case "number":
                yield Token("number", whole, line)
            case "name":
                yield Token("name", whole, line)
            case "sign":
                yield Token("sign", whole, line)
            case _:
                pass
        line += whole.count("\n")
        place = found.end()


def _grouped(file: str, tokens: Sequence[Token]) -> list[Item]:
    open_groups: list[tuple[Token | None, list[Item]]] = [(None, [])]
    for token in tokens:
        if is_sign(token, *_CLOSING):
            open_groups.append((token, []))
        elif is_sign(token, *_CLOSING.values()):
            opener, items = open_groups.pop()
            if opener is None or _CLOSING[opener.text] != token.text:
                raise PolicyError(file, token.line, f'no "{token.text}" here')
            open_groups[-1][1].append(Group(opener.text, tuple(items), opener.line))
        else:
            open_groups[-1][1].append(token)
    opener, items = open_groups[-1]
    if opener is not None:
        raise PolicyError(file, opener.line, f'"{_CLOSING[opener.text]}" to close "{opener.text}"')
    return items
