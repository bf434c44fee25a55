"""Known words: which words a policy may use, gathered from the labels, the vocabulary and the rights themselves."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from authz.labels import Labels
from authz.refusal import instead
from authz.rights import Rights
from authz.rows import EVERY, MASK, READ, SENSITIVITIES
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact

RISKS: Final = ("low", "medium", "high")
SCOPES: Final = ("region", "anyone", "self")
OBLIGATIONS: Final = (
    "reason",
    "ticket",
    "caller_verified",
    "step_up",
    "four_eyes",
    "owner_approval",
    "time_window",
)
"""All that an operation may be made to wait for."""

ORDINARY: Final = "ordinary"
"""Class of a department that nobody has put into a class."""

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")


def is_name(word: object) -> bool:
    """Say whether a word may be a name in configuration at all."""
    return isinstance(word, str) and _NAME.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class Known:
    """Words by kind. Shape: `words[kind]` are those a literal of this kind may be."""

    words: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, rights: Rights, labels: Labels) -> "Known":
        """Gather the words of an installation."""
        domains = {label.domain for label in labels.all} | {each.domain for each in rights.operations.values()}
        cleared = {word for team in rights.teams.values() for word in team.clearance}
        return cls(
            {
                "action": frozenset((READ, MASK)),
                "attribute": frozenset(ATTRIBUTES),
                "clearance": frozenset({"vip", *cleared}),
                "department class": frozenset({ORDINARY, *rights.department_classes.values()}),
                "domain": frozenset({EVERY, *domains}),
                "obligation": frozenset(OBLIGATIONS),
                "operation": frozenset({EVERY, *rights.operations}),
                "region": frozenset(rights.regions),
                "risk": frozenset(RISKS),
                "role": frozenset(rights.roles),
                "scope": frozenset(SCOPES),
                "sensitivity": frozenset(SENSITIVITIES),
            }
        )

    def wrong(self, kind: str, word: object) -> str | None:
        """Say what was expected instead of a word. Shape: None where the word is known."""
        if isinstance(word, str) and word in self.words[kind]:
            return None
        article = "an" if kind[0] in "aeiou" else "a"
        return instead(f"{article} {kind}", word, self.words[kind])

    def wrong_value(self, attribute: str, value: Fact) -> str | None:
        """Say what was expected instead of an attribute's value. Shape: None where the value fits."""
        values = ATTRIBUTES[attribute].values
        if values is not None:
            if any(value == each and type(value) is type(each) for each in values):
                return None
            words = [_said(each) for each in values]
            if isinstance(value, str) and True in values and value.lower() in words:
                return f'a value of {attribute} instead of the text "{value}", nearest {value.lower()} without quotation marks'
            return instead(f"a value of {attribute}", _said(value), words)
        if not isinstance(value, str) or value in (UNKNOWN, LATER):
            return f'a value of {attribute} that can be known, not "{value}"'
        return _OPEN[attribute](self, value)


def _said(fact: Fact) -> str:
    return str(fact).lower() if isinstance(fact, bool) else fact


def _region(known: Known, value: str) -> str | None:
    return known.wrong("region", value)


def _class(known: Known, value: str) -> str | None:
    return known.wrong("department class", value)


def _country(_known: Known, value: str) -> str | None:
    return None if _COUNTRY.fullmatch(value) else f'a country of two capital letters instead of "{value}"'


_OPEN: Final[Mapping[str, Callable[[Known, str], str | None]]] = {
    "region": _region,
    "department_class": _class,
    "operator_country": _country,
}
