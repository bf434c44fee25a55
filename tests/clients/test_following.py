"""Runs followed over WebSocket, in each client: told until they have ended, left half-way, and taken up again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.clients.cable import cable
from tests.clients.documents import BY_LOGIN, FOLLOW, FOLLOW_WRONGLY, READ, plain
from tests.clients.runs import Runs, prepared
from tests.clients.script import Clients, Script
from tests.clients.test_reading import NEWER, codes
from tests.process.okno import Running, sandbox_running

SOCKET: Final = ("apollo", "gql", "graphql_ws", "relay", "urql")
RETRYING: Final = ("apollo", "graphql_ws", "relay", "urql")
"""Those that use graphql-ws for the socket, which connects again by itself."""
Start = Callable[..., Any]


@pytest.fixture(scope="module")
def start(clients: Clients, relay: Callable[..., dict[str, Any]]) -> Start:
    """One client that follows something over WebSocket."""

    @asynccontextmanager
    async def started(name: str, document: str, added: str = "", **job: Any) -> AsyncIterator[Script]:
        made = relay(document, added) if name == "relay" else {}
        async with clients(name, document, transport="ws", **made, **job) as script:
            yield script

    return started


def states(script: Script) -> list[str]:
    return [plain(each["data"])["operation"]["state"] for each in script.of("next")]


@pytest.mark.parametrize("name", SOCKET)
async def test_a_run_is_followed_from_its_beginning_to_its_end(start: Start, runs: Runs, name: str) -> None:
    run = await runs.waiting()
    async with start(name, FOLLOW, variables={"id": run.id}) as script:
        first = await script.until("next")
        assert plain(first["data"]) == {"operation": {"id": run.id, "state": "AWAITING_APPROVAL"}}
        await runs.agree(run)
        await script.rest()
    told = states(script)
    assert told[0] == "AWAITING_APPROVAL"
    assert told[-1] == "SUCCEEDED"
    assert script.kinds("next", "error", "complete")[len(told) :] == ["complete"]
    assert [each["code"] for each in script.of("closed")] == ([] if name == "gql" else [1000])


@pytest.mark.parametrize("name", SOCKET)
async def test_who_stops_half_way_is_told_nothing_more_and_leaves(
    start: Start, runs: Runs, running: Running, name: str
) -> None:
    run = await runs.waiting()
    async with cable(f"{running.url}/graphql") as between:
        async with start(name, FOLLOW, variables={"id": run.id}, stopAfter=1, url=between.url) as script:
            await script.until("stopped")
            await runs.agree(run)
            await script.rest()
            await between.idle()
        assert between.made == 1
    assert states(script) == ["AWAITING_APPROVAL"]
    assert script.of("error") == []


@pytest.mark.parametrize("name", RETRYING)
async def test_a_socket_that_is_cut_is_made_again_and_the_run_followed_on(
    start: Start, runs: Runs, running: Running, name: str
) -> None:
    run = await runs.waiting()
    async with cable(f"{running.url}/graphql") as between:
        async with start(name, FOLLOW, variables={"id": run.id}, url=between.url) as script:
            await script.until("next")
            between.pull()
            cut = await script.until("closed")
            await script.until("connected", lambda line: line["again"])
            await script.until("next")
            await runs.agree(run)
            await script.rest()
        assert between.made == 2
    assert cut["code"] == 1006
    told = states(script)
    assert told[:2] == ["AWAITING_APPROVAL"] * 2, "it is told anew how it stands"
    assert told[-1] == "SUCCEEDED"
    assert script.of("error") == []


async def test_a_gateway_that_is_started_again_is_found_again(clients: Clients, tmp_path: Path) -> None:
    with sandbox_running(tmp_path) as before:
        runs = await prepared(before)
        run = await runs.waiting()
        job = {"transport": "ws", "url": f"{before.url}/graphql", "token": runs.doer, "variables": {"id": run.id}}
        async with clients("graphql_ws", FOLLOW, patient=True, retries=200, **job) as script:
            await script.until("next")
            assert await asyncio.to_thread(before.interrupt) == 0
            ended = await script.until("closed")
            with sandbox_running(tmp_path, port=urlsplit(before.url).port or 0) as after:
                assert after.url == before.url
                await script.until("connected", lambda line: line["again"])
                await script.until("next")
                await runs.agree(run)
                await script.rest()
    assert ended["code"] == 1012
    told = states(script)
    assert told[:2] == ["AWAITING_APPROVAL"] * 2
    assert told[-1] == "SUCCEEDED"
    assert script.of("error") == []


async def test_gql_says_that_its_socket_was_cut(start: Start, runs: Runs, running: Running) -> None:
    run = await runs.waiting()
    async with cable(f"{running.url}/graphql") as between:
        async with start("gql", FOLLOW, variables={"id": run.id}, url=between.url) as script:
            await script.until("next")
            between.pull()
            await script.rest()
        assert between.made == 1
    assert [each["name"] for each in script.of("error")] == ["TransportConnectionFailed"]
    assert script.of("complete") == []


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [(FOLLOW, {"id": "nonsense"}, "BAD_INPUT"), (FOLLOW_WRONGLY, {"id": "nonsense"}, "VALIDATION_FAILED")],
    ids=["id", "field"],
)
@pytest.mark.parametrize("name", SOCKET)
async def test_an_error_before_the_first_event_ends_the_subscription(
    start: Start, name: str, document: str, variables: dict[str, Any], code: str
) -> None:
    newer = "" if document == FOLLOW else NEWER
    async with start(name, document, newer, variables=variables) as script:
        await script.rest()
    (line,) = script.of("error")
    assert codes(line) == [code]
    assert script.of("next") == []
    assert {each["code"] for each in script.of("closed")} <= {1000}


@pytest.mark.parametrize("name", SOCKET)
async def test_a_run_of_which_one_may_not_know_is_null_and_over(
    start: Start, runs: Runs, running: Running, name: str
) -> None:
    run = await runs.waiting()
    stranger = await asyncio.to_thread(running.token, "analyst")
    async with start(name, FOLLOW, variables={"id": run.id}, token=stranger) as script:
        await script.rest()
    # urql says the last result once more when all is over
    told = [{"operation": None}] * (2 if name == "urql" else 1)
    assert [plain(each["data"]) for each in script.of("next")] == told
    assert script.kinds("next", "error", "complete") == ["next"] * len(told) + ["complete"]


@pytest.mark.parametrize("name", SOCKET)
async def test_whoever_is_nobody_here_is_closed_upon(start: Start, name: str) -> None:
    """graphql-ws tries 4403 again, as often as it was told to; gql gives up at once."""
    async with start(name, FOLLOW, variables={"id": "nonsense"}, token="nobody's", retries=1) as script:
        await script.rest()
    (line,) = script.of("error")
    assert script.of("next") == []
    if name == "gql":
        assert line["code"] == 4403
    else:
        assert [each["code"] for each in script.of("closed")] == [4403, 4403]
        assert [each["again"] for each in script.of("connecting")] == [False, True]
        # urql looks for an error and finds a close: it says no more than that there is none of GraphQL's
        assert name == "urql" or "4403" in str(line)


async def test_one_that_is_told_to_does_not_try_again_with_a_token_that_is_nobodys(start: Start) -> None:
    async with start("graphql_ws", FOLLOW, variables={"id": "nonsense"}, token="nobody's", patient=True) as script:
        await script.rest()
    assert [each["code"] for each in script.of("closed")] == [4403]
    assert [each["code"] for each in script.of("error")] == [4403]


@pytest.mark.parametrize("name", ["graphql_ws", "gql"])
async def test_a_question_is_not_answered_on_a_socket(start: Start, name: str) -> None:
    async with start(name, READ, variables=BY_LOGIN) as script:
        await script.rest()
    (line,) = script.of("error")
    assert codes(line) == ["BAD_INPUT"]
