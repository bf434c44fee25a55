"""The company as the tests see it: of the usual size, and on a known day."""

from datetime import UTC, datetime

import pytest

from sandbox.company.build import build_company
from sandbox.company.model import Company

DAY = datetime(2025, 3, 17, tzinfo=UTC)


@pytest.fixture(scope="session")
def day() -> datetime:
    return DAY


@pytest.fixture(scope="session")
def company() -> Company:
    return build_company(2000, 7, DAY)


@pytest.fixture(scope="session", params=(40, 2000, 5000))
def any_company(request: pytest.FixtureRequest) -> Company:
    return build_company(request.param, 7, DAY)
