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

pytestmark = pytest.mark.xfail(strict=True, reason="trusted documents land with the gateway's change")

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
        done = okno(running.folder, "documents", "register", str(tmp_path / "manifest.json"))
        assert done.returncode == 0, done.stderr

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


@pytest.mark.parametrize("name", ["apollo", "urql"])
async def test_a_hash_that_is_not_known_is_refused_and_no_text_sent_after_it(clients: Clients, name: str) -> None:
    script = await clients.told(name, UNKNOWN, variables=BY_LOGIN, hashed=True)
    assert len(script.of("asked")) == 1
    (line,) = script.of("error")
    assert [each["extensions"]["code"] for each in line["errors"]] == ["UNKNOWN_DOCUMENT"]


async def test_urql_asks_by_an_id(clients: Clients, register: Register, running: Running, token: str) -> None:
    register({"probe-1": READ})
    script = await clients.told("urql", documentId="probe-1", variables=BY_LOGIN)
    (question,) = script.of("asked")
    assert question["body"] == {"documentId": "probe-1", "variables": BY_LOGIN}
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
