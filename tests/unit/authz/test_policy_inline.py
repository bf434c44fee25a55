"""Queries inside the policy's text are run when it is loaded, and a policy that fails its own is refused."""

import pytest

from authz.engine import OsoEngine
from authz.policy import BUILT_IN, Policy, PolicyError, built_in
from tests.unit.authz.company import LABELS, RIGHTS, policy


def test_the_fixed_text_has_queries_and_holds_them() -> None:
    assert built_in().count("\n?= ") >= 15
    assert policy().polar == {BUILT_IN: built_in()}


def test_a_query_of_the_installation_that_holds_is_taken() -> None:
    text = """
forbid(_actor, _action, "badge", "internal", [{attr: "operator_country", any: ["US"]}], "not from there");
?= forbidden({clearance: ["vip"]}, "read", {vip: false, is_self: false, operator_country: "US"},
             {domain: "badge", sensitivity: "internal"});
"""
    taken = policy({"country.polar": text})
    officer = taken.actor("officers", "somebody")
    place = next(place for place, label in enumerate(LABELS.all) if label.domain == "badge")
    assert taken.profile(officer).row_of({"operator_country": "BR"})[place] == 0
    assert taken.profile(officer).row_of({"operator_country": "US"})[place] == 2


def test_a_query_that_fails_is_told_of_with_its_place() -> None:
    text = '\n\n?= forbidden({clearance: ["vip"]}, "read", {vip: true, is_self: false}, {domain: "hr", sensitivity: "internal"});\n'
    with pytest.raises(PolicyError) as refused:
        policy({"own.polar": text})
    assert (refused.value.file, refused.value.line) == ("own.polar", 3)
    assert "Inline query failed" in refused.value.expected
    assert "http" not in str(refused.value)


def test_a_fixed_rule_that_is_gone_is_noticed_by_the_text_itself() -> None:
    gone = built_in().replace('if\n    not "vip" in actor.clearance', 'if\n    "vip" in actor.clearance', 1)
    assert gone != built_in()
    with pytest.raises(PolicyError, match="Inline query failed"):
        OsoEngine({BUILT_IN: gone}, RIGHTS)


def test_the_installation_has_no_text_of_the_fixed_ones_name() -> None:
    with pytest.raises(PolicyError, match="another name"):
        Policy.of(RIGHTS, LABELS, {BUILT_IN: ""})
