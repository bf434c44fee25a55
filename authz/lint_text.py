"""Lint of texts: what Polar would load without a word and then never match.

A key misspelt inside a forbid, a call with one argument too many, a domain nobody has: each of these is accepted by
the engine, and each would leave something open. So whatever a text names is checked against closed lists.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from authz.known import Known
from authz.polar_text import Group, Item, Statement, Token, is_group, is_sign, statements
from authz.refusal import PolicyError, instead
from authz.rows import EVERY
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact

RULES: Final[Mapping[str, tuple[str | None, ...]]] = {
    "permit": (None, "action", "domain", "sensitivity", None, "text"),
    "forbid": (None, "action", "domain", "sensitivity", None, "text"),
    "op_permit": (None, None, None, "text"),
    "op_forbid": (None, None, None, "text"),
    "obligation": (None, None, None, "obligation"),
    "granted": (None, "action", "domain", "sensitivity", None, "text"),
    "granted_run": (None, "operation", None, "text"),
    "scope_means": ("scope", None, None, None),
    "allow_field": (None, "action", None, None),
    "permitted": (None, "action", None, None),
    "forbidden": (None, "action", None, None),
    "beyond": (None, None),
    "level": ("sensitivity", None),
    "reaches": ("sensitivity", "sensitivity"),
    "risk": ("risk", None),
    "risk_at_least": (None, "risk"),
    "permit_holds": (None, None),
    "forbid_holds": (None, None),
    "opens": (None, None),
    "closes": (None, None),
}
"""Every rule there is, and the kind of word that each of its arguments may be."""

OPEN: Final = ("permit", "forbid", "op_permit", "op_forbid", "obligation")
"""Rules that an installation's texts may add to; the others are the meaning of these."""

FIELDS: Final[Mapping[str, str | None]] = {
    "action": "action",
    "any": None,
    "assignments": None,
    "attr": "attribute",
    "ceiling": "sensitivity",
    "ceilings": None,
    "clearance": "clearance",
    "domain": "domain",
    "everywhere": None,
    "grants": None,
    "name": "operation",
    "operation": "operation",
    "owner_approves": None,
    "regions": "region",
    "risk": "risk",
    "role": "role",
    "runs": None,
    "scope": "scope",
    "sensitivity": "sensitivity",
    "unattended": None,
    "when": None,
}
"""Every name that may follow a dot or stand before a colon, and the kind of word that it is compared with."""

_INSIDE: Final = ("ceilings", "everywhere", "grants", "regions", "runs")
"""What only the fixed text looks into: an actor is asked about without it wherever it does not matter."""

_JOINING: Final = ("if", "and", "or", "not", "in")
_REFUSED: Final = ("cut", "debug", "forall", "isa", "matches", "new", "print", "resource", "type")
_LOCAL: Final = ("domain", "operation")


def lint_text(file: str, text: str, known: Known, *, fixed: bool) -> None:
    """Check a text. Raises: PolicyError."""
    for each in statements(file, text):
        _Reading(file, known, fixed, each).check()


class _Reading:
    """One statement under the lamp."""

    def __init__(self, file: str, known: Known, fixed: bool, statement: Statement) -> None:
        self.file = file
        self.known = known
        self.fixed = fixed
        self.statement = statement
        self.query = statement.head is None
        self.seen: set[int] = set()
        self.attributes: list[Token] = []

    def check(self) -> None:
        head = self.statement.head
        if head is not None and not self.fixed and head not in OPEN:
            raise self.wrong(self.statement.line, instead("a rule that may be added to", head, OPEN))
        self.sequence(self.statement.items)
        if head in ("permit", "forbid"):
            self.objects()
        if not self.query and not self.fixed:
            for each in _strings(self.statement.items):
                if id(each) not in self.seen:
                    raise self.wrong(each.line, f'"{each.text}" beside what it is compared with, such as `op.name`')

    def wrong(self, line: int, expected: str) -> PolicyError:
        return PolicyError(self.file, line, expected)

    def sequence(self, items: Sequence[Item]) -> None:
        for place, item in enumerate(items):
            before = items[place - 1] if place else None
            after = items[place + 1] if place + 1 < len(items) else None
            if isinstance(item, Group):
                self.group(item, before)
                if item.bracket == "[" and (kind := FIELDS.get(_left(items, place) or "")):
                    for each in _strings(item.items):
                        self.literal(each, kind)
            elif item.kind == "name":
                self.word(item, before, after)
            elif item.kind == "string":
                self.compared(items, place)
            elif item.text == ":":
                raise self.wrong(item.line, 'no ":" outside of a dictionary')
            elif item.text == ":=" or (item.text in "+-/<>" and not self.fixed):
                raise self.wrong(item.line, f'"=", "!=" or "in" instead of "{item.text}"')

    def word(self, token: Token, before: Item | None, after: Item | None) -> None:
        if token.text in _REFUSED:
            raise self.wrong(token.line, f'no "{token.text}" in a policy')
        if is_sign(before, "."):
            if after is not None and is_group(after, "("):
                raise self.wrong(token.line, f'an attribute instead of the call "{token.text}(…)"')
            open_fields = [name for name in FIELDS if self.fixed or name not in _INSIDE]
            if token.text not in open_fields:
                raise self.wrong(token.line, instead("an attribute", token.text, open_fields))
        elif isinstance(after, Group) and after.bracket == "(" and token.text not in _JOINING:
            self.call(token, after)

    def call(self, token: Token, arguments: Group) -> None:
        kinds = RULES.get(token.text)
        if kinds is None:
            raise self.wrong(token.line, instead("a rule", token.text, RULES))
        parts = arguments.parts()
        if len(parts) != len(kinds):
            raise self.wrong(token.line, f"{token.text} with {len(kinds)} arguments instead of {len(parts)}")
        for part, kind in zip(parts, kinds, strict=True):
            if len(part) == 1 and isinstance(part[0], Token) and part[0].kind == "string" and kind is not None:
                self.literal(part[0], kind)

    def literal(self, token: Token, kind: str) -> None:
        self.seen.add(id(token))
        if kind == "text" or (self.fixed and kind in _LOCAL):
            return
        if wrong := self.known.wrong(kind, token.text):
            raise self.wrong(token.line, wrong)

    def compared(self, items: Sequence[Item], place: int) -> None:
        """Check a literal by the attribute that it is compared with, on either side."""
        token = items[place]
        assert isinstance(token, Token)
        sides = (_left(items, place), _right(items, place))
        for field in sides:
            kind = FIELDS.get(field) if field is not None else None
            if kind is not None:
                self.literal(token, kind)

    def group(self, group: Group, before: Item | None) -> None:
        if group.bracket == "{":
            self.dictionary(group)
            return
        if group.bracket == "(" and is_sign(before, ".") and not self.fixed:
            raise self.wrong(group.line, "an attribute by its name after a dot")
        for part in group.parts():
            self.sequence(part)

    def dictionary(self, group: Group) -> None:
        entries: dict[str, tuple[Item, ...]] = {}
        for part in group.parts():
            first = part[0] if part else None
            if not isinstance(first, Token) or first.kind != "name" or len(part) < 3 or not is_sign(part[1], ":"):
                raise self.wrong(group.line, "`name: value` in a dictionary")
            if first.text not in FIELDS and first.text not in ATTRIBUTES:
                raise self.wrong(first.line, instead("a key", first.text, [*FIELDS, *ATTRIBUTES]))
            entries[first.text] = part[2:]
        if "attr" in entries or "any" in entries or not (self.query or self.fixed):
            self.condition(group, entries)
            return
        for key, value in entries.items():
            self.entry(key, value)

    def entry(self, key: str, value: tuple[Item, ...]) -> None:
        only = value[0] if len(value) == 1 else None
        kind = FIELDS.get(key)
        if key in ATTRIBUTES and only is not None:
            fact = _fact(only)
            if fact is not None and fact not in (UNKNOWN, LATER) and (bad := self.known.wrong_value(key, fact)):
                raise self.wrong(only.line, bad)
        elif kind is not None and isinstance(only, Token) and only.kind == "string":
            self.literal(only, kind)
        self.sequence(value)

    def condition(self, group: Group, entries: Mapping[str, tuple[Item, ...]]) -> None:
        if entries.keys() != {"attr", "any"}:
            raise self.wrong(group.line, "a condition `{attr: …, any: […]}`")
        name = entries["attr"][0]
        if len(entries["attr"]) != 1 or not isinstance(name, Token) or name.kind != "string":
            raise self.wrong(group.line, 'an attribute by its name, such as `attr: "vip"`')
        self.literal(name, "attribute")
        self.attributes.append(name)
        words = entries["any"][0]
        if len(entries["any"]) != 1 or not isinstance(words, Group) or words.bracket != "[":
            if not self.fixed:
                raise self.wrong(group.line, "values one by one, such as `any: [true]`")
            self.sequence(entries["any"])
            return
        if not words.items:
            raise self.wrong(words.line, f'at least one value of "{name.text}"')
        for part in words.parts():
            self.value(name.text, words, part)

    def value(self, attribute: str, words: Group, part: tuple[Item, ...]) -> None:
        fact = _fact(part[0]) if len(part) == 1 else None
        if fact is None:
            raise self.wrong(words.line, f'true, false or a word as a value of "{attribute}"')
        self.seen.add(id(part[0]))
        if wrong := self.known.wrong_value(attribute, fact):
            raise self.wrong(part[0].line, wrong)

    def objects(self) -> None:
        """Hold attributes of objects to their own domain."""
        arguments = self.statement.items[1]
        assert isinstance(arguments, Group)
        domain = arguments.parts()[2][0]
        if not isinstance(domain, Token) or domain.kind != "string":
            return
        for each in self.attributes:
            own = ATTRIBUTES[each.text].domain
            if own is not None and domain.text not in (own, EVERY):
                raise self.wrong(each.line, f'"{each.text}" with domain "{own}" or "{EVERY}", not with "{domain.text}"')


def _fact(item: Item) -> Fact | None:
    if not isinstance(item, Token):
        return None
    if item.kind == "string":
        return item.text
    return {"true": True, "false": False}.get(item.text)


def _left(items: Sequence[Item], place: int) -> str | None:
    """Find the attribute in `x.attribute = "literal"` or `x.attribute in ["literal"]`."""
    if place < 3 or not _joins(items[place - 1]):
        return None
    name = items[place - 2]
    return name.text if isinstance(name, Token) and is_sign(items[place - 3], ".") else None


def _right(items: Sequence[Item], place: int) -> str | None:
    """Find the attribute in `"literal" in x.attribute`."""
    if len(items) < place + 5 or not is_sign(items[place + 3], "."):
        return None
    name = items[place + 4]
    return name.text if _joins(items[place + 1]) and isinstance(name, Token) else None


def _joins(item: Item) -> bool:
    return is_sign(item, "=", "==", "!=") or (isinstance(item, Token) and item.text == "in")


def _strings(items: Sequence[Item]) -> Iterator[Token]:
    for each in items:
        if isinstance(each, Group):
            yield from _strings(each.items)
        elif each.kind == "string":
            yield each
