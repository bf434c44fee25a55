"""The decision table holds, row by row."""

import pytest

from tests.unit.authz.company import policy
from tests.unit.authz.decisions import FieldCase, OperationCase, field_cases, operation_cases

POLICY = policy()


@pytest.mark.parametrize("case", field_cases(), ids=lambda case: f"{case.team}: {case.says}")
def test_field(case: FieldCase) -> None:
    assert case.problem(POLICY) is None


@pytest.mark.parametrize("case", operation_cases(), ids=lambda case: f"{case.team}: {case.says}")
def test_operation(case: OperationCase) -> None:
    assert case.problem(POLICY) is None


def test_a_forbid_beats_any_permit() -> None:
    for team in ("helpdesk_all", "hr", "analysts"):
        profile = POLICY.profile(POLICY.actor(team, "somebody"))
        protected = profile.row_of({"region": "br", "vip": True, "is_self": False, "case_open": True})
        for label, outcome in zip(POLICY.labels.all, protected, strict=True):
            assert label.sensitivity == "public" or outcome == 2


def test_to_one_region_protected_looks_exactly_like_out_of_region() -> None:
    profile = POLICY.profile(POLICY.actor("helpdesk_br", "somebody"))
    around = {"is_self": False, "case_open": True, "certificate_purpose": "VPN"}
    protected = profile.row_of({**around, "region": "br", "vip": True})
    foreign = profile.row_of({**around, "region": "cis", "vip": False})
    assert protected == foreign
    assert protected != profile.row_of({**around, "region": "br", "vip": False})
