"""Every record reaches every sink at least once and in order, whatever else happens; and whoever receives them can prove it."""

import asyncio
import contextlib
import os
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from audit.event import Change, Event, Protected
from audit.placed import Placed, piece
from audit.record import commitment, linked
from audit.sinks.http import Http
from audit.sinks.json_lines import JsonLines
from audit.sinks.syslog import Syslog
from audit.trail import Trail
from tests.unit.audit.conftest import Book, event
from tests.unit.audit.receivers import (
    HttpReceiver,
    SyslogListener,
    delivering,
    failed,
    numbers_in,
    outlet,
    state,
    told,
)


async def records(book: Book, place: int, most: int) -> list[Placed]:
    async with book.store.engine.connect() as connection:
        return list((await connection.run_sync(piece, place, most)).records)


async def test_records_are_read_in_the_order_of_the_tree_from_any_place(book: Book) -> None:
    for _ in range(3):
        await book.fill(20)
        await book.new_chain()
    whole = await records(book, 0, 1000)
    assert [each.place for each in whole] == list(range(60))
    order = await book.rows(
        "select r.writer, r.seq from audit_range g join audit_record r on r.writer = g.writer"
        " and r.seq >= g.first_seq and r.seq < g.first_seq + g.count order by g.place + r.seq - g.first_seq"
    )
    assert [(each.writer, each.seq) for each in whole] == order
    for place, most in ((0, 1), (7, 30), (19, 2), (24, 26), (59, 5), (60, 5)):
        assert await records(book, place, most) == whole[place : place + most]


async def test_each_sink_gets_everything_in_order_and_the_cursor_says_so(book: Book, tmp_path: Path) -> None:
    listener, receiver = SyslogListener(), HttpReceiver()
    await listener.start()
    await receiver.start()
    file = tmp_path / "out.jsonl"
    await book.fill(35)
    outlets = (
        outlet("file", JsonLines(file)),
        outlet("log", Syslog("127.0.0.1", listener.port)),
        outlet("post", Http(receiver.url)),
    )
    async with delivering(book, *outlets):
        await told(book, "file", "log", "post", place=35)
        await book.fill(12, start=35)
        await told(book, "file", "log", "post", place=47)
    assert numbers_in(file) == listener.numbers() == receiver.kept == list(range(47))
    found = await state(book, "file", "log", "post")
    assert [(each.place, each.behind, each.problem) for each in found] == [(47, 0, None)] * 3
    await listener.stop()
    await receiver.stop()


async def test_a_line_has_what_its_record_is_verified_by(book: Book, tmp_path: Path) -> None:
    await book.fill(5)
    async with delivering(book, outlet("file", JsonLines(tmp_path / "out.jsonl"))):
        await told(book, "file", place=5)
    before = "0" * 64
    for line in (tmp_path / "out.jsonl").read_bytes().splitlines():
        said = orjson.loads(line)
        text = line[line.index(b'"record":') + len(b'"record":') : -1].decode()
        assert (said["prev"], said["hash"]) == (before, linked(before, text))
        before = said["hash"]


async def test_a_sink_that_hangs_keeps_neither_others_nor_the_trail_waiting(book: Book, tmp_path: Path) -> None:
    deaf = SyslogListener(deaf=True)
    await deaf.start()
    receiver = HttpReceiver()

    async def never(_receiver: HttpReceiver, _numbers: list[int]) -> int:
        await asyncio.sleep(3600)
        return 204

    stuck = HttpReceiver(answer=never)
    await stuck.start()
    await receiver.start()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    full = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(full, b"x" * 512)
    outlets = (
        outlet("deaf", Syslog("127.0.0.1", deaf.port, patience=60.0), patience=60.0),
        outlet("stuck", Http(stuck.url, patience=60.0), patience=60.0),
        outlet("pipe", JsonLines(pipe), patience=60.0),
        outlet("good", Http(receiver.url)),
        outlet("file", JsonLines(tmp_path / "out.jsonl")),
    )
    async with delivering(book, *outlets):
        for number in range(0, 60, 20):
            await book.fill(20, start=number)
            await told(book, "good", "file", place=number + 20)
    assert receiver.kept == numbers_in(tmp_path / "out.jsonl") == list(range(60))
    assert [each.place for each in await state(book, "deaf", "stuck", "pipe")] == [0, 0, 0]
    await deaf.stop()
    await stuck.stop()
    await receiver.stop()
    os.close(full)


async def test_a_receiver_that_is_stopped_in_the_middle_misses_nothing(book: Book) -> None:
    receiver, listener = HttpReceiver(), SyslogListener()
    await receiver.start()
    await listener.start()
    await book.fill(100)
    outlets = (outlet("post", Http(receiver.url)), outlet("log", Syslog("127.0.0.1", listener.port)))
    async with delivering(book, *outlets):
        await told(book, "post", "log", place=30)
        await receiver.stop()
        await listener.stop()
        await book.fill(50, start=100)
        problem = await failed(book, "post")
        assert (await failed(book, "log")).failures >= 1
        assert "reached" in str(problem.problem)
        await receiver.start()
        await listener.start()
        await told(book, "post", "log", place=150)
    for got in (receiver.kept, listener.numbers()):
        assert set(got) == set(range(150))
        assert first_seen(got) == list(range(150))
    assert [(each.problem, each.failed_since, each.failures) for each in await state(book, "post", "log")] == [
        (None, None, 0)
    ] * 2
    await receiver.stop()
    await listener.stop()


async def test_what_a_receiver_took_but_did_not_say_to_have_comes_again(book: Book) -> None:
    async def lost_first(receiver: HttpReceiver, numbers: list[int]) -> int:
        if not receiver.kept:
            receiver.kept += numbers
            return 500
        return 204

    receiver = HttpReceiver(answer=lost_first)
    await receiver.start()
    await book.fill(15)
    async with delivering(book, outlet("post", Http(receiver.url))):
        await told(book, "post", place=15)
    assert receiver.kept == [*range(10), *range(15)]
    await receiver.stop()


async def test_another_process_goes_on_where_the_first_stopped(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    await book.fill(20)
    async with delivering(book, outlet("file", JsonLines(file)), owner="p1"):
        await told(book, "file", place=20)
    await book.fill(20, start=20)
    async with delivering(book, outlet("file", JsonLines(file)), owner="p2"):
        await told(book, "file", place=40)
    assert numbers_in(file) == list(range(40))


async def test_processes_at_the_same_time_deliver_in_turn(book: Book, tmp_path: Path) -> None:
    file, receiver = tmp_path / "out.jsonl", HttpReceiver()
    await receiver.start()
    sinks = (outlet("file", JsonLines(file)), outlet("post", Http(receiver.url)))
    async with (
        delivering(book, *sinks, owner="p1"),
        delivering(book, *sinks, owner="p2"),
        delivering(book, *sinks, owner="p3"),
    ):
        for start in range(0, 200, 50):
            await book.fill(50, start=start)
        await told(book, "file", "post", place=200)
    assert numbers_in(file) == receiver.kept == list(range(200))
    await receiver.stop()


async def test_a_turn_of_a_dead_process_runs_out(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    await book.fill(10)
    async with delivering(book, outlet("file", JsonLines(file)), owner="p1") as first:
        await told(book, "file", place=10)
        for each in first._tasks:  # a process that was killed gives nothing back
            each.cancel()
        await asyncio.gather(*first._tasks, return_exceptions=True)
        first._tasks = []
    await book.fill(10, start=10)
    ((until,),) = await book.rows("select until from audit_cursor")
    assert float(str(until)) > 0
    async with delivering(book, outlet("file", JsonLines(file), patience=0.5), owner="p2"):
        await told(book, "file", place=20)
    assert numbers_in(file) == list(range(20))


async def test_a_sink_may_begin_behind_what_there_is(book: Book, tmp_path: Path) -> None:
    await book.fill(20)
    async with delivering(book, outlet("file", JsonLines(tmp_path / "out.jsonl"), fresh=True)):
        await told(book, "file", place=20)
        await book.fill(5, start=20)
        await told(book, "file", place=25)
    assert numbers_in(tmp_path / "out.jsonl") == list(range(20, 25))


async def test_personal_values_go_only_where_it_is_said(book: Book, tmp_path: Path) -> None:
    phone = "+55 11 90000 0001"
    await book.trail.append(
        Event(
            code="contact.updated",
            stage="outcome",
            outcome="success",
            operator="ann",
            changes=(Change("Phone.number", Protected("old one"), Protected(phone)),),
        )
    )
    await book.fill(1)
    plain, whole = tmp_path / "plain.jsonl", tmp_path / "whole.jsonl"
    async with delivering(book, outlet("plain", JsonLines(plain)), outlet("whole", JsonLines(whole), personal=True)):
        await told(book, "plain", "whole", place=2)
    assert phone not in plain.read_text()
    assert "values" not in plain.read_text()
    (said,) = [orjson.loads(each) for each in whole.read_bytes().splitlines() if b"values" in each]
    assert [(each["path"], each["value"]) for each in said["values"]] == [
        ("changes.0.after", phone),
        ("changes.0.before", "old one"),
    ]
    assert said["record"]["changes"][0]["after"]["sha256"] == commitment(said["values"][0]["salt"], f'"{phone}"')


async def test_a_record_that_is_gone_leaves_a_gap_that_the_receiver_sees(book: Book, tmp_path: Path) -> None:
    await book.fill(30)
    await book.tamper("delete from audit_record where seq between 12 and 13")
    await book.tamper("delete from audit_record where seq between 21 and 30")
    async with delivering(book, outlet("file", JsonLines(tmp_path / "out.jsonl"))):
        await told(book, "file", place=30)
    assert numbers_in(tmp_path / "out.jsonl") == [*range(11), *range(13, 20)]


async def test_a_file_that_is_moved_away_meanwhile_loses_nothing(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    async with delivering(book, outlet("file", JsonLines(file))):
        for start in range(0, 40, 20):
            await book.fill(20, start=start)
            await told(book, "file", place=start + 20)
            file.rename(tmp_path / f"out.{start}")
        await book.fill(5, start=40)
        await told(book, "file", place=45)
    parts = [tmp_path / "out.0", tmp_path / "out.20", file]
    assert [numbers_in(each) for each in parts] == [[*range(20)], [*range(20, 40)], [*range(40, 45)]]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_full_disk_is_shown_and_what_waited_comes_afterwards(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.symlink_to("/dev/full")
    await book.fill(20)
    async with delivering(book, outlet("file", JsonLines(file))):
        found = await failed(book, "file")
        assert "ENOSPC" in str(found.problem)
        assert (found.place, found.behind) == (0, 20)
        await book.fill(10, start=20)
        file.unlink()
        await told(book, "file", place=30)
    assert numbers_in(file) == list(range(30))


async def test_waiting_grows_with_failures_and_is_never_longer_than_said(book: Book, tmp_path: Path) -> None:
    async with delivering(book) as none:
        waits = [[none._wait(count) for _ in range(50)] for count in (1, 4, 50)]
    assert [max(each) <= most for each, most in zip(waits, (0.05, 0.4, 120.0), strict=True)] == [True] * 3
    assert [min(each) >= most / 2 for each, most in zip(waits, (0.05, 0.4, 120.0), strict=True)] == [True] * 3
    assert all(len(set(each)) > 1 for each in waits)


async def test_a_defect_of_a_sink_is_shown_and_stops_no_other(book: Book, tmp_path: Path) -> None:
    class Broken:
        async def deliver(self, messages: object) -> None:
            raise KeyError("oops")

    await book.fill(10)
    async with delivering(book, outlet("bad", Broken()), outlet("file", JsonLines(tmp_path / "out.jsonl"))):
        await told(book, "file", place=10)
        assert (await failed(book, "bad")).problem == "it failed: KeyError"
    assert numbers_in(tmp_path / "out.jsonl") == list(range(10))


async def test_chains_of_several_processes_are_delivered_in_one_order(book: Book, tmp_path: Path) -> None:
    trails = [Trail(book.store.writing) for _ in range(3)]
    for each in trails:
        await each.start()
    async with delivering(book, outlet("file", JsonLines(tmp_path / "out.jsonl"))):
        for _ in range(5):
            await asyncio.gather(*(each.append(event(number)) for number in range(5) for each in trails))
            await book.sequencer.settle()
        await told(book, "file", place=75)
    for each in trails:
        await each.close()
    said = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert [each["number"] for each in said] == list(range(75))
    for each in trails:
        assert [one["record"]["seq"] for one in said if one["record"]["writer"] == each.writer] == list(range(1, 26))


async def test_posts_that_are_redirected_are_not_followed(book: Book) -> None:
    followed: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        followed.append(request.path)
        return web.Response(status=307, headers={"location": "/other"})

    app = web.Application()
    app.router.add_post("/{any}", elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await book.fill(3)
    async with delivering(book, outlet("post", Http(f"http://127.0.0.1:{runner.addresses[0][1]}/trail"))):
        assert "307" in str((await failed(book, "post")).problem)
    await runner.cleanup()
    assert set(followed) == {"/trail"}


def first_seen(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))
