"""What is personal goes when its time has come; the records and their proofs stay, and cases that are held keep everything."""

from datetime import timedelta

import pytest

from audit.event import Event, Protected
from audit.holds import fresh_hold, holds, lifting, placing
from audit.own_codes import own_codes
from audit.retention import erase
from audit.trail import Trail, TrailUnavailable
from audit.verify import verify
from sources.ports.call import utc_now
from tests.unit.audit.conftest import Book

NOW = utc_now()
VALUES = (
    "select r.ticket from audit_protected p join audit_record r on r.writer = p.writer and r.seq = p.seq order by 1"
)


def searched(ticket: str, code: str = "search.made") -> Event:
    return Event(
        code=code, stage="read", outcome="success", operator="ann", ticket=ticket, detail={"text": Protected("Ivan")}
    )


async def at_that_time(book: Book, days: int, *events: Event) -> None:
    trail = Trail(book.store.writing, clock=lambda: NOW - timedelta(days=days))
    await trail.start()
    await trail.append(*events)
    await trail.close()


async def test_old_values_are_erased_by_their_class_and_the_chain_stays_valid(book: Book) -> None:
    await at_that_time(book, 100, searched("old"), searched("old, of longer keeping", "caller.checked"))
    await at_that_time(book, 10, searched("new"))
    await at_that_time(book, 400, searched("of no known code", "something.done"))
    await book.sequencer.settle()
    before = await book.rows("select body, hash from audit_record order by writer, seq")
    erased = await erase(book.trail, book.store.engine, own_codes(), NOW)
    assert erased == {"searches": 1, "operations": 0, "rights": 0}
    assert await book.rows(VALUES) == [("new",), ("of no known code",), ("old, of longer keeping",)]
    after = await book.rows("select body, hash from audit_record where code <> 'value.erased' order by writer, seq")
    assert after == before
    assert [row[0] for row in await book.rows("select stage from audit_record where code = 'value.erased'")] == [
        "intent",
        "outcome",
    ]
    await book.sequencer.settle()
    verdict = verify(await book.copy(values=True), book.anchored())
    assert (verdict.findings, verdict.values) == ([], 3)


async def test_what_no_code_tells_of_goes_last_but_goes(book: Book) -> None:
    await at_that_time(book, 1200, searched("of no known code", "something.done"))
    assert sum((await erase(book.trail, book.store.engine, own_codes(), NOW)).values()) == 1
    assert await book.rows(VALUES) == []


async def test_many_go_in_small_steps(book: Book) -> None:
    await at_that_time(book, 100, *(searched(str(number)) for number in range(1201)))
    assert (await erase(book.trail, book.store.engine, own_codes(), NOW))["searches"] == 1201
    assert await book.rows(VALUES) == []


async def test_a_case_that_is_held_keeps_everything_until_it_is_let_go(book: Book) -> None:
    await at_that_time(book, 100, searched("T-1"), searched("T-2"))
    hold = fresh_hold()
    placed = Event(
        code="hold.placed", stage="decision", outcome="success", operator="ann", approver="ben", ticket="T-1"
    )
    await book.trail.together(placing(hold, "ticket", "T-1", "court", "ann", NOW), placed)
    async with book.store.engine.connect() as connection:
        assert [(each.kind, each.value) for each in await holds(connection)] == [("ticket", "T-1")]
    await erase(book.trail, book.store.engine, own_codes(), NOW)
    assert await book.rows(VALUES) == [("T-1",)]
    assert await book.trail.together(lifting(hold, "ann", NOW)) == ()
    assert await book.trail.together(lifting(hold, "ann", NOW)) is None
    await erase(book.trail, book.store.engine, own_codes(), NOW)
    assert await book.rows(VALUES) == []


async def test_without_a_record_nothing_is_erased(book: Book) -> None:
    await at_that_time(book, 100, searched("T-1"))
    await book.trail.close()
    with pytest.raises(TrailUnavailable):
        await erase(book.trail, book.store.engine, own_codes(), NOW)
    assert await book.rows(VALUES) == [("T-1",)]
