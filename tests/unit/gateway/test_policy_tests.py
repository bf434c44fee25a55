"""Decisions that an installation writes down: a word that means nothing is refused where it stands."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from authz.policy import PolicyError
from gateway.policy_tests import DECISIONS, run_tests
from sources.kit.yaml_file import ConfigError
from tests.unit.gateway.rights_world import Texts, build_once

POLICY = build_once(Texts().bundle())
FOLDER = Path("candidate")


def held(**said: Any) -> int:
    """Hold one decision against the policy."""
    decision = {"say": "The first line reads titles", "team": "north", **said}
    text = yaml.safe_dump({"decisions": [decision]}, sort_keys=False)
    return run_tests(POLICY, {DECISIONS: text}, FOLDER)


def test_a_decision_holds_or_is_named() -> None:
    assert held(employee={"region": "br"}, reads=["Employee.title"], denied=["Employment.contract"]) == 1
    assert held(employee={"region": "unknown"}, denied=["Employee.title"]) == 1
    assert held(employee={"group_privileged": "later"}, reads=["Employee.login"]) == 1
    with pytest.raises(PolicyError, match="The first line reads titles.*Employee.title is not read"):
        held(employee={"region": "cis"}, reads=["Employee.title"])


@pytest.mark.parametrize(
    ("said", "line", "key", "nearest"),
    [
        ({"team": "nort"}, 3, "team", '"nort", nearest "north"'),
        ({"employee": {"regoin": "br"}}, 5, "employee.regoin", '"regoin", nearest "region"'),
        ({"employee": {"region": "brr"}}, 5, "employee.region", '"brr", nearest "br"'),
        ({"employee": {"vip": "true"}}, 5, "employee.vip", "nearest true without quotation marks"),
        ({"employee": {"certificate_purpose": "VPM"}}, 5, "certificate_purpose", '"VPM", nearest "VPN"'),
        ({"employee": {"region": "later"}}, 5, "employee.region", "that can be known"),
        ({"employee": {"operator_country": "Brazil"}}, 5, "operator_country", "two capital letters"),
        ({"reads": ["Employee.login", "Employee.titel"]}, 6, "reads.1", '"Employee.titel", nearest "Employee.title"'),
        ({"runs": {"unlock_acount": True}}, 5, "runs.unlock_acount", 'nearest "unlock_account"'),
    ],
)
def test_an_unknown_word_is_refused_with_its_place_and_the_nearest(
    said: dict[str, Any], line: int, key: str, nearest: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        held(**said)
    told = str(refused.value)
    assert told.startswith(f"{FOLDER / DECISIONS}:{line}:"), told
    assert key in told
    assert nearest in told
