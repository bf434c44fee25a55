"""Fixtures that all tests may use, where their files lie, and what the collector of garbage need not look at."""

import gc
import os
import shutil
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Final

import pytest

from sandbox.company.model import Company
from tests.sandbox import Sandbox, company_of, running, stand_back

_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # only ever folders of pytest's own below it
_ROOM: Final = 2 << 30
"""Bytes that must be free there: the files of one run take a third of it."""


def pytest_configure() -> None:
    """Put the tests' files into memory where there is room: a disk that stalls makes systems late that are well."""
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are gathered, none of which is garbage: they are looked at once."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        stand_back()


@pytest.fixture(scope="session")
def company() -> Company:
    """Two hundred people."""
    return company_of(200)


@pytest.fixture(scope="session")
async def sandbox(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """One sandbox for all tests that only read and break nothing."""
    async with running(company, tmp_path_factory.mktemp("sandbox")) as started:
        stand_back()
        yield started
