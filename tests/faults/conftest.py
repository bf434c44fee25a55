"""Two sandboxes to break: one whose sources are given up before the deadline, one whose deadline comes first."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from sandbox.company.model import Company
from sandbox.world import INSTALLATION, systems_of
from tests.faults.ward import Ward
from tests.sandbox import running, stand_back

_LIMITS: Final = {"freshness": "0s", "sweep": "1h"}
"""Nothing is answered from memory as long as its source is well, and no sweep comes in between."""


@pytest.fixture(scope="package")
async def ward(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    """Each call is given up after 0.6 s, so that two levels fail within the one and a half of the request."""
    limits = {
        name: {"system": system, "timeout": "600ms", **_LIMITS} for name, system in systems_of(INSTALLATION).items()
    }
    async with running(company, tmp_path_factory.mktemp("ward"), deadline="1500ms", sources=limits) as sandbox:
        made = await Ward.of(sandbox, 1.5)
        stand_back()
        yield made


@pytest.fixture(scope="package")
async def hasty(company: Company, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    """The request is given up after 1.2 s, sooner than any call."""
    limits = {name: {"system": system, **_LIMITS} for name, system in systems_of(INSTALLATION).items()}
    async with running(company, tmp_path_factory.mktemp("hasty"), deadline="1200ms", sources=limits) as sandbox:
        made = await Ward.of(sandbox, 1.2)
        stand_back()
        yield made
