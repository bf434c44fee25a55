"""SQL to PostgreSQL: a small pool, a transaction for each statement, the time left told to the server."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from sources.kit.sql_text import numbered
from sources.kit.sql_wire import DOWN, IN_DOUBT, UNREADABLE, Row, SqlRefusal, Step


class PostgresWire:
    """Implements `SqlWire` by the library asyncpg. Units: `most_rows` in rows, `most` in bytes."""

    def __init__(self, url: str, user: str, password: str, *, connections: int, most_rows: int, most: int) -> None:
        if urlsplit(url).scheme not in ("postgresql", "postgres"):
            raise ValueError("an SQL address begins with postgresql://")
        self._url, self._user, self._password = url, user, password
        self._connections, self._most_rows, self._most = connections, most_rows, most
        self._pool: Any = None
        self._opening = asyncio.Lock()

    async def run(self, steps: Sequence[Step], *, write: bool, seconds: float) -> list[Row]:
        """The rows of the last of these statements, all in one transaction that is READ ONLY unless it writes."""
        *before, (text, arguments) = [numbered(*step) for step in steps]
        try:
            async with asyncio.timeout(seconds):
                pool = await self._opened(seconds)
                async with pool.acquire() as connection, connection.transaction(readonly=not write):
                    await connection.execute(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
                    if write:
                        # the session reads only unless it is told otherwise, each time
                        await connection.execute("SET TRANSACTION READ WRITE")
                        for earlier, given in before:
                            await connection.execute(earlier, *given)
                        return self._plain(await connection.fetch(text, *arguments))
                    cursor = await connection.cursor(text, *arguments)
                    return self._plain(await cursor.fetch(self._most_rows + 1))
        except asyncpg.PostgresError as problem:
            raise SqlRefusal(problem.sqlstate or UNREADABLE, str(problem)) from None
        except asyncpg.InterfaceError as problem:
            # the connection went away somewhere on the way, and with a write that may have been behind the commit
            raise SqlRefusal(IN_DOUBT if write else "22000", str(problem)) from None
        except OSError as problem:
            if isinstance(problem, TimeoutError):
                raise
            raise SqlRefusal(DOWN, type(problem).__name__) from None

    async def close(self) -> None:
        """Give back every connection."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _opened(self, seconds: float) -> Any:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    user=self._user,
                    password=self._password,
                    min_size=0,
                    max_size=self._connections,
                    timeout=seconds,
                    server_settings={"application_name": "okno", "default_transaction_read_only": "on"},
                )
            return self._pool

    def _plain(self, records: list[Any]) -> list[Row]:
        if len(records) > self._most_rows:
            raise SqlRefusal(UNREADABLE, f"an answer of more than {self._most_rows} rows")
        rows: list[Row] = [{name: _plain_value(value) for name, value in record.items()} for record in records]
        size = sum(len(str(value)) for row in rows for value in row.values())
        if size > self._most:
            raise SqlRefusal(UNREADABLE, f"an answer of more than {self._most} bytes")
        return rows


def _plain_value(value: object) -> object:
    """Moments and days as ISO 8601, everything unusual as text, as the twin's wire has it too."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
