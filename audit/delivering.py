"""Delivering: each sink is told of every record in order, at its own pace, by one process at a time.

The trail itself is the outbox. A sink's cursor moves only behind records that the sink has said to have.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from audit.cursor import Cursor
from audit.moment import utc_now
from audit.placed import Piece, piece
from audit.sinks.sink import Outlet, Undelivered

log = logging.getLogger("okno.audit")

_SHORTEST: Final = 1.0
_LONGEST: Final = 120.0


class Delivering:
    """The sinks of this process. Units: `look_every` in seconds, between looks for new records."""

    def __init__(
        self,
        engine: AsyncEngine,
        outlets: Sequence[Outlet],
        *,
        owner: str,
        look_every: float = 1.0,
        backoff: float = _SHORTEST,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine.execution_options(okno_writes=True)
        self._reading = engine.execution_options(okno_writes=False)
        self._outlets = tuple(outlets)
        self._look_every = look_every
        self._backoff = backoff
        # a process that hangs comes back within its turn, or finds it lost
        self._cursors = {
            each.name: Cursor(each.cursor, owner, turn=each.patience * 2, fresh=each.fresh, clock=clock)
            for each in outlets
        }
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to deliver, to each sink by itself."""
        self._tasks = [asyncio.create_task(self._keep(each), name=f"audit sink {each.name}") for each in self._outlets]

    async def close(self) -> None:
        """Stop. What was not delivered is delivered by another process, or after the next start."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            with suppress(Exception):  # a database that is gone lets turns run out by themselves
                async with asyncio.timeout(2), self._engine.begin() as connection:
                    for cursor in self._cursors.values():
                        await connection.run_sync(cursor.leave)
        self._tasks = []

    async def _keep(self, outlet: Outlet) -> None:
        well = True
        while True:
            try:
                while await self.turn(outlet):
                    pass
                well = True
            except Exception as problem:
                if well:  # told once: the database may be away for long
                    log.exception("the sink %s cannot be looked after now; it is tried again", outlet.name)
                else:
                    log.debug("the sink %s still cannot be looked after: %s", outlet.name, type(problem).__name__)
                well = False
            await asyncio.sleep(self._look_every * random.uniform(0.8, 1.2))  # noqa: S311  # spreads load, guards nothing

    async def turn(self, outlet: Outlet) -> bool:
        """Deliver one batch. Returns: False where nothing waits, it is another's turn, or it was not delivered."""
        cursor = self._cursors[outlet.name]
        async with self._reading.connect() as connection:
            if not await connection.run_sync(cursor.due):
                return False
        async with self._engine.begin() as connection:
            place = await connection.run_sync(cursor.take)
        if place is None:
            return False
        async with self._reading.connect() as connection:
            found = await connection.run_sync(lambda one: piece(one, place, outlet.most, values=outlet.personal))
        if found.beyond == place:
            return False
        problem = await self._told(outlet, found)
        async with self._engine.begin() as connection:
            if problem is None:
                return await connection.run_sync(cursor.move, place, found.beyond)
            failures = await connection.run_sync(cursor.fail, problem, self._wait)
        log.log(
            logging.WARNING if failures == 1 else logging.DEBUG, "the sink %s is not told: %s", outlet.name, problem
        )
        return False

    async def _told(self, outlet: Outlet, found: Piece) -> str | None:
        """Returns: what was wrong, None where the sink has it all."""
        if not found.records:
            return None  # none of them is there any more: the numbers that the sink never sees say so
        try:
            messages = [outlet.message(each) for each in found.records]
            async with asyncio.timeout(outlet.patience):
                await outlet.sink.deliver(messages)
        except Undelivered as problem:
            return str(problem)
        except TimeoutError:
            return f"it did not answer within {outlet.patience:g} seconds"
        except Exception as problem:
            log.exception("the sink %s has a defect of ours", outlet.name)
            return f"it failed: {type(problem).__name__}"
        return None

    def _wait(self, failures: int) -> float:
        """How long to wait after so many failures in a row; never quite the same, so that processes do not come at once."""
        most: float = min(_LONGEST, self._backoff * 2.0 ** min(failures - 1, 20))
        return most * random.uniform(0.5, 1.0)  # noqa: S311  # as above
