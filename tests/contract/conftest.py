"""The suite on twins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from sandbox.company.build import build_company
from sandbox.company.model import Company
from sources.ports.question import Question
from sources.ports.write import Write
from tests.contract.subjects import Provider, Source, Subject, parametrize
from tests.contract.twins import TwinProvider, instances
from tests.contract.writing import Case, parametrize_writes, samples


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parametrize(metafunc, instances())
    parametrize_writes(metafunc, instances())


@pytest.fixture(scope="session")
def company() -> Company:
    """A small company on a known day."""
    return build_company(120, now=datetime(2026, 11, 16, tzinfo=UTC))


@pytest.fixture(scope="session")
def provider(company: Company) -> Provider:
    """Where the servers come from."""
    return TwinProvider(company)


@asynccontextmanager
async def _opened(provider: Provider, name: str) -> AsyncIterator[Source]:
    async with provider.open(name) as standing:
        source = Source(standing, provider.company)
        try:
            yield source
        finally:
            await source.desk.close()


@pytest.fixture
async def subject(asked: tuple[str, str, Question], provider: Provider) -> AsyncIterator[Subject]:
    """One question of one instance."""
    name, port, question = asked
    async with _opened(provider, name) as source:
        yield Subject(source, port, question)


@pytest.fixture
async def listed(listing: tuple[str, str, str], provider: Provider) -> AsyncIterator[tuple[Source, str, str]]:
    """One listing of one instance."""
    name, port, method = listing
    async with _opened(provider, name) as source:
        yield source, port, method


@pytest.fixture
async def identified(swept: tuple[str, str], provider: Provider) -> AsyncIterator[tuple[Source, str]]:
    """One instance that can tell its identifiers."""
    name, port = swept
    async with _opened(provider, name) as source:
        yield source, port


@pytest.fixture
async def case(written: tuple[str, str, Write], provider: Provider) -> AsyncIterator[Case]:
    """One write of one instance, with what it is to be sent."""
    name, port, write = written
    finder = samples(port).get(write.name)
    assert finder is not None, f"say in tests/contract/samples/{port}.py what {write.name} is tried with"
    async with _opened(provider, name) as source:
        yield Case(source, port, write, await finder(source))
