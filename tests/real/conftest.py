"""The suite on real servers, and what else their tests share."""

import pytest

from sandbox.company.model import Company
from tests.contract.conftest import identified, listed, subject
from tests.contract.subjects import parametrize
from tests.real.company import company as whole_company
from tests.real.provider import RealProvider, instances

__all__ = ["company", "identified", "listed", "provider", "subject"]


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
