"""A running gateway and the clients of others."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.clients.npm import Node, ready
from tests.clients.relay_compiling import compiled
from tests.clients.runs import Runs, prepared
from tests.clients.script import Clients
from tests.process.okno import Running, sandbox_running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Node and the libraries of others."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.real)


@pytest.fixture(scope="session")
def node() -> Node:
    """Node, with the libraries that the lock file names."""
    return ready()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The made-up company, started as a user starts it."""
    with sandbox_running(tmp_path_factory.mktemp("okno")) as started:
        yield started


@pytest.fixture(scope="module")
def token(running: Running) -> str:
    """A token of somebody who helps on the telephone."""
    return running.token("helpdesk.br")


@pytest.fixture(scope="module")
def clients(node: Node, running: Running, token: str, tmp_path_factory: pytest.TempPathFactory) -> Clients:
    """Starts clients against the gateway, with the rights of the help desk."""
    usual = {"url": f"{running.url}/graphql", "token": token, "transport": "http"}
    return Clients(node, tmp_path_factory.mktemp("clients"), usual)


@pytest.fixture(scope="module")
async def runs(running: Running) -> Runs:
    """Runs that wait until a test lets them go on."""
    return await prepared(running)


@pytest.fixture(scope="module")
def relay(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Compiles documents for Relay, each one once."""
    folder = tmp_path_factory.mktemp("relay")
    numbers = count(1)
    made: dict[tuple[str, ...], dict[str, Any]] = {}

    def compile_once(document: str, added: str = "", **config: Any) -> dict[str, Any]:
        key = (document, added, repr(config))
        if key not in made:
            made[key] = compiled(node, folder / str(next(numbers)), document, added, **config)
        return made[key]

    return compile_once
