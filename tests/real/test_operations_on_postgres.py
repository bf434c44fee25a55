"""Operations with their journal and their trail on a real PostgreSQL server: what holds on a file holds there.

Three of them, one a scenario; all there are with OKNO_SOAK.
"""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from operations.kit.catalogue import shipped
from tests.journal.databases import Databases, on_a_server
from tests.operations.stand import Stand, standing
from tests.operations.test_every_operation import *  # noqa: F403  # run here

NAMES = list(shipped()) if os.environ.get("OKNO_SOAK") else ["unlock_account", "grant_licence", "lost_laptop"]
pytestmark = [pytest.mark.real, pytest.mark.parametrize("name", NAMES)]


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    """Databases on a server of our own."""
    yield from on_a_server()


@pytest.fixture(scope="module")
async def stand(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A sandbox on a server, in which somebody may do everything."""
    url = databases.made()
    async with standing(tmp_path_factory.mktemp("on a server"), database=url) as made:
        yield made
    databases.gone(url)
