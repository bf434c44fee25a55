"""What holds of streams of events: asked for, told by the rights of each moment, ended when those end."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col

from gateway.app import Gateway
from gateway.connections import MOST_OF_ONE
from gateway.identity.digests import digest_of
from gateway.identity.tables import Token
from gateway.media import LEGACY, MODERN, STREAM
from resolvers.ids import encode
from sources.kit.twin.faults import Fault
from tests.door.conftest import Door
from tests.door.events import streamed
from tests.operations.acting import DOER, OTHER
from tests.operations.test_approvals import decide, waiting
from tests.sandbox import ALL_SEEING

pytest_plugins = ("tests.operations.floor",)

RUN = "subscription($id: ID!) { operation(id: $id) { id state } }"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)


async def test_a_run_is_followed_to_its_end_as_events(door: Door) -> None:
    _person, _key, run = await waiting(door.stand)
    async with streamed(door, RUN, DOER, id=run["id"]) as stream:
        assert stream.answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        first = await stream.until("next")
        assert first["data"]["operation"]["state"] == "AWAITING_APPROVAL"
        await decide(door.stand, run, OTHER)
        await stream.until("complete")
        assert (await stream.next())[0] == "end", "a connection for each, closed at its end"
    told = [data["data"]["operation"]["state"] for name, data in stream.came if name == "next"]
    assert told[-1] == "SUCCEEDED"
    assert len(told) == len(set(told)), "the same is not told twice"
    assert b"\r" not in stream.raw, "lines end with LF alone"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (URQL, MODERN),
        (f"{STREAM};q=0.1, {LEGACY}", LEGACY),
        (f"{LEGACY};q=0.5, {STREAM}", STREAM),
        (STREAM, STREAM),
        ("*/*", LEGACY),
        (f"{STREAM}, {LEGACY}", STREAM),
    ],
)
async def test_a_query_comes_as_is_preferred(door: Door, accept: str, media: str) -> None:
    async with streamed(door, "{ viewer { login } }", accept=accept) as stream:
        assert stream.answer.headers["Content-Type"] == f"{media}; charset=utf-8"
        if media == STREAM:
            assert (await stream.until("next"))["data"] == {"viewer": {"login": ALL_SEEING}}
            await stream.until("complete")


async def test_a_subscription_is_a_stream_wherever_one_is_taken(door: Door) -> None:
    _person, _key, run = await waiting(door.stand)
    async with streamed(door, RUN, DOER, accept=URQL, id=run["id"]) as stream:
        assert (await stream.until("next"))["data"]["operation"]["id"] == run["id"]
    for accept in (LEGACY, f"{LEGACY}, {STREAM};q=0", "*/*"):
        async with streamed(door, RUN, DOER, accept=accept, id=run["id"]) as refused:
            assert refused.answer.status == 406
            assert (await refused.answer.json(content_type=None))["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { operation(id: 1", "PARSE_FAILED"),
        ("subscription { nothing }", "VALIDATION_FAILED"),
        ('subscription { operation(id: "x") { id } }', "BAD_INPUT"),
        ("query A { viewer { login } } query B { viewer { login } }", "BAD_INPUT"),
    ],
)
async def test_what_cannot_be_followed_is_told_as_the_only_event(door: Door, query: str, code: str) -> None:
    """Source: PROTOCOL.md of graphql-sse: what is wrong with a document is told within the stream."""
    async with streamed(door, query) as stream:
        assert stream.answer.status == 200
        assert (await stream.until("next"))["errors"][0]["extensions"]["code"] == code
        await stream.until("complete")
        assert stream.raw.endswith(b"event: complete\ndata:\n\n")


async def test_who_asks_and_how_is_told_by_the_status(door: Door) -> None:
    for headers, status in (({"Authorization": "Bearer nobody's"}, 401), ({"Okno_Team": "not-mine"}, 400)):
        answer = await door.ask({"query": "{ viewer { login } }"}, Accept=STREAM, **headers)
        assert (answer.status, answer.headers["Content-Type"]) == (status, f"{LEGACY}; charset=utf-8")
    answer = await door.ask({"variables": {}}, Accept=STREAM)
    assert (answer.status, answer.codes) == (400, ["BAD_INPUT"])


async def test_a_stream_dies_with_the_right_that_carried_it(door: Door) -> None:
    _person, _key, run = await waiting(door.stand)
    gateway = door.stand.sandbox.gateway
    async with streamed(door, RUN, DOER, id=run["id"]) as stream:
        await stream.until("next")
        secret = stream.answer.request_info.headers["Authorization"].removeprefix("Bearer ")
        await _forget(gateway, secret)
        said = await stream.until("next")
        assert said["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        await stream.until("complete")
        assert (await stream.next())[0] == "end"


async def _forget(gateway: Gateway, token: str) -> None:
    async with gateway.store.engine.begin() as connection:
        done = await connection.execute(delete(Token).where(col(Token.digest) == digest_of(token)))
        assert done.rowcount == 1


async def test_approvals_are_told_when_one_more_waits(door: Door) -> None:
    query = "subscription { approvals(first: 100) { edges { node { id } } } }"
    async with streamed(door, query, OTHER) as stream:
        before = {each["node"]["id"] for each in (await stream.until("next"))["data"]["approvals"]["edges"]}
        _person, _key, run = await waiting(door.stand)
        assert run["id"] not in before
        now: set[str] = set()
        while run["id"] not in now:
            now = {each["node"]["id"] for each in (await stream.until("next"))["data"]["approvals"]["edges"]}


async def test_an_employees_timeline_is_told_when_something_was_done_to_them(door: Door) -> None:
    query = (
        "subscription($id: ID!) { employee(id: $id) { login "
        "timeline(first: 20, kinds: [OPERATION]) { edges { node { kind operation { id } } } } } }"
    )
    person, _key, run = await waiting(door.stand)
    async with streamed(door, query, DOER, id=encode("Employee", "directory", person.employee_id)) as stream:
        before = (await stream.until("next"))["data"]["employee"]["timeline"]["edges"]
        await decide(door.stand, run, OTHER)
        told = before
        while not any(each["node"]["operation"]["id"] == run["id"] for each in told if each["node"]["operation"]):
            told = (await stream.until("next"))["data"]["employee"]["timeline"]["edges"]


async def test_the_state_of_a_source_is_told_when_it_changes(door: Door) -> None:
    sandbox = door.stand.sandbox
    twin = sandbox.world.twins["mail"]
    asking = "{ employees(first: 1) { edges { node { mailbox { address } } } } }"

    def state(said: Any) -> str:
        return next(str(each["state"]) for each in said["data"]["sources"] if each["name"] == "mail")

    async with streamed(door, "subscription { sources { name state } }") as stream:
        await sandbox.ask(asking)
        said = await stream.until("next")
        await twin.break_with(Fault("unavailable"))
        try:
            while state(said) != "DOWN":
                await sandbox.ask(asking)
                said = await stream.until("next") if state(said) == "UP" else (await stream.next())[1]
        finally:
            await twin.break_with(None)


async def test_an_unread_stream_and_a_gone_client_leave_nothing_behind(door: Door) -> None:
    _person, _key, run = await waiting(door.stand)
    following = door.stand.sandbox.gateway.following
    async with streamed(door, RUN, DOER, id=run["id"]) as stream:
        await stream.until("next")
        assert following._watched
    async with asyncio.timeout(10):
        while following._watched:
            await asyncio.sleep(0.05)


async def test_one_person_has_so_many_streams_and_no_more(door: Door) -> None:
    query = "subscription { approvals { totalCount } }"
    async with AsyncExitStack() as stack:
        for _ in range(MOST_OF_ONE):
            stream = await stack.enter_async_context(streamed(door, query, OTHER))
            await stream.until("next")
        one_more = await stack.enter_async_context(streamed(door, query, OTHER))
        said = await one_more.until("next")
        assert said["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        await one_more.until("complete")
