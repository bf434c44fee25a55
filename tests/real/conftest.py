"""The suite on real servers, and what else their tests share."""

from typing import Final

import pytest

from sandbox.company.model import Company
from tests.contract.conftest import identified, listed, subject
from tests.contract.subjects import parametrize
from tests.real.company import company as whole_company
from tests.real.provider import RealProvider, instances

__all__ = ["company", "identified", "listed", "provider", "subject"]

_COMPARE: Final = frozenset(
    {
        "test_answers_stand_in_the_order_of_the_keys",
        "test_a_key_asked_twice_is_answered_twice",
        "test_a_key_asked_alone_is_answered_as_among_others",
        "test_a_hostile_key_finds_nothing_and_harms_no_neighbour",
        "test_each_attribute_can_be_asked_for_alone",
    }
)
"""Tests that hold an answer against an earlier one."""


@pytest.fixture(autouse=True)
def still(request: pytest.FixtureRequest) -> None:
    """Skip what cannot hold where answers change while one looks."""
    asked = getattr(request.node, "callspec", None)
    if asked is not None and asked.id.startswith("vpn.") and request.node.originalname in _COMPARE:
        pytest.skip(
            "the VPN server counts bytes between two answers, so no two of them are equal; the twin stands still"
        )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parametrize(metafunc, instances())


@pytest.fixture(scope="session")
def company() -> Company:
    """The company that the servers are filled with."""
    return whole_company()


@pytest.fixture(scope="session")
def provider() -> RealProvider:
    """The real servers, each filled when it is first asked for."""
    return RealProvider()
