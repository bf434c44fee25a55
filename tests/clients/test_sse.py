"""Server-sent events in distinct connections mode: each operation is a stream of its own."""

import asyncio
from typing import Any, Final

import aiohttp
import pytest

from tests.clients.cable import cable
from tests.clients.documents import BY_LOGIN, FOLLOW, INVALID, READ, plain
from tests.clients.runs import Runs
from tests.clients.script import Clients, Script
from tests.clients.test_following import states
from tests.process.okno import Running, asked

ALWAYS: Final = ("apollo", "graphql_sse")
"""Those that ask for a stream whatever the operation: Apollo by a link over graphql-sse."""
FOLLOWING: Final = (*ALWAYS, "urql")
"""urql takes a stream for subscriptions, and JSON for the rest."""
STREAM: Final = "text/event-stream"


def job_of(name: str) -> dict[str, Any]:
    return {"transport": "http" if name == "urql" else "sse"}


def media(script: Script) -> list[str]:
    return [each["type"].split(";")[0] for each in script.of("answered")]


@pytest.mark.parametrize("name", ALWAYS)
async def test_a_question_is_answered_by_one_event_and_completion(
    clients: Clients, running: Running, token: str, name: str
) -> None:
    _status, body = asked(running.url, READ, token, BY_LOGIN)
    script = await clients.told(name, READ, variables=BY_LOGIN, **job_of(name))
    assert media(script) == [STREAM]
    assert script.kinds("next", "error", "complete") == ["next", "complete"]
    assert plain(script.of("next")[0]["data"]) == body["data"]


@pytest.mark.parametrize("name", FOLLOWING)
async def test_a_run_is_followed_from_its_beginning_to_its_end(clients: Clients, runs: Runs, name: str) -> None:
    run = await runs.waiting()
    async with clients(name, FOLLOW, variables={"id": run.id}, **job_of(name)) as script:
        first = await script.until("next")
        assert plain(first["data"]) == {"operation": {"id": run.id, "state": "AWAITING_APPROVAL"}}
        await runs.agree(run)
        await script.rest()
    assert media(script) == [STREAM]
    told = states(script)
    assert told[-1] == "SUCCEEDED"
    assert script.kinds("next", "error", "complete")[len(told) :] == ["complete"]


@pytest.mark.parametrize("name", FOLLOWING)
async def test_who_stops_half_way_ends_the_connection(
    clients: Clients, runs: Runs, running: Running, name: str
) -> None:
    run = await runs.waiting()
    async with cable(f"{running.url}/graphql") as between:
        job = {"stopAfter": 1, "url": between.url, **job_of(name)}
        async with clients(name, FOLLOW, variables={"id": run.id}, **job) as script:
            await script.until("stopped")
            await between.idle()
            await runs.agree(run)
            await script.rest()
    assert len(script.of("asked")) == 1
    assert states(script) == ["AWAITING_APPROVAL"]
    assert script.of("error") == []


@pytest.mark.parametrize("name", ALWAYS)
async def test_a_stream_that_is_cut_is_asked_for_again(
    clients: Clients, runs: Runs, running: Running, name: str
) -> None:
    run = await runs.waiting()
    async with cable(f"{running.url}/graphql") as between:
        async with clients(name, FOLLOW, variables={"id": run.id}, url=between.url, **job_of(name)) as script:
            await script.until("next")
            between.pull()
            await script.until("next")
            await runs.agree(run)
            await script.rest()
    assert len(script.of("asked")) == 2
    assert states(script)[:2] == ["AWAITING_APPROVAL"] * 2
    assert states(script)[-1] == "SUCCEEDED"


@pytest.mark.parametrize("name", FOLLOWING)
async def test_whoever_is_nobody_here_is_refused_by_status_with_json(clients: Clients, name: str) -> None:
    job = {"token": "nobody's", "retries": 0, **job_of(name)}
    script = await clients.told(name, FOLLOW, variables={"id": "nonsense"}, **job)
    (answer,) = script.of("answered")
    assert answer["status"] == 401
    assert answer["type"].startswith("application/")
    assert script.of("next") == []
    (line,) = script.of("error")
    assert '"UNAUTHENTICATED"' in line["body"] if name != "urql" else line["errors"]


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [(INVALID, BY_LOGIN, "VALIDATION_FAILED"), (FOLLOW, {"id": "nonsense"}, "BAD_INPUT")],
    ids=["field", "id"],
)
async def test_what_is_wrong_with_a_document_is_told_in_the_stream(
    clients: Clients, document: str, variables: dict[str, Any], code: str
) -> None:
    """The protocol wants it so: a client that sees another status takes it for trouble on the way, and tries again."""
    script = await clients.told("graphql_sse", document, variables=variables, transport="sse")
    assert [each["status"] for each in script.of("answered")] == [200]
    assert media(script) == [STREAM]
    assert script.kinds("next", "error", "complete") == ["next", "complete"]
    (line,) = script.of("next")
    assert [each["extensions"]["code"] for each in line["errors"]] == [code]


async def test_a_body_without_a_document_is_refused_by_status_with_json(running: Running, token: str) -> None:
    status, body = await asyncio.to_thread(asked, running.url, "", token, Accept=STREAM)
    assert status == 400
    assert [each["extensions"]["code"] for each in body["errors"]] == ["BAD_INPUT"]


async def test_the_frames_are_such_as_every_client_reads(running: Running, token: str) -> None:
    """One line of data for each event; after completion a field without even a blank, which urql would take for JSON."""
    headers = {"Authorization": f"Bearer {token}", "Accept": STREAM}
    said = {"query": READ, "variables": BY_LOGIN}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{running.url}/graphql", json=said) as answer:
            text = await answer.read()
    events = [each for each in text.split(b"\n\n") if not each.startswith(b":")]
    assert b"\r" not in text
    assert events[0].startswith(b"event: next\ndata: {")
    assert events[0].count(b"\n") == 1
    assert events[1:] == [b"event: complete\ndata:", b""]
