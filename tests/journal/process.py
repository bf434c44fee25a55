"""A process of the gateway, as far as it acts, beside others on the same database and before the same source."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from audit.trail import Trail
from gateway.store import Store
from operations.kit.journal import Journal
from operations.kit.keeping import Keeper
from operations.kit.runner import Runner
from operations.kit.sending import Pace, Sender
from operations.kit.tables import OperationRun
from sources.ports.call import utc_now
from tests.crash.shapes import EVENTS, SHAPES, Doorkeeper, begun, root_of
from tests.crash.source import Source

PACE = Pace(margin=0.5, poll=0.01, poll_most=0.05, settle=0.05, longest=1.0)
LEASE = timedelta(seconds=30)


@dataclass(slots=True)
class Process:
    """Its own connections, its own chain, its own clock."""

    store: Store
    trail: Trail
    journal: Journal
    sender: Sender
    runner: Runner
    keeper: Keeper

    async def begin(self, number: int, shape: str = "readback", lease: timedelta | None = LEASE, **more: Any) -> Any:
        """Write a run of a shape down. Returns: the hold and the run."""
        run, rows, asked = begun(SHAPES[shape], number, self.journal.clock())
        limit = more.pop("limit", None)
        for name, value in more.items():
            setattr(run, name, value)
        return await self.journal.begin(run, rows, [], asked, lease=lease, limit=limit), run

    async def state(self, run: str) -> str | None:
        """The state of a run, None where there is no such run."""
        found = await self.journal.run(run)
        return None if found is None else found.state

    async def carried_out(self, number: int, shape: str) -> OperationRun:
        """Begin a run and wait for its end."""
        hold, run = await self.begin(number, shape, self.sender.lease("desk"))
        await self.runner.start(hold, run)
        found = await self.journal.run(run.id)
        assert found is not None
        return found

    async def records(self, code: str) -> int:
        """How many records of a code are durable."""
        rows = await self.rows("select count(*) from audit_record where code = :code", code=code)
        return int(rows[0][0])

    async def rows(self, statement: str, **values: object) -> Sequence[Any]:
        """What the database holds."""
        async with self.store.engine.connect() as connection:
            return (await connection.execute(text(statement), values)).all()

    async def changed(self, statement: str, **values: object) -> None:
        """What time, or a process that is gone, has done."""
        async with self.store.writing.begin() as connection:
            await connection.execute(text(statement), values)


def source() -> Source:
    """A source that loses nothing unless a test plans it."""
    return Source(lambda _operation, _step: 0, root_of)


@asynccontextmanager
async def process(
    url: str, desk: Source, clock: Callable[[], datetime] = utc_now, *, patience: float = 10.0, every: float = 0.05
) -> AsyncIterator[Process]:
    """One more, that does nothing by itself before its keeper is started."""
    store = Store(url)
    trail = Trail(store.writing, clock=clock, patience=patience)
    await trail.start()
    journal = Journal(trail, store.engine, clock)
    sender = Sender(journal, desk, PACE)
    runner = Runner(journal, sender, Doorkeeper(), EVENTS)
    keeper = Keeper(journal, runner, sender, every=every)
    try:
        yield Process(store, trail, journal, sender, runner, keeper)
    finally:
        await keeper.close()
        await runner.close(0.1)
        await trail.close()
        await store.close()
