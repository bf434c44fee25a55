"""Store: the gateway's own database, its engine and its migrations."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from audit.at_once import connected
from audit.event import Event
from audit.own_codes import own_codes
from audit.trail import Trail

T = TypeVar("T")
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class Store:
    """One database. Shape: `url` is `sqlite:///path` or `postgresql://…`; `trail` is written by a process that serves."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.trail: Trail | None = None
        if self.url.get_backend_name() == "sqlite" and self.url.database:
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        driver = _DRIVERS[self.url.get_backend_name()]
        how = {"async_creator_fn": connected} if self.url.get_backend_name() == "sqlite" else {}
        self.engine: AsyncEngine = create_async_engine(
            self.url.set(drivername=driver), pool_pre_ping=True, connect_args=how
        )
        if self.url.get_backend_name() == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _tune)
            event.listen(self.engine.sync_engine, "begin", _begin)

    def migrate(self) -> None:
        """Bring the tables up to date; blocking, called before serving. Raises: NewerDatabase."""
        config = Config()
        config.set_main_option("script_location", "gateway:migrations")
        config.attributes["url"] = self.url
        command.upgrade(config, "head")

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        async with AsyncSession(self.writing, expire_on_commit=False) as session, session.begin():
            yield session

    async def recorded(self, change: Callable[[AsyncSession], Awaitable[T]], *events: Event) -> T:
        """A change and the records that tell of it, both or neither; a change that returns False or 0 has changed nothing.

        A command that serves nobody writes a chain of its own.

        Raises: TrailUnavailable; whatever the change raises.
        """
        made: list[T] = []

        async def work(connection: AsyncConnection) -> bool:
            # a savepoint of its own: a session that fails would otherwise take back what others do in the same transaction
            mode = "create_savepoint"
            async with AsyncSession(connection, expire_on_commit=False, join_transaction_mode=mode) as session:
                made.append(await change(session))
                await session.commit()
            return made[0] is None or bool(made[0])

        if self.trail is not None:
            await self.trail.together(work, *events)
            return made[0]
        trail = Trail(self.writing, codes=own_codes().all())
        await trail.start()
        try:
            await trail.together(work, *events)
        finally:
            await trail.close()
        return made[0]

    @property
    def writing(self) -> AsyncEngine:
        """The same engine for transactions that write: the place to write is taken at their beginning, not in the middle."""
        return self.engine.execution_options(okno_writes=True)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _begin(connection: Connection) -> None:
    # the driver begins by itself only before a change, and savepoints need a transaction around them
    immediate = connection.get_execution_options().get("okno_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _tune(connection: object, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # as above
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a DB-API connection
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
