"""Slow, silent and greedy clients lose their connections, and an honest one does not notice."""

import asyncio
import time

import pytest

from tests.unit.door.wire import Served, served

QUICK = {"connections": {"head": "2s", "body": "2s", "stall": "2s", "per_address": 400}}
ATTACKER = "127.0.0.9"
HEAD = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10000\r\n\r\n"


async def ends(reader: asyncio.StreamReader, seconds: float) -> bytes:
    """What the server says until it closes. Raises: TimeoutError where it does not."""
    async with asyncio.timeout(seconds):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def drips(server: Served, first: bytes, byte: bytes, seconds: float) -> tuple[float, bytes]:
    """A client that sends a byte a second. Returns: how long it was endured, and what it was told."""
    began = time.monotonic()
    reader, writer = await server.connected(ATTACKER)

    async def drip() -> None:
        writer.write(first)
        while True:
            await asyncio.sleep(1.0)
            writer.write(byte)

    dripping = asyncio.create_task(drip())
    try:
        told = await ends(reader, seconds)
        return time.monotonic() - began, told
    finally:
        dripping.cancel()
        writer.transport.abort()


async def silent(server: Served, first: bytes, seconds: float) -> tuple[float, bytes]:
    """A client that says something, or nothing, and then is gone without a word."""
    began = time.monotonic()
    reader, writer = await server.connected(ATTACKER)
    writer.write(first)
    try:
        told = await ends(reader, seconds)
        return time.monotonic() - began, told
    finally:
        writer.transport.abort()


@pytest.mark.real  # three hundred sockets on a clock: beside nothing else
async def test_slow_and_half_open_clients_hinder_nobody_and_are_all_let_go() -> None:
    # long enough for all of them to be there at once, and between two of the bytes that drip in
    patience = {"head": "5500ms", "body": "5500ms"}
    async with served({"connections": {**QUICK["connections"], **patience}}) as server:
        slow = [drips(server, b"GET /graphql HTTP/1.1\r\nX-A: ", b"a", 20.0) for _ in range(100)]
        slow += [drips(server, HEAD, b"{", 20.0) for _ in range(100)]
        slow += [silent(server, b"", 20.0) for _ in range(50)]
        slow += [silent(server, HEAD[:40], 20.0) for _ in range(50)]
        tasks = [asyncio.create_task(each) for each in slow]
        async with asyncio.timeout(4.5):
            while server.register.open < 300:
                await asyncio.sleep(0.02)
        took: list[float] = []
        while not all(task.done() for task in tasks):
            began = time.monotonic()
            assert (await server.ask()).status == 200
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.02)
        endured = [await task for task in tasks]
        assert max(seconds for seconds, _told in endured) < 5.5 + 4.0
        heard = [told for _seconds, told in endured[:200] if told]
        assert all(told.startswith(b"HTTP/1.1 408 ") for told in heard)
        assert len(heard) > 100  # bytes still under way when the connection closes take the answer with them
        assert {told for _seconds, told in endured[200:250]} == {b""}
        assert len(took) > 20
        assert max(took) < 1.0
        assert server.register.open == 0


@pytest.mark.parametrize("drop", [b"\r\n", b"\n"])
async def test_empty_lines_between_requests_do_not_keep_a_connection(drop: bytes) -> None:
    async with served(QUICK) as server:
        first = b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        seconds, told = await drips(server, first, drop, 8.0)
        assert told.startswith(b"HTTP/1.1 200 ")
        assert seconds < 2.0 + 3.0


async def test_a_connection_that_is_not_used_any_more_is_let_go() -> None:
    async with served(QUICK) as server:
        seconds, told = await silent(server, b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 9.0)
        assert told.startswith(b"HTTP/1.1 200 ")
        assert 4.0 < seconds < 7.0


async def test_a_client_that_does_not_read_its_answer_is_cut_off() -> None:
    async with served(QUICK) as server:
        _reader, writer = await server.connected(ATTACKER)
        writer.transport.pause_reading()
        writer.write(b"GET /long HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        async with asyncio.timeout(6.0):
            while not server.register.open:
                await asyncio.sleep(0.01)
            while server.register.open:
                await asyncio.sleep(0.05)
        writer.transport.abort()


async def test_two_requests_in_time_on_one_connection_are_both_answered() -> None:
    async with served(QUICK) as server:
        reader, writer = await server.connected()
        body = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"
        for _ in range(3):
            writer.write(body + b"ab")
            await asyncio.sleep(1.2)
            writer.write(b"cd")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            length = int(next(line for line in head.split(b"\r\n") if line.startswith(b"content-length"))[15:])
            await reader.readexactly(length)
        writer.close()


async def test_one_address_does_not_take_all_the_places() -> None:
    async with served({"connections": {"per_address": 3, "most": 5}}) as server:
        kept = [await server.connected(ATTACKER) for _ in range(3)]
        told = await server.ask(source=ATTACKER)
        assert (told.status, told.code) == (503, "RATE_LIMITED")
        assert (await server.ask()).status == 200
        kept += [await server.connected("127.0.0.8") for _ in range(2)]
        assert (await server.ask()).status == 503
        for _reader, writer in kept:
            writer.close()
        async with asyncio.timeout(3.0):
            while server.register.open:
                await asyncio.sleep(0.01)
        assert (await server.ask()).status == 200


async def test_proxies_hold_the_connections_of_many() -> None:
    async with served({"proxies": ["127.0.0.9/32"], "connections": {"per_address": 1}}) as server:
        kept = [await server.connected(ATTACKER) for _ in range(4)]
        assert (await server.ask(source=ATTACKER)).status == 200
        for _reader, writer in kept:
            writer.close()


async def test_a_websocket_keeps_its_place_until_it_ends() -> None:
    import aiohttp

    async with served({"connections": {"per_address": 1}}) as server:
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(f"http://127.0.0.1:{server.port}/graphql") as socket:
                assert (await server.ask()).status == 503
                await socket.send_str("bye")
                await socket.receive()
        async with asyncio.timeout(3.0):
            while server.register.open:
                await asyncio.sleep(0.01)
        assert (await server.ask()).status == 200
        assert (await server.shake("Host: evil.example")).status == 421
        async with asyncio.timeout(3.0):
            while server.register.open:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "parts", [[b"X-A: " + b"a" * 70_000], [b"X-A: ", *[b"a" * 9_000] * 6], [b"X-%d: a\r\n" % n for n in range(9_000)]]
)
async def test_a_head_without_an_end_is_not_kept_in_memory(parts: list[bytes]) -> None:
    async with served() as server:
        reader, writer = await server.connected()
        writer.write(b"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        try:
            for part in parts:
                writer.write(part)
                if len(part) > 1_000:
                    await asyncio.sleep(0.02)
            told = await ends(reader, 5.0)
            # bytes still under way when the connection closes take the answer with them
            assert told.startswith(b"HTTP/1.1 431 ") or (told == b"" and len(parts) > 1)
        finally:
            writer.transport.abort()
        assert server.echo.seen == []


async def test_what_is_no_http_is_refused_in_the_words_of_all_refusals() -> None:
    async with served() as server:
        for noise in (
            b"\x16\x03\x01\x02\x00\x01",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"CONNECT a:1 HTTP/1.1\r\n\r\n",
        ):
            told = await server.said(noise)
            assert told.startswith(b"HTTP/1.1 400 "), noise
            assert b'"BAD_INPUT"' in told
        smuggled = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        assert (await server.said(smuggled)).startswith(b"HTTP/1.1 400 ")
        assert server.echo.seen == []
