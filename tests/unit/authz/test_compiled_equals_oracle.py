"""The compiled profiles and the reference decision agree on every case, and a broken compiler is found out."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from authz.compiling import compiled
from authz.engine import OsoEngine
from authz.labels import Labels
from authz.oracle import Oracle
from authz.policy import Policy
from authz.profile import ALLOWED, Profile
from authz.rights import Actor
from authz.rows import SENSITIVITIES, Forbid, Permit
from authz.vocabulary import LATER, UNKNOWN, Fact
from tests.unit.authz.company import LABELS, RIGHTS, VALUES, actors, cases, policy

POLICY = policy()
ORACLE = Oracle(OsoEngine(POLICY.polar, RIGHTS))
ACTORS = actors(POLICY)

Rows = tuple[Sequence[Permit], Sequence[Forbid]]


def _single(actor: Actor, facts: dict[str, Fact], place: int) -> int:
    label = LABELS.all[place]
    return ORACLE.row(actor, facts, Labels((label,), {}, {}))[0]


@pytest.mark.parametrize("name", sorted(ACTORS))
def test_every_case_is_decided_alike(name: str) -> None:
    actor = ACTORS[name]
    profile = POLICY.profile(actor)
    decided, different = 0, []
    for facts, label in cases(actor):
        place = LABELS.all.index(label)
        decided += 1
        if profile.row_of(facts)[place] != _single(actor, facts, place):
            different.append((label, facts))
    print(f"{name}: {decided} cases, {len(different)} differences")
    assert decided >= 27 * len(LABELS.all)
    assert different == []


def test_facts_that_no_grant_names_make_no_difference_either() -> None:
    chance = random.Random(20)
    different = []
    for _ in range(120):
        actor = ACTORS[chance.choice(sorted(ACTORS))]
        facts = {name: chance.choice((*words, LATER)) for name, words in VALUES.items() if chance.random() < 0.8}
        place = chance.randrange(len(LABELS.all))
        if POLICY.profile(actor).row_of(facts)[place] != _single(actor, facts, place):
            different.append((actor, facts, LABELS.all[place]))
    assert different == []


def test_verdicts_before_any_fact_agree_with_rows() -> None:
    for actor in ACTORS.values():
        profile = POLICY.profile(actor)
        for facts, label in cases(actor):
            place = LABELS.all.index(label)
            if not profile.depends[place]:
                assert profile.row_of(facts)[place] == profile.verdicts[place]


def _forbids_ignored(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    return (read[0], ()), (mask[0], ())


def _ceiling_one_step_too_high(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    def higher(row: Permit) -> Permit:
        return replace(row, ceiling=SENSITIVITIES[min(SENSITIVITIES.index(row.ceiling) + 1, len(SENSITIVITIES) - 1)])

    return ([higher(row) for row in read[0]], read[1]), ([higher(row) for row in mask[0]], mask[1])


def _floor_not_included(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    def higher(row: Forbid) -> Forbid:
        return replace(row, floor=SENSITIVITIES[SENSITIVITIES.index(row.floor) + 1])

    return (read[0], [higher(row) for row in read[1]]), (mask[0], [higher(row) for row in mask[1]])


def _conditions_dropped(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    return ([replace(row, when=row.when[:1]) for row in read[0]], read[1]), mask


def _masks_read_in_clear(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    return ([*read[0], *mask[0]], read[1]), mask


def _every_domain_meant_by_none(read: Rows, mask: Rows) -> tuple[Rows, Rows]:
    return ([row for row in read[0] if row.domain != "*"], read[1]), mask


BUGS: dict[str, Callable[[Rows, Rows], tuple[Rows, Rows]]] = {
    each.__name__.strip("_"): each
    for each in (
        _forbids_ignored,
        _ceiling_one_step_too_high,
        _floor_not_included,
        _conditions_dropped,
        _masks_read_in_clear,
        _every_domain_meant_by_none,
    )
}


def _found_out(compiling: Callable[[Policy, Actor], Profile]) -> int:
    """Count differences on the few cases that a short comparison has, until some are found."""
    different = 0
    for name in ("helpdesk_br", "analysts", "hr"):
        actor = ACTORS[name]
        profile = compiling(POLICY, actor)
        for facts, label in cases(actor):
            place = LABELS.all.index(label)
            if profile.row_of(facts)[place] != POLICY.profile(actor).row_of(facts)[place]:
                # The oracle has the last word on which of the two is wrong.
                different += profile.row_of(facts)[place] != _single(actor, facts, place)
            if different >= 3:
                return different
    return different


@pytest.mark.parametrize("bug", sorted(BUGS))
def test_a_planted_bug_of_the_compiler_is_found_out(bug: str) -> None:
    def broken(of: Policy, actor: Actor) -> Profile:
        rows = {each: (of.permits(actor, each), of.forbids(actor, each)) for each in ("read", "mask")}
        return compiled("broken", of.version, of.labels, *BUGS[bug](rows["read"], rows["mask"]))

    assert _found_out(broken) >= 3


def test_unknown_that_would_not_close_is_found_out() -> None:
    def broken(of: Policy, actor: Actor) -> Profile:
        right = of.profile(actor)

        def judge(facts: tuple[Fact, ...]) -> bytes:
            return right.judge(tuple(LATER if each == UNKNOWN else each for each in facts))

        return Profile("broken", of.version, of.labels, right.verdicts, right.attrs, right.depends, judge)

    assert _found_out(broken) >= 3


def test_owners_ceilings_are_cut_by_the_compiler_and_by_the_reference() -> None:
    officer, place = (
        ACTORS["officers"],
        LABELS.all.index(next(x for x in LABELS.all if x.domain == "badge" and x.sensitivity == "personal")),
    )
    uncut = OsoEngine(POLICY.polar, RIGHTS).permits(officer, "read")
    careless = compiled("broken", POLICY.version, LABELS, (uncut, ()), ((), ()))
    assert careless.row_of({})[place] == ALLOWED
    assert POLICY.profile(officer).row_of({})[place] != ALLOWED
    assert _single(officer, {}, place) != ALLOWED


def test_oso_by_its_own_door_says_the_same() -> None:
    engine = OsoEngine(POLICY.polar, RIGHTS)
    ordinary: dict[str, Fact] = {"region": "br", "vip": False, "is_self": False}
    actor = ACTORS["helpdesk_br"]
    for label, facts, expected in (
        (LABELS.all[7], ordinary, True),
        (LABELS.all[7], {**ordinary, "region": "cis"}, False),
        (LABELS.all[7], {**ordinary, "vip": True}, False),
        (LABELS.all[12], ordinary, False),
    ):
        assert engine.authorized(actor, "read", facts, label) is expected
        assert engine.allow(actor, "read", facts, label) is expected
