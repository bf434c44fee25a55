"""@defer: what is slow comes behind the rest, and the whole is what would have come at once."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.clients.documents import BY_LOGIN, DEFERRED, DEFERRED_PARTIAL, DEFERRED_SPREAD, WHOLE, plain
from tests.clients.script import Clients, Script
from tests.process.okno import Running, asked, okno

FRESH: Final = {"Cache-Control": "no-cache"}
"""So that the slow system is asked, and not the memory of what it said."""
SLOW: Final = 0.8


@pytest.fixture
def slow(running: Running) -> Iterator[None]:
    """The system that knows of devices takes its time."""
    assert okno(running.folder, "sandbox", "fault", "equipment", "--latency", f"{int(SLOW * 1000)}ms").returncode == 0
    yield
    assert okno(running.folder, "sandbox", "fault", "equipment", "--clear").returncode == 0


async def whole(running: Running, token: str) -> Any:
    """What is answered to who asks for all at once."""
    _status, body = await asyncio.to_thread(asked, running.url, WHOLE, token, BY_LOGIN)
    assert len(body["data"]["employee"]["devices"]["edges"]) > 1
    return body["data"]


def media(script: Script) -> list[str]:
    return [each["type"].replace(" ", "") for each in script.of("answered")]


@pytest.mark.parametrize("name", ["apollo", "urql"])
async def test_the_slow_part_comes_behind_the_rest(
    clients: Clients, running: Running, token: str, slow: None, name: str
) -> None:
    expected = await whole(running, token)
    job = {"variables": BY_LOGIN, "deferred": True, "headers": FRESH}
    async with clients(name, DEFERRED, **job) as script:
        first = await script.until("next")
        began = time.monotonic()
        await script.until("next")
        waited = time.monotonic() - began
        await script.rest()
    assert media(script) == ['multipart/mixed;boundary="-";deferSpec=20220824']
    known = {name: expected["employee"][name] for name in ("id", "login")}
    assert plain(first["data"]) == {"employee": known}
    assert waited > SLOW / 2
    assert plain(script.of("next")[-1]["data"]) == expected
    assert script.of("error") == []
    if name == "apollo":
        assert [each["state"] for each in script.of("next")] == ["streaming", "complete"]


async def test_relay_is_given_its_fragment_behind_the_rest(
    clients: Clients, relay: Callable[..., dict[str, Any]], running: Running, token: str, slow: None
) -> None:
    expected = await whole(running, token)
    job = {"variables": BY_LOGIN, "headers": FRESH, **relay(DEFERRED_SPREAD)}
    script = await clients.told("relay", DEFERRED_SPREAD, **job)
    assert media(script) == ['multipart/mixed;boundary="-";deferSpec=20220824']
    first, *_, last = script.of("next")
    assert first["data"]["employee"]["login"] == BY_LOGIN["login"]
    assert first["fragment"] == {"data": None, "missing": True}
    assert last["fragment"] == {"data": {"devices": expected["employee"]["devices"]}, "missing": False}
    assert script.of("error") == []


@pytest.mark.parametrize("name", ["apollo", "urql"])
async def test_what_may_not_be_seen_of_the_deferred_part_is_told_with_it(clients: Clients, name: str) -> None:
    script = await clients.told(name, DEFERRED_PARTIAL, variables=BY_LOGIN, deferred=True)
    assert media(script) == ['multipart/mixed;boundary="-";deferSpec=20220824']
    last = script.of("next")[-1]
    assert plain(last["data"])["employee"]["personal"] is None
    assert [each["extensions"]["code"] for each in last["errors"]] == ["FORBIDDEN_FIELD"]
    assert last["errors"][0]["path"] == ["employee", "personal"]


@pytest.mark.parametrize("name", ["gql", "graphql_http"])
async def test_who_takes_no_parts_is_given_the_whole(clients: Clients, running: Running, token: str, name: str) -> None:
    script = await clients.told(name, DEFERRED, variables=BY_LOGIN)
    (line,) = script.of("next")
    assert line["data"] == await whole(running, token)
    assert not line.get("errors")
