"""Documents that the gateway knows: asked for by their hash or id, without their text."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.documents import BY_LOGIN, READ, plain
from tests.clients.script import Clients
from tests.process.okno import Running, asked, okno

UNKNOWN = READ.replace("display", "given")
Register = Callable[[dict[str, str]], None]


@pytest.fixture
def register(running: Running, tmp_path: Path) -> Register:
    """Make documents known by their ids, from a manifest as Apollo's own tool writes it."""

    def registered(documents: dict[str, str]) -> None:
        operations = [
            {"id": id_, "name": "probeQuery", "type": "query", "body": text} for id_, text in documents.items()
        ]
        manifest = {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}
        (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        words = ("--reason", "the page of a client", "--token")
        manifest_file = str(tmp_path / "manifest.json")
        done = okno(running.folder, "documents", "add", manifest_file, *words, running.token("analyst"))
        assert done.returncode == 0, done.stderr
        for line in done.stdout.splitlines():
            agreed = okno(running.folder, "documents", "approve", line.split()[0], *words, running.token("security"))
            assert agreed.returncode == 0, agreed.stderr

    return registered


async def data_of(running: Running, token: str) -> Any:
    _status, body = await asyncio.to_thread(asked, running.url, READ, token, BY_LOGIN)
    return body["data"]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("name", ["apollo", "urql"])
async def test_a_hash_is_enough(clients: Clients, register: Register, running: Running, token: str, name: str) -> None:
    plainly = await clients.told(name, READ, variables=BY_LOGIN)
    text = plainly.of("asked")[0]["body"]["query"]
    register({digest(text): text})
    script = await clients.told(name, READ, variables=BY_LOGIN, hashed=True)
    (question,) = script.of("asked")
    assert "query" not in question["body"]
    assert question["body"]["extensions"]["persistedQuery"] == {"version": 1, "sha256Hash": digest(text)}
    (line,) = script.of("next")
    assert plain(line["data"]) == await data_of(running, token)


async def test_a_hash_that_is_not_known_is_followed_by_the_text_of_whoever_may_send_it(clients: Clients) -> None:
    script = await clients.told("apollo", UNKNOWN, variables=BY_LOGIN, hashed=True)
    first, second = script.of("asked")
    assert "query" not in first["body"]
    assert second["body"]["query"]
    assert script.of("error") == []


async def test_a_client_that_enforces_hashes_is_refused(clients: Clients) -> None:
    script = await clients.told("urql", UNKNOWN, variables=BY_LOGIN, hashed=True)
    assert len(script.of("asked")) == 1
    (line,) = script.of("error")
    assert [each["extensions"]["code"] for each in line["errors"]] == ["UNKNOWN_DOCUMENT"]


async def test_urql_asks_by_an_id(clients: Clients, register: Register, running: Running, token: str) -> None:
    register({digest(READ): READ})
    script = await clients.told("urql", documentId=f"sha256:{digest(READ)}", variables=BY_LOGIN)
    (question,) = script.of("asked")
    assert question["body"] == {"documentId": f"sha256:{digest(READ)}", "variables": BY_LOGIN}
    (line,) = script.of("next")
    assert line["data"] == await data_of(running, token)


async def test_relay_asks_by_the_id_that_its_compiler_wrote_down(
    clients: Clients,
    register: Register,
    relay: Callable[..., dict[str, Any]],
    running: Running,
    token: str,
    tmp_path: Path,
) -> None:
    known = tmp_path / "persisted.json"
    known.write_text("{}", encoding="utf-8")
    made = relay(READ, persistConfig={"file": str(known), "algorithm": "SHA256"})
    documents = json.loads(known.read_text(encoding="utf-8"))
    register(documents)
    script = await clients.told("relay", READ, variables=BY_LOGIN, **made)
    (question,) = script.of("asked")
    assert question["body"] == {"documentId": next(iter(documents)), "variables": BY_LOGIN}
    (line,) = script.of("next")
    assert line["data"] == await data_of(running, token)
