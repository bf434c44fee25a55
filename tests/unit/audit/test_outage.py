"""The database is full, locked or gone: nothing happens that cannot be recorded, and all goes on by itself afterwards."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event as listening
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.keys import KeyRing
from audit.sinks.json_lines import JsonLines
from audit.tables import AuditHold
from audit.trail import Trail, TrailUnavailable, Work
from gateway.store import Store
from tests.unit.audit.conftest import Book, event
from tests.unit.audit.own_postgres import OwnPostgres, lacking, own_postgres
from tests.unit.audit.receivers import delivering, numbers_in, outlet, state, told


def hold(name: str) -> Work:
    """What must not be there without its record."""

    async def work(connection: AsyncConnection) -> bool:
        row = {"kind": "ticket", "value": "1", "reason": "r", "placed_by": "ann", "placed_at": "now"}
        await connection.execute(insert(AuditHold), [{"id": name, **row}])
        return True

    return work


async def recovered(trail: Trail, number: int, within: float = 30.0) -> None:
    """Append as soon as it can be done again."""
    async with asyncio.timeout(within):
        while True:
            try:
                await trail.append(event(number))
                return
            except TrailUnavailable:
                await asyncio.sleep(0.05)


class FullPages:
    """The database may grow no further, as by a quota of its own."""

    def __init__(self, book: Book) -> None:
        self.most = 0
        listening.listen(book.store.engine.sync_engine, "checkout", self._limit)

    async def fill(self, book: Book) -> None:
        async with book.store.engine.connect() as connection:
            ((self.most,),) = await connection.exec_driver_sql("PRAGMA page_count")
        await book.new_chain()

    def room(self) -> None:
        self.most = 1_000_000

    def _limit(self, connection: object, _entry: object, _proxy: object) -> None:
        if self.most:
            connection.cursor().execute(f"PRAGMA max_page_count = {self.most}")  # type: ignore[attr-defined]


class FullDisk:
    """No file of this process may grow further, as on a disk without room."""

    def __init__(self, _book: Book) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def fill(self, book: Book) -> None:
        most = max(each.stat().st_size for each in book.folder.glob("okno.db*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, self._before[1]))

    def room(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", [FullPages, FullDisk])
async def test_a_full_database_refuses_and_all_goes_on_without_a_restart(
    book: Book, tmp_path: Path, kind: type[FullPages] | type[FullDisk]
) -> None:
    file = tmp_path / "out.jsonl"
    await book.fill(20)
    full = kind(book)
    recorded = 20
    async with delivering(book, outlet("file", JsonLines(file))):
        await told(book, "file", place=20)
        await full.fill(book)
        try:
            with pytest.raises(TrailUnavailable):
                for number in range(20, 4000):
                    await book.trail.append(event(number, more="x" * 3000))
                    recorded += 1
            with pytest.raises(TrailUnavailable):
                await book.trail.together(hold("refused"), event(9, more="x" * 300_000))
            assert await book.rows("select count(*) from audit_hold") == [(0,)]
            assert await book.rows("select count(*) from audit_record") == [(recorded,)]
        finally:
            full.room()
        await recovered(book.trail, 1)
        await book.trail.together(hold("done"), event(2))
        assert await book.rows("select id from audit_hold") == [("done",)]
        await book.sequencer.settle()
        await told(book, "file", place=recorded + 2)
    assert numbers_in(file) == list(range(recorded + 2))
    verdict = await book.verdict()
    assert (verdict.findings, verdict.covered) == ([], recorded + 2)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_locked_database_stops_delivery_and_the_trail_only_as_long(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    hasty = Trail(book.store.writing, patience=0.3)
    await hasty.start()
    await hasty.append(event(0))
    await book.sequencer.settle()
    async with delivering(book, outlet("file", JsonLines(file))):
        await told(book, "file", place=1)
        with sqlite3.connect(book.folder / "okno.db", isolation_level=None) as database:
            database.execute("BEGIN EXCLUSIVE")
            with pytest.raises(TrailUnavailable):
                await hasty.together(hold("refused"), event(1))
            with pytest.raises(TrailUnavailable):
                await hasty.append(event(7))
            database.execute("ROLLBACK")
        database.close()
        await recovered(hasty, 2)
        await hasty.close()
        await book.sequencer.settle()
        ((count,),) = await book.rows("select count(*) from audit_record")
        await told(book, "file", place=int(str(count)))
        # what was under way may still be done after its caller was refused: then with its record, never without
        assert await book.rows("select count(*) from audit_hold") == await book.rows(
            "select count(*) from audit_record where employee = '0000001'"
        )
    assert numbers_in(file) == list(range(int(str(count))))
    assert (await book.verdict()).findings == []


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    if (reason := lacking()) is not None:
        pytest.skip(reason)
    with own_postgres() as made:
        yield made


@pytest.fixture
async def own_book(server: OwnPostgres, tmp_path: Path) -> AsyncIterator[Book]:
    store = Store(server.url)
    await asyncio.to_thread(store.migrate)
    made = Book(tmp_path, server.url, store, KeyRing(tmp_path / "keys"))
    made.trail = Trail(store.writing, patience=2.0)
    await made.trail.start()
    yield made
    await made.trail.close()
    await store.close()


async def test_a_database_that_crashes_and_comes_back_loses_no_record_that_was_told_to_be_durable(
    own_book: Book, server: OwnPostgres, tmp_path: Path
) -> None:
    book, file = own_book, tmp_path / "out.jsonl"
    await book.fill(20)
    durable: list[str] = [each[0] for each in await book.rows("select hash from audit_record")]  # type: ignore[misc]
    keeper = book.another_sequencer(owner="keeper", every=0.1, look_every=0.05)
    keeper.start()
    async with delivering(book, outlet("file", JsonLines(file))):
        await told(book, "file", place=20)
        busy = asyncio.create_task(_append_until_refused(book, durable))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.stop)
        await busy
        with pytest.raises(TrailUnavailable):
            await book.trail.together(hold("refused"), event(7))
        await asyncio.to_thread(server.start)
        await recovered(book.trail, 8)
        await keeper.close()
        await book.sequencer.settle()
        ((count,),) = await book.rows("select count(*) from audit_record")
        await told(book, "file", place=int(str(count)))
    assert await book.rows("select count(*) from audit_hold") == [(0,)]
    assert set(durable) <= {each[0] for each in await book.rows("select hash from audit_record")}
    assert list(dict.fromkeys(numbers_in(file))) == list(range(int(str(count))))
    assert [(each.problem, each.behind) for each in await state(book, "file")] == [(None, 0)]
    assert (await book.verdict()).findings == []


async def _append_until_refused(book: Book, durable: list[str]) -> None:
    while True:
        try:
            receipts = await book.trail.append(event(5))
        except TrailUnavailable:
            return
        durable += [each.hash for each in receipts]
