"""Sweeper: feeds the search index from every source's identifiers, again and again."""

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from resolvers.search.index import IdentifierIndex
from sources.kit.resilience.line import Line
from sources.ports.call import CallContext, utc_now
from sources.ports.errors import SourceError

log = logging.getLogger("okno.sweeper")
_PATIENCE = 60.0


class Sweeper:
    """One task per source that can tell its identifiers. A source that fails keeps its last part of the index."""

    def __init__(self, lines: Sequence[Line], index: IdentifierIndex) -> None:
        self._lines = [line for line in lines if hasattr(line.source, "identifiers")]
        self._index = index
        self._swept: dict[str, datetime] = {}
        self._first = {line.source.name: asyncio.Event() for line in self._lines}
        self._tasks: list[asyncio.Task[None]] = []

    def swept_at(self, source: str) -> datetime | None:
        """The moment of the last good sweep of a source."""
        return self._swept.get(source)

    async def start(self, patience: float = 20.0) -> None:
        """Begin, and wait until every source has been tried once, or patience ends. Units: seconds."""
        self._swept.update(await self._index.ages())
        self._tasks = [asyncio.create_task(self._keep(line), name=f"sweep {line.source.name}") for line in self._lines]
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await asyncio.gather(*(event.wait() for event in self._first.values()))

    async def stop(self) -> None:
        """End all tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, line: Line) -> None:
        while True:
            await self._sweep(line)
            self._first[line.source.name].set()
            await asyncio.sleep(line.manifest.sweep)

    async def _sweep(self, line: Line) -> None:
        name = line.source.name
        call = CallContext("sweep", time.monotonic() + _PATIENCE, uuid.uuid4().hex, "okno", fresh=True)
        try:
            identifiers = await line.sweep(call)
            as_of = utc_now()
            await self._index.replace(name, identifiers, as_of)
            self._swept[name] = as_of
        except SourceError as problem:
            log.warning("sweep of %s failed: %s (%s)", name, problem.code, problem.detail)
        except Exception:
            # the index keeps what it had; one bad sweep must not end the task
            log.exception("sweep of %s broke", name)
