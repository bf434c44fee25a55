"""While the trail grows, what looks wrong in it is recorded in it: once, whichever process finds it, whatever fails meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from audit.cursor import states
from audit.detections.thresholds import MassLookup, TakeOver, Thresholds, Vip
from audit.detections.watching import People, Watching, _reach, cursor_of, nobody
from audit.event import Event
from audit.own_codes import own_codes
from audit.trail import Trail, TrailUnavailable
from tests.unit.audit.conftest import Book

START = datetime(2026, 3, 2, tzinfo=UTC)
TEN = Thresholds(mass_lookup=MassLookup(10), vip=None, no_case=None, take_over=None)


def read(employee: int, operator: str = "cy", **more: str) -> Event:
    return Event(
        code="employee.read", stage="read", outcome="success", operator=operator, employee=f"{employee:07d}", **more
    )


async def reads(book: Book, first: int, last: int, operator: str = "cy") -> None:
    for number in range(first, last):
        await book.trail.append(read(number, operator))
    await book.sequencer.settle()


@asynccontextmanager
async def watching(
    book: Book, said: Thresholds = TEN, people: People = nobody, owner: str = "p1"
) -> AsyncIterator[Watching]:
    made = Watching(book.trail, said, people, owner=owner, look_every=0.02)
    made.start()
    try:
        yield made
    finally:
        await made.close()


async def seen(book: Book, *kinds: str, within: float = 20.0) -> None:
    """Wait until these kinds have looked at all there is."""
    async with asyncio.timeout(within):
        while True:
            found = await states(book.store.engine, [cursor_of(each) for each in kinds])
            if all(each.begun and each.behind == 0 for each in found):
                return
            await asyncio.sleep(0.02)


async def raised(book: Book) -> list[dict[str, object]]:
    rows = await book.rows("select body from audit_record where code = 'detection.raised' order by at")
    return [orjson.loads(str(row[0]))["detail"] for row in rows]


async def test_what_is_found_is_recorded_with_its_evidence_and_what_was_there_before_is_not_looked_for(
    book: Book,
) -> None:
    await reads(book, 0, 30)
    async with watching(book):
        await seen(book, "mass_lookup")
        assert await raised(book) == []
        await reads(book, 100, 110, "dora")
        await seen(book, "mass_lookup")
    (only,) = await raised(book)
    assert (only["kind"], only["operators"], only["evidence"]) == ("mass_lookup", ["dora"], list(range(30, 40)))
    await book.sequencer.settle()
    assert (await book.verdict()).findings == []


async def test_a_process_that_begins_anew_remembers_what_counts_and_what_was_told(book: Book) -> None:
    async with watching(book):
        await seen(book, "mass_lookup")
        await reads(book, 0, 6)
        await seen(book, "mass_lookup")
    assert await raised(book) == []
    async with watching(book, owner="p2"):
        await reads(book, 6, 10)
        await seen(book, "mass_lookup")
    assert [each["evidence"] for each in await raised(book)] == [list(range(10))]
    async with watching(book, owner="p3"):
        await reads(book, 10, 15)
        await seen(book, "mass_lookup")
    assert len(await raised(book)) == 1
    async with watching(book, owner="p4"):
        await reads(book, 15, 20)
        await seen(book, "mass_lookup")
    assert len(await raised(book)) == 2


async def test_as_far_is_looked_back_as_a_window_reaches_and_not_over_the_whole_trail(book: Book) -> None:
    moments = iter([START + timedelta(seconds=20 * number) for number in range(4000)])
    book.trail = await clocked(book, lambda: next(moments))
    await asyncio.gather(*(book.trail.append(read(number)) for number in range(3000)))
    while await book.sequencer.turn(whoever=True):
        pass
    async with book.store.engine.connect() as connection:
        found = [await connection.run_sync(_reach, 3000, timedelta(hours=hours)) for hours in (1, 4, 100)]
        assert await connection.run_sync(_reach, 0, timedelta(hours=1)) == 0
    assert found == [2500, 2000, 0]


async def clocked(book: Book, clock: Callable[[], datetime]) -> Trail:
    await book.trail.close()
    made = Trail(book.store.writing, clock=clock)
    await made.start()
    return made


async def test_processes_at_the_same_time_tell_of_it_once(book: Book) -> None:
    async with watching(book, owner="p1"), watching(book, owner="p2"), watching(book, owner="p3"):
        await seen(book, "mass_lookup")
        for start in range(0, 60, 5):
            await reads(book, start, start + 5)
        await seen(book, "mass_lookup")
    evidence = [place for each in await raised(book) for place in each["evidence"]]  # type: ignore[attr-defined]
    assert len(await raised(book)) == 6
    assert len(set(evidence)) == len(evidence) == 60


async def test_where_it_cannot_be_recorded_it_is_found_again_later_and_recorded_once(book: Book) -> None:
    made = Watching(book.trail, TEN, owner="p1")
    await made.turn("mass_lookup")
    await reads(book, 0, 10)
    before = await states(book.store.engine, [cursor_of("mass_lookup")])
    await book.tamper("alter table audit_detected rename to elsewhere")
    with pytest.raises(Exception, match="audit_detected"):
        await made.turn("mass_lookup")
    await book.tamper("alter table elsewhere rename to audit_detected")
    assert await raised(book) == []
    assert [each.place for each in await states(book.store.engine, [cursor_of("mass_lookup")])] == [
        each.place for each in before
    ]
    await book.trail.close()
    with pytest.raises(TrailUnavailable):
        await made.turn("mass_lookup")
    await book.trail.start()
    while await made.turn("mass_lookup"):
        pass
    assert len(await raised(book)) == 1


async def test_who_is_protected_is_asked_and_while_nobody_answers_others_go_on(book: Book) -> None:
    away = True
    asked: list[set[str]] = []

    async def people(whose: Collection[str]) -> frozenset[str]:
        if away:
            raise OSError("the directory is away")
        asked.append(set(whose))
        return frozenset({"0000007", "@vera.r"}) & set(whose)

    said = Thresholds(mass_lookup=None, vip=Vip(), no_case=None, take_over=TakeOver())
    async with watching(book, said, people):
        await seen(book, "vip", "take_over")
        await book.trail.append(read(7), read(7), read(8), read(7, ticket="T1"))
        await book.trail.append(
            Event(code="employee.read", stage="read", outcome="success", operator="ben", object="Vera.R")
        )
        for code in ("second_factor.reset", "password.reset"):
            await book.trail.append(
                Event(code=code, stage="outcome", outcome="success", operator="cy", employee="0000009", operation="o")
            )
        await book.sequencer.settle()
        await seen(book, "take_over")
        (stopped,) = await states(book.store.engine, [cursor_of("vip")])
        async with asyncio.timeout(10):
            while stopped.problem is None:
                (stopped,) = await states(book.store.engine, [cursor_of("vip")])
                await asyncio.sleep(0.02)
        assert (stopped.problem, stopped.place) == ("the directory is away", 0)
        assert [each["kind"] for each in await raised(book)] == ["take_over"]
        away = False
        await seen(book, "vip")
    assert asked[0] == {"0000007", "0000008", "@vera.r"}
    assert sorted((str(each["kind"]), str(each["operators"])) for each in await raised(book)) == [
        ("take_over", "['cy']"),
        ("vip", "['ben']"),
        ("vip", "['cy']"),
    ]


async def test_its_own_findings_and_what_the_system_does_are_nothing_to_find(book: Book) -> None:
    async with watching(book):
        await seen(book, "mass_lookup")
        await reads(book, 0, 40, "okno")
        await book.sequencer.settle()
        await seen(book, "mass_lookup")
    assert await raised(book) == []


def test_the_code_of_a_finding_is_in_the_catalogue() -> None:
    about = own_codes().all()["detection.raised"]
    assert (about.stages, about.activity.class_uid) == (("outcome",), 2004)
