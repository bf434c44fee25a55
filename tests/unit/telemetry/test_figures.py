"""The figures that teams are measured by, on a trail that was made by hand and on what was really done."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from gateway.cli import app, mount
from gateway.store import Store
from gateway.telemetry.figures import Figures, figures_of, opened_at, week_of
from gateway.telemetry.usage import Usage
from tests.unit.telemetry.book import Book
from tests.unit.telemetry.test_metrics import observed

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
"""A Thursday of the week 48."""


@pytest.fixture
def book(store: Store) -> Book:
    return Book(store)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def only(book: Book, weeks: int = 1) -> Figures:
    (found,) = await figures_of(book.store.engine, weeks, NOW)
    return found


async def test_time_is_from_the_first_look_of_the_visit_to_the_effect_read_back(book: Book) -> None:
    await book.read(after(0))
    await book.read(after(20))
    await book.run(after(30), proven=after(42))
    found = await only(book)
    assert (found.team, found.week, found.runs) == ("north", "2026-W48", 1)
    assert found.seconds == [42]


async def test_the_median_and_the_tenth_that_took_longest(book: Book) -> None:
    for number, seconds in enumerate((10, 20, 30, 40, 100)):
        await book.read(after(0), employee=f"e{number}")
        await book.run(after(5), proven=after(seconds), employee=f"e{number}")
    found = await only(book)
    assert found.median == 30
    assert found.p90 == pytest.approx(76)


async def test_looks_of_others_of_other_sign_ins_and_at_others_do_not_count(book: Book) -> None:
    await book.read(after(0), operator="bob")
    await book.read(after(0), session="s2")
    await book.read(after(0), employee="e2")
    await book.run(after(30), proven=after(42))
    assert (await only(book)).seconds == []


async def test_a_look_after_the_run_was_begun_opens_nothing(book: Book) -> None:
    await book.run(after(30), proven=after(42))
    await book.read(after(31))
    assert (await only(book)).seconds == []


def test_a_page_that_was_left_for_an_hour_is_opened_anew() -> None:
    looks = [NOW - timedelta(hours=3), NOW - timedelta(minutes=50), NOW - timedelta(minutes=10)]
    assert opened_at(looks, NOW) == looks[1]
    assert opened_at(looks[:1], NOW) is None
    assert opened_at([], NOW) is None


async def test_shares_are_of_all_that_was_begun(book: Book) -> None:
    for state in (
        "SUCCEEDED",
        "SUCCEEDED",
        "SUCCEEDED",
        "FAILED",
        "UNKNOWN",
        "REJECTED",
        "AWAITING_APPROVAL",
        "COMPENSATED",
    ):
        await book.run(after(0), state)
    await book.run(after(0), "PLANNED")
    await book.run(after(0), "SUCCEEDED", origin="CASE")
    await book.run(after(0), "SUCCEEDED", origin="REVERT")
    told = (await only(book)).told()
    assert told["runs"] == 8
    assert (told["finished"], told["failed"], told["unknown"], told["refused"]) == (3 / 8, 2 / 8, 1 / 8, 1 / 8)


async def test_what_was_not_read_back_has_no_time(book: Book) -> None:
    await book.read(after(0))
    await book.run(after(1))
    await book.run(after(1), "FAILED", proven=after(5))
    await book.run(after(1), proven=after(5), origin="BULK")
    assert (await only(book)).seconds == []


async def test_teams_and_weeks_stand_apart(book: Book) -> None:
    await book.run(after(0), name="unlock_account")
    await book.run(after(0), name="block_badge", team="south")
    await book.run(after(0), team=None)
    await book.run(NOW - timedelta(days=7), name="unlock_account")
    await book.run(NOW - timedelta(days=14))
    found = await figures_of(book.store.engine, 2, NOW)
    assert [(each.week, each.team, dict(each.kinds)) for each in found] == [
        ("2026-W47", "north", {"unlock_account": 1}),
        ("2026-W48", "-", {"unlock_account": 1}),
        ("2026-W48", "north", {"unlock_account": 1}),
        ("2026-W48", "south", {"block_badge": 1}),
    ]


async def test_fields_not_shown_are_counted_by_team(book: Book) -> None:
    usage = Usage(book.store.engine, days=400, clock=lambda: NOW)
    for _ in range(3):
        usage.answered(observed(withheld={"Employee.phone": "FORBIDDEN_FIELD", "Employee.birthDate": "MASKED"}))
    usage.answered(observed(withheld={"Employee.phone": "LIMIT_REACHED"}, team="south"))
    await usage.put_down()
    found = {each.team: each.withheld for each in await figures_of(book.store.engine, 1, NOW)}
    assert found == {"north": {"Employee.phone": 3, "Employee.birthDate": 3}, "south": {"Employee.phone": 1}}


def test_weeks_are_named_as_the_standard_names_them() -> None:
    assert week_of(datetime(2027, 1, 1).date()) == "2026-W53"


def test_the_command_prints_them(tmp_path: Path) -> None:
    folder = tmp_path / "installation"
    (folder / "teams").mkdir(parents=True)
    text = f"name: Test\ndatabase: sqlite:///{tmp_path}/okno.db\nsources: {{}}\n"
    (folder / "okno.yaml").write_text(text, encoding="utf-8")
    now = datetime.now(UTC)

    async def done() -> None:
        store = Store(f"sqlite:///{tmp_path}/okno.db")
        await asyncio.to_thread(store.migrate)
        book = Book(store)
        await book.read(now)
        await book.run(now + timedelta(seconds=3), proven=now + timedelta(seconds=12))
        await store.close()

    asyncio.run(done())
    mount()
    as_json = CliRunner().invoke(app, ["figures", "--json", "--weeks", "2", "--installation", str(folder)])
    assert as_json.exit_code == 0, as_json.output
    (told,) = [orjson.loads(each) for each in as_json.output.splitlines()]
    assert told == {
        "team": "north", "week": week_of(now.date()), "runs": 1, "operations": {"unlock_account": 1}, "timed": 1,
        "medianSeconds": 12.0, "p90Seconds": 12.0, "finished": 1.0, "failed": 0.0, "unknown": 0.0, "refused": 0.0,
        "withheld": [],
    }  # fmt: skip
    table = CliRunner().invoke(app, ["figures", "--installation", str(folder)]).output
    assert "12.0 s" in table
    assert "100%" in table
