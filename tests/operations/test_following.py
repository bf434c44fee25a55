"""What holds of following a run or a bulk: told at once and at each change, by the rights of that moment, and no longer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import aiohttp
import pytest

from gateway.identity.cookies import SESSION
from gateway.identity.tokens import READ, SDL
from tests.operations.acting import DOER, OTHER, mutate, viewer_of
from tests.operations.line import Line, lined, serving, token_of
from tests.operations.stand import Stand
from tests.operations.test_approvals import decide, waiting
from tests.sandbox import ALL_SEEING

pytest_plugins = ("tests.operations.floor",)

RUN: Final = "subscription($id: ID!) { operation(id: $id) { id state approvals { decision } } }"


@pytest.fixture(scope="module")
async def url(floor: Stand) -> AsyncIterator[str]:
    """Where the floor is served."""
    async with serving(floor.sandbox.gateway, beat=0.3) as address:
        yield address


async def test_a_run_is_told_now_and_at_each_change_until_it_has_ended(floor: Stand, url: str) -> None:
    _person, _key, run = await waiting(floor)
    async with lined(url) as line:
        assert (await line.begin(await token_of(floor.sandbox.gateway, DOER)))["type"] == "connection_ack"
        await line.follow("1", RUN, id=run["id"])
        await line.until("1", "next")
        assert line.states("1") == ["AWAITING_APPROVAL"]
        await decide(floor, run, OTHER)
        await line.until("1", "complete")
    told = line.states("1")
    assert told[0] == "AWAITING_APPROVAL"
    assert told[-1] == "SUCCEEDED"
    assert len(told) == len(set(map(str, line.came["1"]))) - 1, "the same is not told twice"
    assert not floor.sandbox.gateway.following._watched


async def test_one_that_has_ended_is_told_once(floor: Stand, url: str) -> None:
    _person, _key, run = await waiting(floor)
    await decide(floor, run, OTHER, agrees=False)
    async with lined(url) as line:
        await line.begin(await token_of(floor.sandbox.gateway, DOER))
        await line.follow("1", RUN, id=run["id"])
        await line.until("1", "complete")
    assert line.states("1") == ["REJECTED"]


async def test_whoever_may_not_know_of_a_run_is_told_of_none(floor: Stand, url: str) -> None:
    _person, _key, run = await waiting(floor)
    async with lined(url) as line:
        await line.begin(await token_of(floor.sandbox.gateway, ALL_SEEING))
        await line.follow("1", RUN, id=run["id"])
        await line.until("1", "complete")
    assert [each["type"] for each in line.came["1"]] == ["next", "complete"]
    assert line.came["1"][0]["payload"]["data"] == {"operation": None}


async def test_whoever_is_frozen_follows_nothing_any_more(floor: Stand, url: str) -> None:
    _person, _key, run = await waiting(floor)
    async with lined(url) as line:
        await line.begin(await token_of(floor.sandbox.gateway, OTHER))
        await line.follow("1", RUN, id=run["id"])
        await line.until("1", "next")
        frozen = {"kind": "PERSON", "name": OTHER, "reason": "an incident is looked into"}
        placed = await mutate(floor, "freeze", frozen, "freeze { id } problems { code }", viewer=viewer_of(floor, DOER))
        try:
            assert await line.closed() == 4403
            async with lined(url) as again:
                assert (await again.begin(await token_of(floor.sandbox.gateway, OTHER)))["type"] == "closed"
        finally:
            lifted = {"freeze": placed["freeze"]["id"], "reason": "it is over"}
            await mutate(floor, "lift_freeze", lifted, "problems { code }", viewer=viewer_of(floor, DOER))


async def test_a_session_that_ends_ends_the_connection_and_is_not_kept_alive_by_it(floor: Stand, url: str) -> None:
    gateway = floor.sandbox.gateway
    _person, _key, run = await waiting(floor)
    secret, session = await gateway.identity.sessions.begin(DOER)
    origin = url.removesuffix("/graphql")
    headers = {"Cookie": f"{SESSION}={secret}", "Origin": origin}
    async with lined(url, headers) as line:
        assert (await line.begin())["type"] == "connection_ack"
        await line.follow("1", RUN, id=run["id"])
        await line.until("1", "next")
        (before,) = [each for each in await gateway.identity.sessions.of_login(DOER) if each.id == session.id]
        await asyncio.sleep(1.0)
        (after,) = [each for each in await gateway.identity.sessions.of_login(DOER) if each.id == session.id]
        assert after.idle_until == before.idle_until
        await gateway.identity.sessions.end(session.id, DOER)
        assert await line.closed() == 4403


async def test_a_page_of_another_origin_is_let_in_by_no_cookie(floor: Stand, url: str) -> None:
    secret, _session = await floor.sandbox.gateway.identity.sessions.begin(DOER)
    for headers in ({"Origin": "https://elsewhere.example"}, {}):
        async with lined(url, {"Cookie": f"{SESSION}={secret}", **headers}) as line:
            await line.socket.send_json({"type": "connection_init"})
            assert await line.closed() == 4403


async def test_what_is_no_subscription_is_not_answered_here_and_a_subscription_nowhere_else(
    floor: Stand, url: str
) -> None:
    token = await token_of(floor.sandbox.gateway, DOER)
    async with lined(url) as line:
        await line.begin(token)
        for number, (query, code) in enumerate(
            (
                ("{ viewer { login } }", "BAD_INPUT"),
                ("mutation { freeze(input: {kind: PERSON, name: \"x\", reason: \"y\"}) { problems { code } } }", "BAD_INPUT"),
                ("subscription { operation(id: \"nonsense\") { id } }", "BAD_INPUT"),
                ("subscription { nothing }", "VALIDATION_FAILED"),
                ("subscription { operation(id: \"a\") { id } bulk(id: \"b\") { id } }", "VALIDATION_FAILED"),
                ("subscription {", "PARSE_FAILED"),
            )
        ):  # fmt: skip
            await line.follow(str(number), query)
            said = await line.until(str(number), "error")
            assert said["payload"][0]["extensions"]["code"] == code, query
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        async with session.post(url, json={"query": 'subscription { operation(id: "a") { id } }'}) as answer:
            body = await answer.json()
    assert body["errors"][0]["extensions"]["code"] == "BAD_INPUT"


async def test_a_service_follows_only_with_a_token_that_may_read(floor: Stand, url: str) -> None:
    _person, _key, run = await waiting(floor)
    tokens = floor.sandbox.gateway.identity.tokens
    for scope, kinds in ((SDL, ["error"]), (READ, ["next", "complete"])):
        token, _id = await tokens.give_service("integrator", [scope], timedelta(hours=1), DOER)
        async with lined(url) as line:
            await line.begin(token)
            await line.follow("1", RUN, id=run["id"])
            await line.until("1", "error", "complete")
        assert [each["type"] for each in line.came["1"]] == kinds


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["nonsense"], 4400),
        (["[]"], 4400),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ a }"}}'], 4401),
        (['{"type": "connection_init", "payload": 3}'], 4400),
        (['{"type": "connection_init"}'], 4403),
        (['{"type": "connection_init", "payload": {"Authorization": "Bearer nobody"}}'], 4403),
        (["BEGIN", '{"type": "connection_init"}'], 4429),
        (["BEGIN", '{"type": "what"}'], 4400),
        (["BEGIN", '{"type": "subscribe", "payload": {"query": "{ a }"}}'], 4400),
        (["BEGIN", '{"type": "subscribe", "id": "1"}'], 4400),
        (["BEGIN", '{"type": "subscribe", "id": "1", "payload": {"query": 1}}'], 4400),
        (["BEGIN", '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": 1}}'], 4400),
    ],
)
async def test_what_the_protocol_does_not_know_closes_the_connection_with_its_code(
    floor: Stand, url: str, messages: list[str], code: int
) -> None:
    async with lined(url) as line:
        for message in messages:
            if message == "BEGIN":
                await line.begin(await token_of(floor.sandbox.gateway, DOER))
            else:
                await line.socket.send_str(message)
        assert await line.closed() == code


async def test_the_same_id_twice_and_too_many_at_once_close_it(floor: Stand, url: str) -> None:
    _person, _key, run = await waiting(floor)
    for many, code in (("1", 4409), ("\N{CYRILLIC SMALL LETTER ZHE}" * 200, 4409), (None, 4429)):
        async with lined(url) as line:
            await line.begin(await token_of(floor.sandbox.gateway, DOER))
            for number in range(51):
                await line.follow(many or str(number), RUN, id=run["id"])
            assert await line.closed() == code
    assert not floor.sandbox.gateway.following._watched


async def test_pings_are_answered_before_and_after_the_beginning_and_a_stop_is_heard(floor: Stand, url: str) -> None:
    _person, _key, run = await waiting(floor)
    async with lined(url) as line:
        await line.socket.send_json({"type": "ping", "payload": {"n": 1}})
        assert await line.heard() == {"type": "pong", "payload": {"n": 1}}
        await line.begin(await token_of(floor.sandbox.gateway, DOER))
        await line.follow("1", RUN, id=run["id"])
        await line.until("1", "next")
        await line.socket.send_json({"id": "1", "type": "complete"})
        await line.socket.send_json({"type": "ping"})
        assert await line.heard() == {"type": "pong"}
        await decide(floor, run, OTHER)
        await line.socket.send_json({"type": "ping"})
        assert await line.heard() == {"type": "pong"}, "nothing is told any more"
        await line.follow("1", RUN, id=run["id"])
        await line.until("1", "complete")


async def test_whoever_connects_and_says_nothing_is_let_go(floor: Stand) -> None:
    async with serving(floor.sandbox.gateway, greeting=0.2) as address:
        async with lined(address) as line:
            assert await line.closed() == 4408
        async with lined(address, protocols=("graphql-ws",)) as line:
            assert await line.closed() == 4406


async def test_one_person_has_so_many_connections_and_no_more(floor: Stand, url: str) -> None:
    token = await token_of(floor.sandbox.gateway, DOER)
    lines = []
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(20):
                lines.append(Line(await session.ws_connect(url, protocols=("graphql-transport-ws",))))
                assert (await lines[-1].begin(token))["type"] == "connection_ack"
            one_more = Line(await session.ws_connect(url, protocols=("graphql-transport-ws",)))
            assert (await one_more.begin(token))["type"] == "closed"
            assert one_more.socket.close_code == 4429
            await lines.pop().socket.close()
            again = Line(await session.ws_connect(url, protocols=("graphql-transport-ws",)))
            assert (await again.begin(token))["type"] == "connection_ack"
    finally:
        for each in lines:
            await each.socket.close()
