"""Policy tests: decisions that an installation writes down beside its policy; a version that breaks one is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import Field

from authz.policy import Policy, PolicyError
from authz.profile import ALLOWED, DENIED, MASKED
from authz.vocabulary import ATTRIBUTES, LATER, Fact
from sources.kit.yaml_file import ConfigError, Strict, read

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
    for each in decisions:
        wrong = _wrong(policy, each, folder / DECISIONS)
        if wrong is not None:
            raise PolicyError(DECISIONS, None, f"{each.say!r} to hold; {wrong}")
    return len(decisions)


def _wrong(policy: Policy, decision: Decision, file: Path) -> str | None:
    if decision.team not in policy.rights.teams:
        raise ConfigError(file, None, decision.say, f"expected a team, is {decision.team!r}")
    unknown = sorted(set(decision.employee) - set(ATTRIBUTES))
    if unknown:
        raise ConfigError(file, None, decision.say, f"expected attributes, is {unknown[0]!r}")
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
            if (kind, field) not in policy.labels.of:
                raise ConfigError(file, None, decision.say, f"expected a field as Type.field, is {name!r}")
            if row[policy.labels.of[kind, field]] != outcome:
                return f"{name} is not {word}"
    for name, expected in decision.runs.items():
        if name not in policy.rights.operations:
            raise ConfigError(file, None, decision.say, f"expected an operation, is {name!r}")
        if policy.decide(actor, name, facts).allowed != expected:
            return f"{name} may{' not' if expected else ''} be run"
    return None
