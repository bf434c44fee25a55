"""A profile's rows: the same for the same kind of employee, and narrower the less is known."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as some

from authz.engine import OsoEngine
from authz.labels import Label
from authz.policy import BUILT_IN, Policy, built_in
from authz.profile import ALLOWED, DENIED, MASKED, Profile, Verdict
from authz.rights import Actor, Assignment
from authz.rows import Forbid, Permit
from authz.vocabulary import LATER, UNKNOWN, Fact
from tests.unit.authz.company import LABELS, RIGHTS, VALUES, actors, policy

POLICY = policy()
ACTORS = actors(POLICY)

_FACTS = some.fixed_dictionaries({}, optional={name: some.sampled_from(words) for name, words in VALUES.items()})
_ASSIGNMENTS = some.builds(
    Assignment,
    role=some.sampled_from(sorted(RIGHTS.roles)),
    regions=some.sampled_from([(), ("br",), ("cis",), ("br", "cis"), ("af",)]),
    by=some.just("test"),
)
_ACTORS = some.builds(
    Actor, assignments=some.lists(_ASSIGNMENTS, max_size=4).map(tuple), clearance=some.sampled_from([(), ("vip",)])
)


def _wider(one: bytes, other: bytes) -> list[Label]:
    """Labels of which the first row shows more than the second."""
    return [label for label, a, b in zip(LABELS.all, one, other, strict=True) if a < b]


@given(actor=_ACTORS, facts=_FACTS, name=some.sampled_from(sorted(VALUES)))
def test_not_knowing_a_fact_never_adds_a_right(actor: Actor, facts: dict[str, Fact], name: str) -> None:
    known = POLICY.profile(actor).row_of(facts)
    assert _wider(POLICY.profile(actor).row_of({**facts, name: UNKNOWN}), known) == []


@given(actor=_ACTORS, facts=_FACTS)
def test_a_fact_left_out_is_one_not_known(actor: Actor, facts: dict[str, Fact]) -> None:
    profile = POLICY.profile(actor)
    assert profile.row_of(facts) == profile.row(tuple(facts.get(each, UNKNOWN) for each in profile.attrs))


@given(actor=_ACTORS, facts=_FACTS, place=some.integers(0, 3))
def test_an_assignment_less_never_adds_a_right(actor: Actor, facts: dict[str, Fact], place: int) -> None:
    fewer = Actor(actor.assignments[:place] + actor.assignments[place + 1 :], actor.clearance)
    assert _wider(POLICY.profile(fewer).row_of(facts), POLICY.profile(actor).row_of(facts)) == []


@given(actor=_ACTORS, facts=_FACTS)
def test_clearance_less_never_adds_a_right(actor: Actor, facts: dict[str, Fact]) -> None:
    uncleared = Actor(actor.assignments)
    assert _wider(POLICY.profile(uncleared).row_of(facts), POLICY.profile(actor).row_of(facts)) == []


@given(actor=_ACTORS, facts=_FACTS, word=some.sampled_from(VALUES["certificate_purpose"]))
def test_an_object_reached_never_adds_to_what_it_was_on_the_way(
    actor: Actor, facts: dict[str, Fact], word: Fact
) -> None:
    profile = POLICY.profile(actor)
    on_the_way = profile.row_of({**facts, "certificate_purpose": LATER})
    assert _wider(profile.row_of({**facts, "certificate_purpose": word}), on_the_way) == []


def test_equal_rights_are_one_profile_whoever_gave_them() -> None:
    one = POLICY.actor("helpdesk_br", "anna")
    other = POLICY.actor("helpdesk_br", "boris")
    by_grant = POLICY.actor("nobody", "clara", (Assignment("helpdesk", ("br",), "grant-7"),))
    assert POLICY.profile(one) is POLICY.profile(other) is POLICY.profile(by_grant)
    assert POLICY.profile(one) is not POLICY.profile(POLICY.actor("helpdesk_br", "lead.br"))
    assert POLICY.profile(one).id != POLICY.profile(POLICY.actor("helpdesk_br", "anna", (), ("vip",))).id


def test_a_kind_of_employee_is_thought_through_once() -> None:
    profile = POLICY.profile(ACTORS["helpdesk_br"])
    facts = {"region": "br", "vip": False, "is_self": False, "case_open": True}
    assert profile.row_of(facts) is profile.row_of(dict(facts))
    assert isinstance(profile.row_of(facts), bytes)
    assert len(profile.row_of(facts)) == len(LABELS.all)


def test_attributes_stand_in_the_order_of_the_vocabulary_and_only_those_that_matter() -> None:
    assert POLICY.profile(ACTORS["officers"]).attrs == ()
    assert POLICY.profile(ACTORS["hr"]).attrs == ("region", "vip", "is_self")
    profile = POLICY.profile(ACTORS["helpdesk_br"])
    assert profile.attrs == ("region", "vip", "is_self", "certificate_purpose", "case_open")
    place = next(place for place, label in enumerate(LABELS.all) if label.domain == "ticket")
    assert profile.depends[place] == {"region", "vip", "is_self", "case_open"}
    assert profile.verdicts[place] is Verdict.DEPENDS


def test_what_hangs_on_nothing_is_told_at_once() -> None:
    officer = POLICY.profile(ACTORS["officers"])
    by_label = dict(zip(LABELS.all, officer.verdicts, strict=True))
    assert by_label[Label("hr", "personal")] is Verdict.ALLOW
    assert by_label[Label("hr", "restricted")] is Verdict.DENY
    assert officer.row(())[LABELS.all.index(Label("hr", "personal"))] == ALLOWED
    assert not any(officer.depends)


def test_kinds_kept_are_bounded() -> None:
    profile = POLICY.profile(POLICY.actor("hr", "somebody", (), ("bound",)))
    first = profile.row(("r0", False, False))
    for number in range(5000):
        profile.row((f"r{number}", False, False))
    assert len(profile._rows) == 4096
    assert profile.row(("r0", False, False)) == first


def test_the_version_names_every_word_of_the_policy() -> None:
    assert policy().version == POLICY.version
    assert len(POLICY.version) == 64
    assert policy({"own.polar": "# nothing but a remark\n"}).version != POLICY.version
    assert POLICY.profile(ACTORS["hr"]).version == POLICY.version


class _Failing(OsoEngine):
    """An engine that breaks down."""

    def permits(self, actor: Actor, action: str) -> tuple[Permit, ...]:
        raise RuntimeError("broken")

    def forbids(self, actor: Actor, action: str) -> tuple[Forbid, ...]:
        raise RuntimeError("broken")


def test_rights_that_cannot_be_compiled_are_none_and_are_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    broken = Policy(RIGHTS, LABELS, POLICY.polar, _Failing({BUILT_IN: built_in()}, RIGHTS))
    actor = ACTORS["officers"]
    with caplog.at_level(logging.ERROR, "okno.authz"):
        first, second = broken.profile(actor), broken.profile(actor)
    assert set(first.row(())) == {DENIED}
    assert first is not second
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


def test_a_decision_that_fails_denies_is_logged_and_is_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    right = POLICY.profile(ACTORS["helpdesk_br"])
    asked = []

    def judge(facts: tuple[Fact, ...]) -> bytes:
        asked.append(facts)
        if len(asked) == 1:
            raise ZeroDivisionError
        return right.judge(facts)

    profile = Profile("x", "x", LABELS, right.verdicts, right.attrs, right.depends, judge)
    facts = {"region": "br", "vip": False, "is_self": False}
    with caplog.at_level(logging.ERROR, "okno.authz"):
        assert set(profile.row_of(facts)) == {DENIED}
    assert len(caplog.records) == 1
    assert profile.row_of(facts) == right.row_of(facts)
    assert MASKED in profile.row_of(facts)


@pytest.mark.parametrize("facts", [(), ("br",), ([], False, False, LATER, True)])
def test_facts_that_make_no_sense_deny(facts: tuple[Fact, ...], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "okno.authz"):
        assert set(POLICY.profile(ACTORS["helpdesk_br"]).row(facts)) == {DENIED}
    assert len(caplog.records) == 1
