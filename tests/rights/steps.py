"""Steps: a desk that answers in turns, so that the waits of a request can be counted and no clock decides.

Everything that a request asks before it can go on is one turn. What it asks next, it asks because of what it was told.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.app import Gateway
from resolvers.asking import Viewer
from resolvers.replies import Reply
from resolvers.request import Request
from resolvers.road import Road
from tests.sandbox import NOW

_STILL: Final = 40
"""Turns of the loop without a new question after which a request is taken to wait: it goes on by turns of the loop alone."""

Asked = tuple[str, str, int]
"""Port, question, and how many keys."""


@dataclass(slots=True)
class Steps:
    """A desk in front of another one. Shape: `turns` are what was asked in each, in the order of the turns."""

    desk: Any
    turns: list[tuple[Asked, ...]] = field(default_factory=list)
    busy: int = 0
    _waiting: list[tuple[Asked, Callable[[], Awaitable[Any]], asyncio.Future[Any]]] = field(default_factory=list)

    async def ask(self, port: str, question: str, keys: Sequence[Any], *more: Any, **named: Any) -> Any:
        """As the desk's own, in its turn."""
        asked = (port, question, len(keys))
        return await self._wait(asked, lambda: self.desk.ask(port, question, keys, *more, **named))

    async def list(self, port: str, listing: str, *more: Any, **named: Any) -> Any:
        """As the desk's own, in its turn."""
        return await self._wait((port, listing, 1), lambda: self.desk.list(port, listing, *more, **named))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.desk, name)

    async def follow(self, request: Awaitable[Reply]) -> Reply:
        """Take a request to its end, turn by turn."""
        task = asyncio.ensure_future(request)
        while True:
            await self._settled(task)
            if task.done():
                return task.result()
            waiting, self._waiting = self._waiting, []
            assert waiting, "a request waits for something that is no source"
            self.turns.append(tuple(sorted(asked for asked, _, _ in waiting)))
            answers = await asyncio.gather(*(put() for _, put, _ in waiting), return_exceptions=True)
            for (_, _, future), answer in zip(waiting, answers, strict=True):
                if isinstance(answer, BaseException):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    async def _wait(self, asked: Asked, put: Callable[[], Awaitable[Any]]) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, put, future))
        return await future

    async def _settled(self, task: "asyncio.Future[Reply]") -> None:
        still, known = 0, len(self._waiting)
        while still < _STILL and not task.done():
            await asyncio.sleep(0.0005 if self.busy else 0)
            still = 0 if self.busy or len(self._waiting) != known else still + 1
            known = len(self._waiting)


@dataclass(slots=True)
class Index:
    """The search index, whose answers come from a thread of its own: no source, and waited for all the same."""

    index: Any
    steps: Steps

    async def find(self, *of: Any) -> Any:
        """As the index's own."""
        return await self._busy(self.index.find(*of))

    async def ages(self) -> Any:
        """As the index's own."""
        return await self._busy(self.index.ages())

    async def _busy(self, work: Awaitable[Any]) -> Any:
        self.steps.busy += 1
        try:
            return await work
        finally:
            self.steps.busy -= 1


@dataclass(frozen=True, slots=True)
class Taken:
    """What a request was told, and what it took. Shape: `turns` as of `Steps`."""

    body: dict[str, Any]
    turns: tuple[tuple[Asked, ...], ...]


class Watched:
    """A road of its own over a gateway's sources, whose requests are taken turn by turn, one at a time."""

    def __init__(self, gateway: Gateway) -> None:
        self._steps = Steps(gateway.desk)
        own = gateway.road
        index: Any = Index(gateway.index, self._steps)
        desk: Any = self._steps
        self._road = Road(own._schema, own.guards, desk, index, gateway.sweeper, deadline=60.0, clock=lambda: NOW)

    async def taken(self, viewer: Viewer, query: str, variables: dict[str, Any]) -> Taken:
        """Take one request to its end, past every cache."""
        self._steps.turns = []
        reply = await self._steps.follow(self._road.answer(Request(query, variables, None, fresh=True), viewer))
        return Taken(reply.body, tuple(self._steps.turns))
