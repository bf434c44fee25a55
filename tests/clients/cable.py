"""A cable between a client and the gateway: it can be pulled, and shows who ended a connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Cable:
    """What lies between: bytes go through as they are."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._ends: set[asyncio.StreamWriter] = set()
        self.made = 0
        self.open = 0
        self.url = ""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end on both sides."""
        there_reader, there_writer = await asyncio.open_connection(*self._to)
        self.made += 1
        self.open += 1
        ends = {writer, there_writer}
        self._ends |= ends
        try:
            ways = [asyncio.create_task(_pass(reader, there_writer)), asyncio.create_task(_pass(there_reader, writer))]
            await asyncio.gather(*ways)
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()
            self.open -= 1

    def pull(self) -> None:
        """End all connections, with no word to either side."""
        for end in self._ends:
            end.transport.abort()

    async def idle(self, seconds: float = 5.0) -> None:
        """Wait until no connection is left. Raises: TimeoutError."""
        async with asyncio.timeout(seconds):
            while self.open:
                await asyncio.sleep(0.02)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError, OSError):
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
        writer.write_eof()


@asynccontextmanager
async def cable(url: str) -> AsyncIterator[Cable]:
    """A cable to where a gateway answers."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    between = Cable(parts.hostname, parts.port)
    server = await asyncio.start_server(between.carry, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    between.url = f"http://{host}:{port}{parts.path}"
    try:
        yield between
    finally:
        between.pull()
        server.close()
        await between.idle()
