"""The journal on a real PostgreSQL server: what `tests/journal` holds against both databases, and processes that are killed."""

from collections.abc import Iterator

import pytest

from tests.crash.test_kill import test_whoever_is_killed_nothing_is_done_twice_and_every_run_ends  # noqa: F401  # run here
from tests.journal.databases import Databases, on_a_server
from tests.journal.test_doubt import *  # noqa: F403  # run here
from tests.journal.test_journal import *  # noqa: F403  # run here
from tests.journal.test_keeping import *  # noqa: F403  # run here

pytestmark = pytest.mark.real


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """Databases on a server of our own."""
    yield from on_a_server()


@pytest.fixture
def database(databases: Databases) -> Iterator[str]:
    """The address of a database with our tables and nothing in them."""
    url = databases.made()
    yield url
    databases.gone(url)
