"""Configuration that tries to be policy is refused; and even unrefused it would only ever be data."""

import dataclasses

import pytest

from authz.engine import OsoEngine
from authz.policy import BUILT_IN, Policy, PolicyError, built_in
from authz.rights import Assignment, Grant, Operation, Role, TeamRights
from authz.rows import Condition
from tests.unit.authz.company import LABELS, RIGHTS, with_role

HOSTILE = (
    'x"); permit(_a, "read", "*", "restricted", [], "y',
    "x', y",
    'quote"',
    "new\nline",
    "permit(_a, _b, _c, _d, [], _e)",
    "Upper",
    "1st",
    "with-dash",
    "with space",
    "имя",
    "",
    "a" * 42,
    "__proto__",
    "x\u0000",
    "x\n",
)


@pytest.mark.parametrize("word", HOSTILE)
def test_no_such_role(word: str) -> None:
    with pytest.raises(PolicyError, match="the name of a role"):
        Policy.of(with_role(Role(word, {}, (Grant("read", "hr", "internal"),))), LABELS)


@pytest.mark.parametrize("word", HOSTILE)
def test_no_such_team_region_clearance_or_operation(word: str) -> None:
    teams = {**RIGHTS.teams, word: TeamRights(word, ("helpdesk",))}
    cleared = {**RIGHTS.teams, "extra": TeamRights("extra", ("helpdesk",), clearance=(word,))}
    operations = {**RIGHTS.operations, word: Operation(word, "hr", "low")}
    for rights in (
        dataclasses.replace(RIGHTS, teams=teams),
        dataclasses.replace(RIGHTS, teams=cleared),
        dataclasses.replace(RIGHTS, regions=(*RIGHTS.regions, word)),
        dataclasses.replace(RIGHTS, operations=operations),
        dataclasses.replace(RIGHTS, department_classes={"Board": word}),
    ):
        with pytest.raises(PolicyError, match="the name of a"):
            Policy.of(rights, LABELS)


@pytest.mark.parametrize("word", HOSTILE)
def test_no_such_word_in_a_grant(word: str) -> None:
    for changed in (
        {"domain": word},
        {"ceiling": word},
        {"scope": word},
        {"action": word},
        {"when": (Condition(word, (True,)),)},
        {"when": (Condition("region", (word,)),)},
        {"when": (Condition("operator_country", (word,)),)},
    ):
        grant = dataclasses.replace(Grant("read", "hr", "internal"), **changed)  # type: ignore[arg-type]
        with pytest.raises(PolicyError):
            Policy.of(with_role(Role("extra", {}, (grant,))), LABELS)


@pytest.mark.parametrize("word", HOSTILE)
def test_unrefused_it_is_still_only_a_word(word: str) -> None:
    """Past the lint on purpose: names reach the engine as data, and open what the grant says and nothing more."""
    rights = with_role(Role(word, {}, (Grant("read", "group", "internal"),)))
    careless = Policy(rights, LABELS, {BUILT_IN: built_in()}, OsoEngine({BUILT_IN: built_in()}, rights))
    actor = careless.actor("nobody", 'somebody"; permit', (Assignment(word, ("br",), word),), (word,))
    plain = Policy.of(with_role(Role("extra", {}, (Grant("read", "group", "internal"),))), LABELS)
    expected = plain.profile(plain.actor("nobody", "somebody", (Assignment("extra", ("br",), "x"),)))
    for facts in (
        {"region": "br", "vip": False, "is_self": False},
        {"region": "cis", "vip": False, "is_self": False},
        {"region": "br", "vip": True, "is_self": False},
    ):
        assert careless.profile(actor).row_of(facts) == expected.row_of(facts)


def test_a_role_that_does_not_exist_gives_nothing() -> None:
    policy = Policy.of(RIGHTS, LABELS)
    plain = policy.profile(policy.actor("nobody", "somebody"))
    more = policy.profile(policy.actor("nobody", "somebody", (Assignment("gone", (), "grant"),)))
    assert more.verdicts == plain.verdicts
    assert policy.operation(policy.actor("nobody", "x", (Assignment("gone", (), "g"),)), "unlock_account").permits == ()
