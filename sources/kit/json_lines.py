"""JSON lines over loopback TCP: how the gateway speaks to a twin whose real wire is not ours to write."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class LineBroken(Exception):
    """What came back is no JSON object in one bounded line."""


class LineDown(Exception):
    """Nobody listens, or the connection broke before the answer was complete."""


class JsonLines:
    """A few connections to one twin, each introduced by `hello` and carrying one request at a time.

    Units: `most` in bytes, `seconds` in seconds. Raises: LineDown, LineBroken, TimeoutError.
    """

    def __init__(self, url: str, hello: Mapping[str, object], *, most: int, connections: int) -> None:
        address = urlsplit(url)
        if address.hostname not in LOOPBACK or address.port is None:
            raise ValueError("a twin listens on a port of the loopback address only")
        self._host, self._port = address.hostname, address.port
        self._hello = dict(hello)
        self._most = most
        self._places = asyncio.Semaphore(connections)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    @asynccontextmanager
    async def connection(self, seconds: float) -> AsyncIterator["JsonLine"]:
        """A connection that has been introduced; `JsonLine.greeted` holds a fresh one's answer to `hello`.

        It is kept for the next caller only if the block ends well: after a failure an answer may still be under way.
        """
        async with self._places:
            line, fresh = await self._open()
            try:
                if fresh:
                    line.greeted = await line.exchange(self._hello, seconds)
                yield line
            except BaseException:
                line.abort()
                raise
            self._idle.append((line.reader, line.writer))

    async def once(self, request: Mapping[str, object], seconds: float) -> Mapping[str, Any]:
        """One exchange on a connection of its own, without the introduction."""
        line = await self._connect()
        try:
            return await line.exchange(request, seconds)
        finally:
            line.abort()

    def close(self) -> None:
        """Drop the idle connections."""
        for _, writer in self._idle:
            writer.transport.abort()
        self._idle.clear()

    async def _open(self) -> tuple["JsonLine", bool]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing() and reader.exception() is None:
                return JsonLine(reader, writer), False
            writer.transport.abort()
        return await self._connect(), True

    async def _connect(self) -> "JsonLine":
        try:
            reader, writer = await asyncio.open_connection(self._host, self._port, limit=self._most)
        except OSError as problem:
            raise LineDown(type(problem).__name__) from None
        return JsonLine(reader, writer)


class JsonLine:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.greeted: Mapping[str, Any] | None = None

    def abort(self) -> None:
        """Drop the connection at once."""
        self.writer.transport.abort()

    async def exchange(self, request: Mapping[str, object], seconds: float) -> Mapping[str, Any]:
        """Send one object, get one object."""
        try:
            async with asyncio.timeout(seconds):
                self.writer.write(orjson.dumps(request) + b"\n")
                await self.writer.drain()
                content = await self.reader.readuntil(b"\n")
        except TimeoutError:
            raise
        except asyncio.LimitOverrunError:
            raise LineBroken("the answer is too long") from None
        except asyncio.IncompleteReadError as cut:
            raise LineDown(f"cut after {len(cut.partial)} bytes") from None
        except OSError as problem:
            raise LineDown(type(problem).__name__) from None
        try:
            answer = orjson.loads(content)
        except orjson.JSONDecodeError:
            raise LineBroken("the answer is not JSON") from None
        if not isinstance(answer, dict):
            raise LineBroken("the answer is no object")
        return answer
