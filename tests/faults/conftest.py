"""Two sandboxes to break: one whose sources are given up before the deadline, one whose deadline comes first."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from sandbox.company.model import Company
from sandbox.world import INSTALLATION, systems_of
from tests.faults.ward import Ward
from tests.sandbox import running

_LIMITS: Final = {"freshness": "0s", "sweep": "1h"}
"""Nothing is answered from memory as long as its source is well, and no sweep comes in between."""


@pytest.fixture(scope="package")
async def ward(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    """Each call is given up after 0.8 s, so that two levels fail within the two of the request."""
    limits = {
        name: {"system": system, "timeout": "800ms", **_LIMITS} for name, system in systems_of(INSTALLATION).items()
    }
    async with running(company, tmp_path_factory.mktemp("ward"), deadline="2s", sources=limits) as sandbox:
        yield await Ward.of(sandbox, 2.0)


@pytest.fixture(scope="package")
async def hasty(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    """The request is given up after 1.2 s, sooner than any call."""
    limits = {name: {"system": system, **_LIMITS} for name, system in systems_of(INSTALLATION).items()}
    async with running(company, tmp_path_factory.mktemp("hasty"), deadline="1200ms", sources=limits) as sandbox:
        yield await Ward.of(sandbox, 1.2)
