"""Each test runs on a file and on a server."""

from collections.abc import Iterator

import pytest

from tests.journal.databases import KINDS, Databases, in_files, on_a_server


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Databases in a folder."""
    return in_files(tmp_path_factory.mktemp("journal"))


@pytest.fixture(scope="session")
def server() -> Iterator[Databases]:
    """Databases on a server."""
    yield from on_a_server()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database with our tables and nothing in them."""
    databases: Databases = request.getfixturevalue("files" if request.param == "sqlite" else "server")
    url = databases.made()
    yield url
    databases.gone(url)
