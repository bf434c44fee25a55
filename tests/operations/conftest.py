"""One stand for all operations: none of them leaves anything in the way of another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.operations.stand import Stand, standing
from tests.sandbox import stand_back


@pytest.fixture(scope="session")
async def stand(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A sandbox in which somebody may do everything."""
    folder: Path = tmp_path_factory.mktemp("operations")
    async with standing(folder) as made:
        stand_back()
        yield made
