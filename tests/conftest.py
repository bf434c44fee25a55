"""Fixtures that all tests may use."""

from collections.abc import AsyncIterator

import pytest

from sandbox.company.model import Company
from tests.sandbox import Sandbox, company_of, running


@pytest.fixture(scope="session")
def company() -> Company:
    """Two hundred people."""
    return company_of(200)


@pytest.fixture(scope="session")
async def sandbox(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """One sandbox for all tests that only read and break nothing."""
    async with running(company, tmp_path_factory.mktemp("sandbox")) as started:
        yield started
