"""The decision table: read from its file, and run against any policy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from authz.labels import Label
from authz.policy import Policy
from authz.profile import ALLOWED, DENIED, MASKED
from authz.rights import Actor
from authz.vocabulary import Fact

OUTCOMES: Final = {"allowed": ALLOWED, "masked": MASKED, "denied": DENIED}
_TABLE: Final = yaml.safe_load(Path(__file__).with_name("decisions.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class FieldCase:
    """Somebody, a field's label and what is known: allowed, masked or denied."""

    says: str
    team: str
    clearance: tuple[str, ...]
    label: Label
    facts: dict[str, Fact]
    outcome: int
    unattended: bool = False

    def problem(self, policy: Policy) -> str | None:
        """Say what is otherwise than the table has it."""
        profile = policy.profile(actor_of(policy, self.team, self.clearance, unattended=self.unattended))
        places = [place for place, each in enumerate(policy.labels.all) if _same(each, self.label)]
        got = profile.row_of(self.facts)[places[0]]
        return None if got == self.outcome else f"{self.says}: {got} instead of {self.outcome}"


@dataclass(frozen=True, slots=True)
class OperationCase:
    """Somebody, an operation and what is known: whether it runs, and what for."""

    says: str
    team: str
    clearance: tuple[str, ...]
    run: str
    facts: dict[str, Fact]
    allowed: bool
    because: str | None
    after: tuple[str, ...] | None

    def problem(self, policy: Policy) -> str | None:
        """Say what is otherwise than the table has it."""
        got = policy.decide(actor_of(policy, self.team, self.clearance), self.run, self.facts)
        if got.allowed is not self.allowed:
            return f"{self.says}: allowed is {got.allowed}"
        if self.because is not None and (got.because is None or self.because not in got.because.reason):
            return f"{self.says}: because of {got.because}"
        if self.after is not None and got.obligations != self.after:
            return f"{self.says}: {got.obligations} instead of {self.after}"
        return None


def actor_of(policy: Policy, team: str, clearance: tuple[str, ...], *, unattended: bool = False) -> Actor:
    """Whom a row of the table speaks of."""
    name = team.removesuffix(" lead")
    return policy.actor(name, "lead.br" if team != name else "somebody", (), clearance, unattended=unattended)


def field_cases() -> list[FieldCase]:
    """Rows about fields."""
    return [
        FieldCase(
            each["says"], each["team"], tuple(each.get("clear", ())), Label(*each["field"].split()),
            each["facts"], OUTCOMES[each["is"]], each.get("unattended", False),
        )
        for each in _TABLE["fields"]
    ]  # fmt: skip


def operation_cases() -> list[OperationCase]:
    """Rows about operations."""
    return [
        OperationCase(
            each["says"], each["team"], tuple(each.get("clear", ())), each["run"], each["facts"], each["allowed"],
            each.get("because"), tuple(each["after"]) if "after" in each else None,
        )
        for each in _TABLE["operations"]
    ]  # fmt: skip


def problems(policy: Policy) -> Iterator[str]:
    """All rows of the table that a policy does not decide as they say."""
    for case in (*field_cases(), *operation_cases()):
        problem = case.problem(policy)
        if problem is not None:
            yield problem


def _same(one: Label, other: Label) -> bool:
    return (one.domain, one.sensitivity) == (other.domain, other.sensitivity)
