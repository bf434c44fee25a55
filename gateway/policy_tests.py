"""Policy tests: decisions that an installation writes down beside its policy; a version that breaks one is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import Field

from authz.known import Known
from authz.policy import Policy, PolicyError
from authz.profile import ALLOWED, DENIED, MASKED
from authz.refusal import instead
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact
from gateway.rights_words import Text
from sources.kit.yaml_file import Strict, read

DECISIONS: Final = "policy/decisions.yaml"
"""Where an installation writes its decisions down."""
ORDINARY: Final[Mapping[str, Fact]] = {
    "vip": False,
    "department_class": "ordinary",
    "is_self": False,
    "is_my_manager": False,
    "case_open": False,
    "caller_verified": False,
    "recent_second_factor_reset": False,
    "recent_password_reset": False,
    **{name: LATER for name, each in ATTRIBUTES.items() if each.kind == "object"},
}
"""Facts of an employee of whom nothing is special. What is not here is unknown until a decision says otherwise."""


class Decision(Strict):
    """One decision. Shape: fields as `Type.field`; `runs` says of an operation whether it may be run."""

    say: str = Field(min_length=1)
    team: str
    login: str = ""
    employee: dict[str, bool | str] = Field(default_factory=dict)
    reads: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    runs: dict[str, bool] = Field(default_factory=dict)


class DecisionsFile(Strict):
    """`policy/decisions.yaml`."""

    decisions: tuple[Decision, ...]


def decisions_of(bundle: Mapping[str, str], folder: Path) -> tuple[Decision, ...]:
    """The decisions a bundle brings along. Raises: ConfigError."""
    text = bundle.get(DECISIONS)
    return () if text is None else read(text, folder / DECISIONS, DecisionsFile).decisions


def run_tests(policy: Policy, bundle: Mapping[str, str], folder: Path) -> int:
    """Hold every written decision against the policy. Returns: how many. Raises: ConfigError, PolicyError."""
    decisions = decisions_of(bundle, folder)
    known = Known.of(policy.rights, policy.labels)
    for place, each in enumerate(decisions):
        _look_up(policy, known, each, Text(folder / DECISIONS, bundle[DECISIONS]), ["decisions", place])
        wrong = _wrong(policy, each)
        if wrong is not None:
            raise PolicyError(DECISIONS, None, f"{each.say!r} to hold; {wrong}")
    return len(decisions)


def _look_up(policy: Policy, known: Known, decision: Decision, text: Text, path: list[str | int]) -> None:
    """See that every word of a decision means something. Raises: ConfigError with file, line and the nearest word."""
    rights = policy.rights
    if decision.team not in rights.teams:
        text.refuse([*path, "team"], instead("a team", decision.team, rights.teams))
    for name, value in decision.employee.items():
        here = [*path, "employee", name]
        if wrong := known.wrong("attribute", name):
            text.refuse(here, wrong)
        not_looked_at = value == LATER and ATTRIBUTES[name].kind == "object"
        if value != UNKNOWN and not not_looked_at and (wrong := known.wrong_value(name, value)):
            text.refuse(here, wrong)
    fields = [".".join(each) for each in policy.labels.of]
    for key, names in (("reads", decision.reads), ("masked", decision.masked), ("denied", decision.denied)):
        for place, name in enumerate(names):
            if name not in fields:
                text.refuse([*path, key, place], instead("a field as Type.field", name, fields))
    for name in decision.runs:
        if name not in rights.operations:
            text.refuse([*path, "runs", name], instead("an operation", name, rights.operations))


def _wrong(policy: Policy, decision: Decision) -> str | None:
    """Say what is not as a decision says. Shape: None where all of it is."""
    facts = {**ORDINARY, **decision.employee}
    actor = policy.actor(decision.team, decision.login)
    row = policy.profile(actor).row_of(facts)
    wanted = (
        (decision.reads, ALLOWED, "read"),
        (decision.masked, MASKED, "masked"),
        (decision.denied, DENIED, "denied"),
    )
    for fields, outcome, word in wanted:
        for name in fields:
            kind, _, field = name.partition(".")
            if row[policy.labels.of[kind, field]] != outcome:
                return f"{name} is not {word}"
    for name, expected in decision.runs.items():
        if policy.decide(actor, name, facts).allowed != expected:
            return f"{name} may{' not' if expected else ''} be run"
    return None
