"""Waking: how a process that looks after runs hears at once that one is free to be taken up. Source: LISTEN and NOTIFY of PostgreSQL."""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CHANNEL: Final = "okno_runs"
log = logging.getLogger("okno.operations")


class Bell:
    """Heard by all processes on a server; on a file, where there is no such thing, each looks for itself from time to time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._on_a_server = engine.dialect.name == "postgresql"
        self._rung = asyncio.Event()
        self._connection: AsyncConnection | None = None
        self._driver: Any = None

    async def ring(self, connection: AsyncConnection, run: str) -> None:
        """Ring when the transaction is committed, not before and not without it."""
        if self._on_a_server:
            await connection.execute(select(func.pg_notify(CHANNEL, run)))

    async def rest(self, seconds: float) -> None:
        """Wait until it rings, and no longer than so many seconds."""
        if self._on_a_server and (self._driver is None or self._driver.is_closed()):
            await self._listen()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()

    async def close(self) -> None:
        """Listen no longer."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            with suppress(Exception):  # the server may be gone
                await connection.invalidate()  # whoever had this connection next would hear it too
                await connection.close()

    async def _listen(self) -> None:
        await self.close()
        try:
            self._connection = await self._engine.connect()
            raw = await self._connection.get_raw_connection()
            self._driver = raw.driver_connection
            assert self._driver is not None
            await self._driver.add_listener(CHANNEL, self._heard)
        except Exception as problem:  # noqa: BLE001  # a database that is away now: it is looked for again after the rest
            log.warning("nobody wakes the keeper now, it looks from time to time: %s", type(problem).__name__)
            await self.close()

    def _heard(self, *_said: object) -> None:
        self._rung.set()
