"""What comes back over HTTP: good answers, bad ones, too much, too little, none."""

import asyncio
import gzip
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from sources.kit.http import HttpTransport, retry_after
from sources.kit.reads import ReadRules
from sources.kit.twin.faults import Fault
from sources.ports.errors import SourceError
from tests.unit.kit.scripted import call
from tests.unit.kit.wire import answering, raw, twin

MOST = 4096


async def get(base: str, **options: Any) -> Any:
    http = HttpTransport("desk", base, ReadRules("desk"), max_answer=MOST)
    try:
        return await http.request("GET", "/a", call(), **options)
    finally:
        await http.close()


async def failure(base: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await get(base)
    assert caught.value.source == "desk"
    return caught.value


async def test_an_answer_within_bounds_is_decoded_and_one_byte_more_is_refused() -> None:
    fits = b'"' + b"x" * (MOST - 2) + b'"'
    async with twin(answering(body=fits)) as to:
        assert (await get(to.url)).body == "x" * (MOST - 2)
    async with twin(answering(body=fits + b" ")) as to:
        assert (await failure(to.url)).code == "BAD_SOURCE_DATA"


async def test_an_endless_answer_is_dropped_while_it_is_read() -> None:
    sent = 0
    dropped = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()  # chunked: its length is not said beforehand
        await response.prepare(request)
        try:
            while sent < 50_000_000:
                await response.write(b" " * 1024)
                sent += 1024
        finally:
            dropped.set()
        return response

    async with twin(endless) as to:
        assert (await failure(to.url)).code == "BAD_SOURCE_DATA"
        await asyncio.wait_for(dropped.wait(), 1)
    assert sent < 50_000_000, "the connection is closed, not read to its end"


async def test_a_small_packed_answer_that_unpacks_to_very_much_is_refused_in_little_memory() -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    async with twin(answering(body=bomb, Content_Encoding="gzip")) as to:
        http = HttpTransport("desk", to.url, ReadRules("desk"))
        tracemalloc.start()
        try:
            with pytest.raises(SourceError) as caught:
                await http.request("GET", "/a", call())
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            await http.close()
    assert caught.value.code == "BAD_SOURCE_DATA"
    assert peak < 20_000_000


@pytest.mark.parametrize("body", [b"<html></html>", b'{"a": ', b"\xff\xfe", b"NaN", b'{"a": 1} tail'])
async def test_what_is_not_json_is_bad_data(body: bytes) -> None:
    async with twin(answering(body=body)) as to:
        assert (await failure(to.url)).code == "BAD_SOURCE_DATA"


async def test_an_empty_answer_has_no_body_and_a_raw_one_stays_bytes() -> None:
    async with twin(answering(204, b"")) as to:
        assert (await get(to.url, accept=(204,))).body is None
    async with twin(answering(200, b"-----BEGIN")) as to:
        assert (await get(to.url, raw=True)).body == b"-----BEGIN"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (301, "SOURCE_REJECTED"),
        (400, "SOURCE_REJECTED"),
        (401, "SOURCE_REJECTED"),
        (404, "SOURCE_REJECTED"),
        (429, "SOURCE_UNAVAILABLE"),
        (500, "SOURCE_UNAVAILABLE"),
        (503, "SOURCE_UNAVAILABLE"),
    ],
)
async def test_other_statuses_are_coded(status: int, code: str) -> None:
    async with twin(answering(status, {}, Retry_After="7")) as to:
        problem = await failure(to.url)
    assert problem.code == code
    assert problem.retry_after == (7.0 if status in (429, 503) else None)


async def test_a_status_that_is_an_answer_is_answered() -> None:
    async with twin(answering(404, {"why": "none"})) as to:
        answer = await get(to.url, accept=(200, 404))
    assert (answer.status, answer.body) == (404, {"why": "none"})


async def test_nobody_listening_is_unavailable() -> None:
    async with twin() as to:
        base = to.url
    assert (await failure(base)).code == "SOURCE_UNAVAILABLE"


async def test_a_connection_cut_in_the_middle_is_told() -> None:
    async with twin(answering(body={"a": "x" * 1000})) as to:
        await to.break_with(Fault("cut"))
        assert (await failure(to.url)).code == "SOURCE_UNAVAILABLE"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "SOURCE_UNAVAILABLE"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "BAD_SOURCE_DATA"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", "SOURCE_UNAVAILABLE"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n{", "BAD_SOURCE_DATA"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", "BAD_SOURCE_DATA"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", "BAD_SOURCE_DATA"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n{}", "BAD_SOURCE_DATA"),
    ],
    ids=["nothing", "another protocol", "too short", "too long promised", "bad chunk", "bad gzip", "long header"],
)
async def test_what_is_not_quite_http_is_coded(answer: bytes, code: str) -> None:
    async with raw(answer) as base:
        assert (await failure(base)).code == code


def test_retry_after_is_read_as_number_and_as_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    assert retry_after("120") == 120.0
    assert retry_after(" 3 ") == 3.0
    assert retry_after(soon) == pytest.approx(90, abs=2)
    assert retry_after(past) == 0.0


@pytest.mark.parametrize(
    "said", [None, "", "soon", "-5", "1.5", "²", "٣", "Fri, 31 Feb 2026 00:00:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_a_retry_after_that_says_nothing_is_none(said: str | None) -> None:
    assert retry_after(said) is None


@pytest.mark.parametrize("said", ["9" * 400, "Mon, 01 Jan 2999 00:00:00 GMT"])
def test_a_retry_after_beyond_a_day_is_a_day(said: str) -> None:
    assert retry_after(said) == 86_400.0
