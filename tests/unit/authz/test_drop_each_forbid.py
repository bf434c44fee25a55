"""No rule that closes something is there for nothing: take any one away, and the decision table notices."""

import re

import pytest

from authz.engine import OsoEngine
from authz.policy import BUILT_IN, Policy, built_in
from tests.unit.authz.company import LABELS, RIGHTS
from tests.unit.authz.decisions import problems

_CLOSING = re.compile(r"^(?:forbid|op_forbid|obligation)\(.*?;\n", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"^\?=.*?;\n", re.MULTILINE | re.DOTALL)

# The table alone has to notice: inline queries would refuse some of these texts before it is asked.
TEXT = _INLINE.sub("", built_in())
RULES = [found.group() for found in _CLOSING.finditer(TEXT)]


def _policy(text: str) -> Policy:
    return Policy(RIGHTS, LABELS, {BUILT_IN: text}, OsoEngine({BUILT_IN: text}, RIGHTS))


def test_the_text_as_it_is_decides_as_the_table_says() -> None:
    assert list(problems(_policy(TEXT))) == []


def test_every_closing_rule_is_tried() -> None:
    assert len(RULES) == len(re.findall(r"^(?:forbid|op_forbid|obligation)\(", TEXT, re.MULTILINE)) >= 12


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: " ".join(rule.split())[:90])
def test_without_this_rule_some_decision_is_otherwise(rule: str) -> None:
    without = TEXT.replace(rule, "")
    assert len(without) == len(TEXT) - len(rule)
    # A predicate of which no rule is left would be refused as undefined; here that some others are left is enough.
    name = rule.partition("(")[0]
    if f"\n{name}(" not in without:
        arity = {"forbid": 6, "op_forbid": 4, "obligation": 4}[name]
        without += f"{name}({', '.join(['_'] * arity)}) if false;\n"
    assert list(problems(_policy(without))) != []
