"""Line twins: a TCP server on loopback for protocols that are not HTTP, with faults on what it writes."""

import asyncio
from abc import abstractmethod
from contextlib import suppress
from typing import Final

from sources.kit.twin.faults import Fault, spoil
from sources.kit.twin.http import HOLD
from sources.kit.twin.twin import Twin

_REFUSALS: Final = frozenset({"busy", "unavailable", "denied"})


class LineTwin(Twin):
    """A twin that answers one request after another on a TCP connection.

    A subclass reads one request and returns the bytes to answer; what it greets with comes from `greeting()`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def greeting(self) -> bytes:
        """What the server says first."""
        return b""

    @abstractmethod
    async def read(self, reader: asyncio.StreamReader) -> bytes | None:
        """One request as received; None when the client has gone."""

    @abstractmethod
    async def answer(self, request: bytes) -> bytes:
        """The whole answer to one request, end mark included. Counts it in `seen`."""

    def altering(self, request: bytes) -> str | None:
        """What a request that does more than read is called; None for one that reads.

        Here by its first word, of those that the system's manifest has for its writes.
        """
        word = request.partition(b" ")[0].decode(errors="replace").strip()
        manifest = self.manifest()
        paths = [each.path or "" for each in manifest.writes.values()] if manifest else []
        return word if word and word in {each.partition(" ")[0] for each in paths} else None

    async def _answered(self, request: bytes, fault: Fault | None) -> bytes:
        """The answer, obeyed first, but for one who is deaf."""
        if fault is None or fault.kind != "deaf":
            return await self.answer(request)
        put_back = self.keep()
        try:
            return await self.answer(request)
        finally:
            put_back()

    def spoilt(self, answer: bytes, fault: Fault) -> bytes:
        """An answer made bad; protocols with frames of their own say how."""
        return spoil(answer, fault.garbage)

    def refusal(self, fault: Fault) -> bytes:
        """How the protocol says busy, unavailable or denied."""
        return b'{"error": "' + fault.kind.encode() + b'"}\n'

    async def start(self, port: int = 0) -> None:
        """Listen on loopback, on any free port unless one is given."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=16 * 1024 * 1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._talk(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting())
        while (request := await self.read(reader)) is not None:
            writing = self.altering(request)
            if writing is not None:
                self.wrote[writing] += 1
            fault = self.switch.hits(writing=writing is not None)
            if fault is not None and writing is not None and fault.kind in _REFUSALS:
                writer.write(self.refusal(fault))
                await writer.drain()
                continue
            answer = await self._answered(request, fault)
            if fault is None or fault.kind == "deaf":
                writer.write(answer)
            elif fault.kind == "lost_reply":
                return
            elif fault.kind == "hang":
                await asyncio.sleep(HOLD)
                return
            elif fault.kind == "cut":
                writer.write(answer[: len(answer) // 2])
                await writer.drain()
                return
            elif fault.kind == "slow":
                await asyncio.sleep(fault.latency)
                writer.write(answer)
            elif fault.kind == "garbage":
                writer.write(self.spoilt(answer, fault))
            else:
                writer.write(self.refusal(fault))
            await writer.drain()
