"""A trail in a database of its own: in a file, and on PostgreSQL where OKNO_TEST_POSTGRES names a server."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from audit.anchors import FileAnchor, checkpoints_of
from audit.checkpoint import Published
from audit.event import Event
from audit.export import export
from audit.keys import KeyRing
from audit.sequencer import Sequencer
from audit.trail import Trail
from audit.verdict import Verdict
from audit.verify import verify
from gateway.store import Store
from sources.ports.call import utc_now


@dataclass(slots=True)
class Book:
    """A trail with everything around it."""

    folder: Path
    url: str
    store: Store
    keys: KeyRing
    trail: Trail = field(init=False)
    sequencer: Sequencer = field(init=False)

    def __post_init__(self) -> None:
        self.trail = Trail(self.store.writing)
        self.sequencer = self.another_sequencer()

    def another_sequencer(self, **more: object) -> Sequencer:
        """One like that of another process."""
        anchor = FileAnchor(self.folder / "anchor.jsonl")
        return Sequencer(self.store.writing, self.keys, [anchor], **{"most": 25, **more})  # type: ignore[arg-type]

    async def fill(self, count: int, start: int = 0) -> None:
        """So many records, placed and signed."""
        for number in range(start, start + count):
            await self.trail.append(event(number))
        await self.sequencer.settle()

    async def new_chain(self) -> None:
        """Go on as the process does after a new start."""
        await self.trail.close()
        self.trail = Trail(self.store.writing)
        await self.trail.start()

    async def rows(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """What the database holds."""
        async with self.store.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement), values)]

    async def tamper(self, statement: str, **values: object) -> int:
        """What an administrator of the database can do. Returns: how many rows it touched."""
        async with self.store.writing.begin() as connection:
            return (await connection.execute(text(statement), values)).rowcount

    async def copy(self, name: str = "copy", *, values: bool = False) -> Path:
        """An export."""
        path = self.folder / name
        with path.open("wb") as out:
            await export(self.store.engine, self.keys.announced(), utc_now(), out.write, values=values)
        return path

    def anchored(self) -> list[Published]:
        """What the anchor has kept."""
        return checkpoints_of((self.folder / "anchor.jsonl").read_text(encoding="utf-8"))

    async def verdict(self) -> Verdict:
        """What a copy of now says, beside the anchor."""
        return verify(await self.copy(), self.anchored())


def event(number: int, **more: object) -> Event:
    """An event like any other."""
    return Event(
        code="account.unlocked",
        stage="outcome",
        outcome="success",
        operator="ann",
        employee=f"{number:07d}",
        detail={"number": number, **more},
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/okno.db"
        return
    server = os.environ.get("OKNO_TEST_POSTGRES")
    if not server:
        pytest.skip("OKNO_TEST_POSTGRES names no PostgreSQL server (postgresql://user@host:port/database)")
    name = f"okno_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{server.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
async def book(database: str, tmp_path: Path) -> AsyncIterator[Book]:
    store = Store(database)
    store.migrate()
    made = Book(tmp_path, database, store, KeyRing(tmp_path / "keys"))
    await made.trail.start()
    yield made
    await made.trail.close()
    await store.close()
