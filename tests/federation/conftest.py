"""What the tests of federation share: Node and its packages, a running Okno, its tokens, its schema."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.federation.node import Node, NodeMissing, find_node, install
from tests.federation.stand import LIBRARIES, Stand, standing
from tests.process.okno import Running, asked, okno, sandbox_running

PEOPLE: Final = ("analyst", "helpdesk.br", "helpdesk.cis", "lead", "secops")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Node and packages that nobody here wrote."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def node() -> Node:
    """Node, with all packages of this folder installed."""
    try:
        found = find_node()
    except NodeMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    install(found)
    return found


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The made-up company, started as a user starts it."""
    with sandbox_running(tmp_path_factory.mktemp("okno")) as started:
        yield started


@pytest.fixture(scope="session")
def tokens(running: Running) -> dict[str, str]:
    """A bearer token for each of those who ask."""
    return dict(zip(PEOPLE, running.tokens(*PEOPLE), strict=True))


@pytest.fixture(scope="session")
def schema_token(running: Running) -> str:
    """A service's token that is good for the schema alone."""
    return service_token(running, "sdl")


@pytest.fixture(scope="session")
def served(running: Running, schema_token: str) -> str:
    """The schema that a running Okno tells a registry."""
    status, body = asked(running.url, "{ _service { sdl } }", schema_token)
    assert status == 200, body
    sdl: str = body["data"]["_service"]["sdl"]
    return sdl


@pytest.fixture(scope="session", params=list(LIBRARIES))
def stand(
    request: pytest.FixtureRequest, running: Running, node: Node, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    """Okno and two other subgraphs under each router in turn."""
    with standing(running, node, request.param, tmp_path_factory.mktemp("router") / request.param) as started:
        yield started


def service_token(running: Running, scopes: str) -> str:
    """A token of the service that the made-up company has, made once for each set of scopes."""
    return _service_token(running.folder, scopes)


@cache
def _service_token(folder: Path, scopes: str) -> str:
    words = ("create", "integrator", "--installation", ".okno/installation", "--by", "ann", "--scopes", scopes)
    done = okno(folder, "service-token", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
