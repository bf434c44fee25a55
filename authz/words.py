"""Words: conditions and rows in plain English, for tables and reasons that people read and sign."""

from collections.abc import Mapping
from typing import Final

from authz.rows import EVERY, MASK, READ, Condition, Forbid, Obligation, OpForbid, OpPermit, Permit, When
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact

ALWAYS: Final = "always"

_TRUTHS: Final[Mapping[str, tuple[str, str]]] = {
    "vip": ("under special protection", "not under special protection"),
    "is_self": ("the viewer themselves", "not the viewer themselves"),
    "is_my_manager": ("the viewer's own manager", "not the viewer's own manager"),
    "group_privileged": ("the group gives administrative rights", "the group gives no administrative rights"),
    "group_owner": ("the viewer answers for the group", "the viewer does not answer for the group"),
    "case_open": ("a ticket of theirs is in hand", "no ticket of theirs is in hand"),
    "caller_verified": ("the caller has proven who they are", "the caller has not proven who they are"),
    "recent_second_factor_reset": (
        "a second factor was reset in the last day",
        "no second factor was reset in the last day",
    ),
    "recent_password_reset": ("the password was reset in the last day", "the password was not reset in the last day"),
}
"""What it means that something is so, and that it is not."""

_CHOICES: Final[Mapping[str, str]] = {
    "region": "region",
    "department_class": "department",
    "certificate_purpose": "certificate for",
    "device_class": "device",
    "operator_country": "viewer in",
}
"""How a choice among words begins."""

_ABOUT: Final[Mapping[str, str]] = {
    "region": "region",
    "vip": "special protection",
    "department_class": "department",
    "is_self": "whether it is the viewer",
    "is_my_manager": "whether it is the viewer's own manager",
    "group_privileged": "whether the group gives administrative rights",
    "group_owner": "who answers for the group",
    "certificate_purpose": "what the certificate is for",
    "device_class": "what the device is",
    "operator_country": "where the viewer is",
    "case_open": "whether a ticket of theirs is in hand",
    "caller_verified": "whether the caller has proven who they are",
    "recent_second_factor_reset": "whether a second factor was reset in the last day",
    "recent_password_reset": "whether the password was reset in the last day",
}
"""What an attribute is called where its value cannot be said."""

_UNSEEN: Final[Mapping[Fact, str]] = {UNKNOWN: "not known", LATER: "not looked at yet"}

_DOES: Final[Mapping[str, str]] = {READ: "reads", MASK: "reads in part", EVERY: "reads"}

_OBLIGATIONS: Final[Mapping[str, str]] = {
    "reason": "a reason",
    "ticket": "an open ticket",
    "caller_verified": "proof of the caller",
    "step_up": "a second sign-in",
    "four_eyes": "a second person",
    "owner_approval": "the owner's approval",
    "time_window": "the time window",
}
"""What an operation waits for, by kind."""


def words_of(when: When) -> str:
    """All of these conditions. Shape: `region br or cis, and not under special protection`; `always` where there is none."""
    return ", and ".join(condition_in_words(each) for each in when) or ALWAYS


def condition_in_words(condition: Condition) -> str:
    """One condition."""
    attr = condition.attr
    yes, no = _TRUTHS.get(attr, (f"{attr} is so", f"{attr} is not so"))
    said = [yes if value else no for value in condition.any if isinstance(value, bool)]
    named = tuple(each for each in condition.any if not isinstance(each, bool) and each not in _UNSEEN)
    if named:
        said.append(f"{_CHOICES.get(attr, attr)} {choice(named)}")
    said += [f"{_ABOUT.get(attr, attr)} {words}" for fact, words in _UNSEEN.items() if fact in condition.any]
    return choice(tuple(dict.fromkeys(said)))


def facts_in_words(facts: Mapping[str, Fact]) -> str:
    """All that is known of somebody. Shape: in the order of the vocabulary, parted by `; `."""
    return "; ".join(condition_in_words(Condition(name, (facts[name],))) for name in ATTRIBUTES if name in facts)


def row_in_words(row: Permit | Forbid | OpPermit | OpForbid | Obligation) -> str:
    """One row of the policy, as a sentence without its end."""
    when = f" when {words_of(row.when)}" if row.when else ""
    match row:
        case Permit():
            return f"{row.role} {_DOES[row.action]} {_domain(row.domain)} up to {row.ceiling}{when}"
        case Forbid():
            return f"nobody {_DOES[row.action]} {_domain(row.domain)} from {row.floor} upwards{when}: {row.reason}"
        case OpPermit():
            return f"{row.role} runs {operation_in_words(row.operation)}{when}"
        case OpForbid():
            return f"nobody runs {operation_in_words(row.operation)}{when}: {row.reason}"
        case Obligation():
            return f"{operation_in_words(row.operation)} needs {obligation_in_words(row.kind)}{when}"


def operation_in_words(name: str) -> str:
    """The name of an operation. Shape: `unlock account`."""
    return "every operation" if name == EVERY else name.replace("_", " ")


def obligation_in_words(kind: str) -> str:
    """What an operation waits for."""
    return _OBLIGATIONS.get(kind, kind.replace("_", " "))


def choice(values: tuple[Fact, ...]) -> str:
    """One of these. Shape: `br, cis or af`; `never` where there is none."""
    said = [str(value) for value in values]
    return f"{', '.join(said[:-1])} or {said[-1]}" if len(said) > 1 else "".join(said) or "never"


def _domain(domain: str) -> str:
    return "every domain" if domain == EVERY else domain
