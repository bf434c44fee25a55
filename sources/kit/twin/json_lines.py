"""Twins that speak JSON lines: one object asked, one object answered, on a connection that introduces itself first."""

import asyncio
from abc import abstractmethod
from contextvars import ContextVar
from typing import Any

import orjson

from sources.kit.twin.faults import Fault, spoil
from sources.kit.twin.lines import LineTwin

_who: ContextVar[str | None] = ContextVar("who", default=None)
"""Who has introduced themselves on this connection: each one is served by a task, thus a context, of its own."""


class JsonLineTwin(LineTwin):
    """A line twin whose requests and answers are JSON objects."""

    @abstractmethod
    def respond(self, request: dict[str, Any]) -> dict[str, object]:
        """The answer to one request. Counts it in `seen`."""

    @property
    def who(self) -> str | None:
        """Who has introduced themselves on the connection being served."""
        return _who.get()

    def introduce(self, who: str | None) -> None:
        """Remember who speaks on the connection being served."""
        _who.set(who)

    async def read(self, reader: asyncio.StreamReader) -> bytes | None:
        """One line; None when the client has gone."""
        return await reader.readline() or None

    async def answer(self, request: bytes) -> bytes:
        """The answer as one line."""
        return orjson.dumps(self.respond(orjson.loads(request)), default=str) + b"\n"

    def spoilt(self, answer: bytes, fault: Fault) -> bytes:
        """A line made bad and still ended, so that the client reads it instead of waiting on."""
        return spoil(answer.rstrip(b"\n"), fault.garbage) + b"\n"
