"""Durable, chained, together with what it tells of; and nothing else where it cannot be."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Change, Event, Protected
from audit.record import FIRST, linked
from audit.trail import Trail, TrailUnavailable
from tests.unit.audit.conftest import Book, event


def rows(book: Book) -> list[tuple[str, int, str, str, str]]:
    with sqlite3.connect(book.folder / "okno.db") as database:
        wanted = "select writer, seq, prev_hash, hash, body from audit_record order by writer, seq"
        return list(database.execute(wanted))


async def test_records_are_chained_by_their_writer(book: Book) -> None:
    receipts = await asyncio.gather(*(book.trail.append(event(number)) for number in range(200)))
    before = FIRST
    for number, (_writer, seq, prev, hash_, body) in enumerate(rows(book), 1):
        assert (seq, prev, hash_) == (number, before, linked(before, body))
        before = hash_
    assert sorted(receipt.seq for each in receipts for receipt in each) == list(range(1, 201))


async def test_work_is_kept_with_its_record_or_not_at_all(book: Book) -> None:
    async def freeze(connection: AsyncConnection, id_: str, *, kept: bool) -> bool:
        await connection.execute(
            text("INSERT INTO audit_hold (id, reason, by, at) VALUES (:id, 'r', 'ann', 'now')"), {"id": id_}
        )
        return kept

    done = await book.trail.together(lambda connection: freeze(connection, "one", kept=True), event(1))
    undone = await book.trail.together(lambda connection: freeze(connection, "two", kept=False), event(2))
    with pytest.raises(Exception, match="UNIQUE"):
        await book.trail.together(lambda connection: freeze(connection, "one", kept=True), event(3))
    assert done is not None
    assert undone is None
    with sqlite3.connect(book.folder / "okno.db") as database:
        assert database.execute("select id from audit_hold").fetchall() == [("one",)]
    assert [seq for _, seq, *_ in rows(book)] == [1]


async def test_a_neighbour_that_fails_takes_nobody_along(book: Book) -> None:
    async def fails(_connection: AsyncConnection) -> bool:
        raise ValueError("of its own")

    answers = await asyncio.gather(
        *(book.trail.append(event(number)) for number in range(5)),
        book.trail.together(fails, event(9)),
        *(book.trail.append(event(number)) for number in range(5, 10)),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in answers] == ["tuple"] * 5 + ["ValueError"] + ["tuple"] * 5
    assert len(rows(book)) == 10


async def test_what_cannot_be_made_durable_is_refused_and_the_chain_begins_anew(book: Book) -> None:
    await book.trail.append(event(1))
    first = book.trail.writer
    with sqlite3.connect(book.folder / "okno.db") as database:
        database.execute("alter table audit_record rename to elsewhere")
    with pytest.raises(TrailUnavailable):
        await book.trail.append(event(2))
    with sqlite3.connect(book.folder / "okno.db") as database:
        database.execute("alter table elsewhere rename to audit_record")
    await book.trail.append(event(3))
    assert book.trail.writer != first
    assert sorted(seq for _, seq, *_ in rows(book)) == [1, 1]


async def test_a_database_that_hangs_is_waited_for_no_longer_than_said(book: Book) -> None:
    hasty = Trail(book.store.writing, patience=0.3)
    await hasty.start()
    with sqlite3.connect(book.folder / "okno.db", isolation_level=None) as database:
        database.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TrailUnavailable):
            await hasty.append(event(1))
        database.execute("ROLLBACK")
    await hasty.close()


async def test_a_closed_trail_takes_nothing(book: Book) -> None:
    await book.trail.close()
    with pytest.raises(TrailUnavailable):
        await book.trail.append(event(1))


async def test_personal_values_stand_beside_the_record_as_commitments(book: Book) -> None:
    secret = "+55 11 90000 0001"
    told = Event(
        code="contact.updated",
        stage="outcome",
        outcome="success",
        operator="ann",
        changes=(Change("Phone.number", Protected(secret), Protected("+55 11 90000 0002")),),
        detail={"typed": Protected("Ivan")},
    )
    await book.trail.append(told)
    (row,) = rows(book)
    assert secret not in row[4]
    assert "Ivan" not in row[4]
    with sqlite3.connect(book.folder / "okno.db") as database:
        kept = database.execute("select path, value from audit_protected order by path").fetchall()
    assert kept == [
        ("changes.0.after", '"+55 11 90000 0002"'),
        ("changes.0.before", f'"{secret}"'),
        ("detail.typed", '"Ivan"'),
    ]


async def test_four_writers_on_one_database_lose_nothing(book: Book) -> None:
    trails = [Trail(book.store.writing) for _ in range(4)]
    for each in trails:
        await each.start()
    await asyncio.gather(*(each.append(event(number)) for number in range(50) for each in trails))
    for each in trails:
        await each.close()
    assert len(rows(book)) == 200
    assert {writer for writer, *_ in rows(book)} == {each.writer for each in trails}
