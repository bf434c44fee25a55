"""A database for what stands around runs: a file, and a PostgreSQL server of the tests' own where one can be started."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from audit.trail import Trail
from gateway.store import Store
from tests.unit.audit.own_postgres import lacking, own_postgres


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with our tables."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("around")
        url = f"sqlite:///{folder}/okno.db"
        Store(url).migrate()
        yield url
        return
    why = lacking()
    if why is not None:
        pytest.skip(why)
    with own_postgres() as server:
        Store(server.url).migrate()
        yield server.url


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    """A process' own way to it."""
    made = Store(database)
    yield made
    await made.close()


@pytest.fixture
async def trail(store: Store) -> AsyncIterator[Trail]:
    """A process' own writer."""
    made = Trail(store.writing)
    await made.start()
    yield made
    await made.close()
