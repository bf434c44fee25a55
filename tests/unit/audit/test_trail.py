"""Durable, chained, together with what it tells of; and nothing else where it cannot be."""

import asyncio
import sqlite3
import time

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Change, Event, Protected
from audit.record import FIRST, commitment, linked
from audit.trail import Trail, TrailUnavailable
from tests.unit.audit.conftest import Book, event

CHAIN = "select writer, seq, prev_hash, hash, body from audit_record order by writer, seq"


def hold(name: str, *, kept: bool = True, fails: bool = False):
    async def work(connection: AsyncConnection) -> bool:
        await connection.execute(
            text(
                "INSERT INTO audit_hold (id, kind, value, reason, placed_by, placed_at)"
                " VALUES (:id, 'ticket', '1', 'r', 'ann', 'now')"
            ),
            {"id": name},
        )
        if fails:
            raise ValueError("of its own")
        return kept

    return work


async def test_records_are_chained_by_their_writer(book: Book) -> None:
    receipts = await asyncio.gather(*(book.trail.append(event(number)) for number in range(200)))
    before, hashes = FIRST, []
    for number, (_, seq, prev, hash_, body) in enumerate(await book.rows(CHAIN), 1):
        assert (seq, prev, hash_) == (number, before, linked(before, str(body)))
        before = str(hash_)
        hashes.append(hash_)
    assert [(each.seq, each.hash) for (each,) in receipts] == list(enumerate(hashes, 1))


async def test_many_callers_share_a_transaction(book: Book) -> None:
    commits: list[int] = []
    written = Trail(book.store.writing)
    await written.start()

    async def counted(connection: AsyncConnection) -> bool:
        commits.append(id(connection.sync_connection.get_transaction()))
        return True

    await asyncio.gather(*(written.together(counted, event(number)) for number in range(100)))
    await written.close()
    assert len(commits) == 100
    assert len(set(commits)) < 10


async def test_work_is_kept_with_its_record_or_not_at_all(book: Book) -> None:
    assert await book.trail.together(hold("one"), event(1)) is not None
    assert await book.trail.together(hold("two", kept=False), event(2)) is None
    with pytest.raises(Exception, match=r"(?i)unique"):
        await book.trail.together(hold("one"), event(3))
    assert await book.trail.together(hold("three")) == ()
    assert await book.rows("select id from audit_hold order by id") == [("one",), ("three",)]
    assert [row[1] for row in await book.rows(CHAIN)] == [1]


async def test_a_neighbour_that_fails_takes_nobody_along(book: Book) -> None:
    answers = await asyncio.gather(
        *(book.trail.append(event(number)) for number in range(5)),
        book.trail.together(hold("bad", fails=True), event(9)),
        book.trail.together(hold("good"), event(8)),
        *(book.trail.append(event(number)) for number in range(5, 10)),
        return_exceptions=True,
    )
    assert [type(each).__name__ for each in answers] == ["tuple"] * 5 + ["ValueError"] + ["tuple"] * 6
    assert await book.rows("select id from audit_hold") == [("good",)]
    assert len(await book.rows(CHAIN)) == 11


async def test_an_event_that_is_no_json_is_refused_alone(book: Book) -> None:
    answers = await asyncio.gather(
        book.trail.append(event(1)),
        book.trail.append(event(2, wrong=object())),
        book.trail.append(event(3, half="\ud800")),
        book.trail.append(event(4)),
        return_exceptions=True,
    )
    assert [isinstance(each, TypeError) for each in answers] == [False, True, True, False]
    assert len(await book.rows(CHAIN)) == 2


async def test_what_no_column_takes_is_still_recorded_to_the_letter(book: Book) -> None:
    odd = Event(code="account.unlocked", stage="outcome", outcome="success", operator="a\0" + "b" * 300, employee="\0")
    await book.trail.append(odd)
    ((body, operator),) = await book.rows("select body, operator from audit_record")
    assert operator == "a" + "b" * 199
    assert '"employee":"\\u0000"' in str(body)
    assert "b" * 300 in str(body)


async def test_what_cannot_be_made_durable_is_refused_and_the_chain_begins_anew(book: Book) -> None:
    await book.trail.append(event(1))
    first = book.trail.writer
    await book.tamper("alter table audit_record rename to elsewhere")
    with pytest.raises(TrailUnavailable):
        await book.trail.together(hold("lost"), event(2))
    await book.tamper("alter table elsewhere rename to audit_record")
    await book.trail.append(event(3))
    assert book.trail.writer != first
    assert sorted(row[1] for row in await book.rows(CHAIN)) == [1, 1]
    assert await book.rows("select id from audit_hold") == []
    await book.sequencer.settle()
    assert (await book.verdict()).findings == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_database_that_hangs_is_waited_for_no_longer_than_said_and_is_used_again_after(book: Book) -> None:
    hasty = Trail(book.store.writing, patience=0.3)
    await hasty.start()
    await hasty.append(event(1))
    with sqlite3.connect(book.folder / "okno.db", isolation_level=None) as database:
        database.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        answers = await asyncio.gather(
            *(hasty.together(hold(str(number)), event(number)) for number in range(20)), return_exceptions=True
        )
        assert time.monotonic() - began < 3
        assert {type(each) for each in answers} == {TrailUnavailable}
        database.execute("ROLLBACK")
    for _ in range(100):
        try:
            await hasty.append(event(99))
            break
        except TrailUnavailable:
            await asyncio.sleep(0.05)
    await hasty.close()
    assert (99,) in [(int(str(row[0])),) for row in await book.rows("select employee from audit_record")]
    await book.sequencer.settle()
    assert (await book.verdict()).findings == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_server_that_cuts_the_connection_is_found_again(book: Book) -> None:
    await book.trail.append(event(1))
    await book.tamper(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
    )
    with pytest.raises(TrailUnavailable):
        await book.trail.append(event(2))
    await book.trail.append(event(3))
    await book.sequencer.settle()
    assert (await book.verdict()).findings == []
    assert len(await book.rows(CHAIN)) == 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_when_too_much_waits_more_is_refused_at_once_and_nothing_is_dropped(book: Book) -> None:
    small = Trail(book.store.writing, patience=5.0, most_waiting=3)
    await small.start()
    gate = asyncio.Event()

    async def slow(_connection: AsyncConnection) -> bool:
        await gate.wait()
        return True

    first = asyncio.create_task(small.together(slow, event(0)))
    await asyncio.sleep(0.05)
    waiting = [asyncio.create_task(small.append(event(number))) for number in range(1, 4)]
    await asyncio.sleep(0)
    with pytest.raises(TrailUnavailable, match="too much"):
        await small.append(event(9))
    gate.set()
    await asyncio.gather(first, *waiting)
    await small.close()
    assert len(await book.rows(CHAIN)) == 4


async def test_who_stops_waiting_is_not_recorded_later(book: Book) -> None:
    gate = asyncio.Event()

    async def slow(_connection: AsyncConnection) -> bool:
        await gate.wait()
        return True

    first = asyncio.create_task(book.trail.together(slow, event(0)))
    await asyncio.sleep(0.05)
    gone = asyncio.create_task(book.trail.together(hold("gone"), event(1)))
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    gate.set()
    await first
    await book.trail.append(event(2))
    assert await book.rows("select id from audit_hold") == []
    assert [row[1] for row in await book.rows(CHAIN)] == [1, 2]


async def test_a_closed_trail_takes_nothing_and_says_where_it_ended(book: Book) -> None:
    await book.trail.append(event(1))
    await book.trail.close()
    with pytest.raises(TrailUnavailable):
        await book.trail.append(event(2))
    ((ended,),) = await book.rows("select ended_at from audit_writer")
    assert ended is not None


async def test_personal_values_stand_beside_the_record_as_commitments(book: Book) -> None:
    secret = "+55 11 90000 0001"
    told = Event(
        code="contact.updated",
        stage="outcome",
        outcome="success",
        operator="ann",
        changes=(Change("Phone.number", Protected(secret), Protected("+55 11 90000 0002")),),
        detail={"typed": Protected("Ivan"), "deep": {"a.b": Protected(7)}},
    )
    await book.trail.append(told)
    ((body,),) = await book.rows("select body from audit_record")
    assert secret not in str(body)
    assert "Ivan" not in str(body)
    kept = await book.rows("select path, value, salt from audit_protected order by path")
    assert [row[:2] for row in kept] == [
        ("changes.0.after", '"+55 11 90000 0002"'),
        ("changes.0.before", f'"{secret}"'),
        ("detail.deep.a_b", "7"),
        ("detail.typed", '"Ivan"'),
    ]
    assert all(commitment(str(salt), str(value)) in str(body) for _, value, salt in kept)
    assert len({salt for *_, salt in kept}) == 4


async def test_four_writers_on_one_database_lose_nothing(book: Book) -> None:
    trails = [Trail(book.store.writing) for _ in range(4)]
    for each in trails:
        await each.start()
    await asyncio.gather(*(each.append(event(number)) for number in range(50) for each in trails))
    for each in trails:
        await each.close()
    found = await book.rows("select writer, count(*), max(seq) from audit_record group by writer")
    assert {(row[0], row[1], row[2]) for row in found} == {(each.writer, 50, 50) for each in trails}
    await book.sequencer.settle()
    verdict = await book.verdict()
    assert (verdict.findings, verdict.covered) == ([], 200)
