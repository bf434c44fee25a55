"""A source whose answers are written by the test, and calls to put to it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Final

from sources.kit.manifest import Manifest
from sources.kit.resilience.line import Line
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need, Page, Window

BARE: Final = {
    "title": "Scripted",
    "owner": {"team": "nobody", "contact": "nobody@example.org"},
    "ports": ("tickets",),
    "protocol": "http",
    "domain": "ticket",
    "timeout": "200ms",
}
QUESTION: Final = "ticket_by_number"
Script = Callable[[Sequence[str]], Awaitable[Sequence[Any]]]


def manifest(**changes: object) -> Manifest:
    """A manifest with fifty keys a call and no memory, changed as the test wants."""
    return Manifest.model_validate({**BARE, **changes})


async def told(keys: Sequence[str]) -> list[Any]:
    """Each key answered by itself; keys that begin with `no` are unknown."""
    return [None if key.startswith("no") else f"record of {key}" for key in keys]


class Scripted(Source):
    """Answers as `script` says and keeps what it was asked."""

    system: ClassVar[str] = "scripted"

    def __init__(self, instance: Instance, script: Script = told) -> None:
        super().__init__(instance)
        self.script = script
        self.asked: list[tuple[str, ...]] = []
        self.needs: list[Need] = []
        self.at_once = 0
        self.most_at_once = 0
        self.closed = False

    async def ticket_by_number(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Any]:
        self.asked.append(tuple(keys))
        self.needs.append(need)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self.script(keys)
        finally:
            self.at_once -= 1

    tickets_of = history_of = ticket_by_number

    async def tickets(self, page: Page, call: CallContext, *, wanted: object = None) -> Window[Any]:
        records = tuple(await self.script([str(place) for place in range(page.first)]))
        return Window(records, tuple((each,) for each in records), has_next=False)

    async def close(self) -> None:
        self.closed = True


def line(script: Script = told, *, name: str = "desk", **changes: object) -> tuple[Line, Scripted]:
    """A line to a scripted source."""
    source = Scripted(Instance(name, "scripted", manifest(**changes), {}), script)
    return Line(source), source


def call(
    partition: str = "all", *, seconds: float = 2.0, fresh: bool = False, permit: WritePermit | None = None
) -> CallContext:
    """One request's context."""
    return CallContext(partition, time.monotonic() + seconds, "trace", "someone", fresh, permit)


async def ask(to: Line, *keys: str, by: CallContext | None = None, need: Need = EVERYTHING) -> list[Any]:
    """Answers to these keys."""
    return await to.ask(QUESTION, keys, need, by or call())


class Gate:
    """A script that says nothing until it is opened."""

    def __init__(self, then: Script = told) -> None:
        self.opened = asyncio.Event()
        self.reached = asyncio.Event()
        self._then = then

    async def __call__(self, keys: Sequence[str]) -> Sequence[Any]:
        self.reached.set()
        await self.opened.wait()
        return await self._then(keys)


class InTurn:
    """A script of several parts: each call plays the next one, the last one stays."""

    def __init__(self, *parts: Script | Exception) -> None:
        self._parts = list(parts)

    async def __call__(self, keys: Sequence[str]) -> Sequence[Any]:
        part = self._parts.pop(0) if len(self._parts) > 1 else self._parts[0]
        if isinstance(part, Exception):
            raise part
        return await part(keys)
