"""The sandbox's own policy: what its compiled rows say is what its text says, decision by decision, on a sample of all teams.

The whole of it would be some hundred thousand decisions; the small company of `tests/unit/authz` is compared in full.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import pytest

from authz.compiling import compiled
from authz.engine import OsoEngine
from authz.labels import Labels
from authz.oracle import Oracle
from authz.policy import Policy
from authz.profile import Profile
from authz.rights import Actor
from authz.rows import SENSITIVITIES, Forbid, Permit
from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact
from tests.rights.installation import policy
from tests.rights.team_matrix import ELSEWHERE, kinds, who

SEED: Final = 20261123
EACH: Final = 24
"""Decisions for each set of rights."""
_REGIONS: Final = ("br", "cis", "af", "eu", ELSEWHERE, UNKNOWN)

Rows = tuple[tuple[Permit, ...], tuple[Forbid, ...]]
"""Permits and forbids of one action."""


@dataclass(frozen=True, slots=True)
class Case:
    """One decision. Shape: `place` is the label's; `said` what the policy's text says."""

    name: str
    actor: Actor
    facts: Mapping[str, Fact]
    place: int
    said: int

    def __str__(self) -> str:
        return f"{self.name}, {policy().labels.all[self.place]}, {dict(self.facts)}: {self.said}"


@cache
def sample() -> tuple[Case, ...]:
    """The cases, with what the oracle says of each; asked once, for an answer takes it milliseconds."""
    of = policy()
    oracle = Oracle(OsoEngine(of.polar, of.rights))
    chance = random.Random(SEED)
    found = []
    for name, (team, actor) in sorted(who(of).items()):
        known = list(kinds(team).values())
        for _ in range(EACH):
            facts = chance.choice(known) if chance.random() < 0.6 else _any(chance)
            place = _place(chance, of, actor)
            (said,) = oracle.row(actor, facts, Labels((of.labels.all[place],), {}, {}))
            found.append(Case(name, actor, facts, place, said))
    return tuple(found)


def _any(chance: random.Random) -> dict[str, Fact]:
    """A kind of employee that nobody thought of; what is left out is not known."""
    facts: dict[str, Fact] = {}
    for name, attribute in ATTRIBUTES.items():
        words = list(attribute.values or (_REGIONS if name == "region" else ("BR", "RU", "ordinary", "other")))
        if attribute.kind == "object":
            words.append(LATER)
        if chance.random() < 0.85:
            facts[name] = chance.choice(words)
    return facts


def _place(chance: random.Random, of: Policy, actor: Actor) -> int:
    """A label; more often one that is not denied to everybody alike, where there is more to get wrong."""
    profile = of.profile(actor)
    hanging = [place for place, each in enumerate(profile.depends) if each]
    return chance.choice(hanging) if hanging and chance.random() < 0.7 else chance.randrange(len(of.labels.all))


def differences(compiling: Callable[[Policy, Actor], Profile]) -> list[str]:
    """Cases that a compiler decides otherwise than the policy's text."""
    of = policy()
    made: dict[Actor, Profile] = {}
    found = []
    for case in sample():
        if case.actor not in made:
            made[case.actor] = compiling(of, case.actor)
        outcome = made[case.actor].row_of(case.facts)[case.place]
        if outcome != case.said:
            found.append(f"{case}, compiled {outcome}")
    return found


def test_the_sample_covers_every_team_and_every_outcome() -> None:
    assert len(sample()) >= 250
    assert {each.name.split("+")[0] for each in sample()} == set(policy().rights.teams)
    assert len(policy().rights.teams) == 19
    outcomes = Counter(each.said for each in sample())
    assert all(outcomes[each] >= 5 for each in range(3)), outcomes
    assert len({policy().labels.all[each.place].domain for each in sample()}) > 15


def test_compiled_rows_say_what_the_text_says() -> None:
    found = differences(lambda of, actor: of.profile(actor))
    print(f"{len(sample())} decisions of the sandbox's policy, {len(found)} differences")
    assert found == []


def _no_forbids(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    return (read[0], ()), (mask[0], ())


def _whatever_region(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    def anywhere(row: Permit) -> Permit:
        return replace(row, when=tuple(each for each in row.when if each.attr != "region"))

    return (tuple(map(anywhere, read[0])), read[1]), (tuple(map(anywhere, mask[0])), mask[1])


def _a_step_too_high(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    def higher(row: Permit) -> Permit:
        return replace(row, ceiling=SENSITIVITIES[min(SENSITIVITIES.index(row.ceiling) + 1, len(SENSITIVITIES) - 1)])

    return (tuple(map(higher, read[0])), read[1]), mask


def _masks_in_clear(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    return (read[0] + mask[0], read[1]), mask


@pytest.mark.parametrize("bug", [_no_forbids, _whatever_region, _a_step_too_high, _masks_in_clear])
def test_a_planted_difference_is_found(bug: Callable[[Rows, Rows], tuple[Rows, Rows]]) -> None:
    def broken(of: Policy, actor: Actor) -> Profile:
        read, mask = ((of.permits(actor, each), of.forbids(actor, each)) for each in ("read", "mask"))
        return compiled("broken", of.version, of.labels, *bug(read, mask))

    assert differences(broken)
