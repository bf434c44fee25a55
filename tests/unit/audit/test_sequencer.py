"""One order over all chains, signed again and again, told to others; one sequencer at a time."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from audit.anchors import FileAnchor, HttpAnchor, checkpoints_of
from audit.checkpoint import Head, Published
from audit.keys import NoKey, trusted
from audit.note import opened
from audit.publishing import publish
from audit.trail import Trail
from tests.unit.audit.conftest import Book, event


async def test_every_record_gets_one_place_and_each_writer_keeps_its_order(book: Book) -> None:
    for _ in range(3):
        await asyncio.gather(*(book.trail.append(event(number)) for number in range(30)))
        await book.new_chain()
    await book.sequencer.settle()
    ranges = await book.rows("select place, writer, first_seq, count from audit_range order by place")
    place, last = 0, {}
    for first, writer, seq, count in ranges:
        assert first == place
        assert seq == last.get(writer, 0) + 1
        place += int(count)
        last[writer] = int(seq) + int(count) - 1
    assert place == 90
    assert set(last.values()) == {30}


async def test_a_checkpoint_is_over_no_more_records_than_said_and_goes_to_the_anchor(book: Book) -> None:
    await book.fill(60)
    sizes = [each.size for each in book.anchored()]
    assert sizes == [25, 50, 60]
    keys = trusted(book.keys.announced()).keys
    heads = [Head.read(opened(each.note, keys)[0]) for each in book.anchored()]
    assert [each.size for each in heads] == sizes
    assert len({each.origin for each in heads}) == 1


async def test_a_busy_writer_keeps_nobody_waiting(book: Book) -> None:
    await asyncio.gather(*(book.trail.append(event(number)) for number in range(200)))
    await book.new_chain()
    await book.trail.append(event(1))
    await book.sequencer.turn()
    ((count,),) = await book.rows("select count(*) from audit_range where writer = :w", w=book.trail.writer)
    assert count == 1


async def test_a_chain_that_goes_on_after_later_ones_were_placed_is_not_passed_over(book: Book) -> None:
    other = Trail(book.store.writing)
    await other.start()
    for number in range(3):
        await other.append(event(number))
        await book.fill(10, start=number * 10)
    await other.append(event(99))
    await other.close()
    await book.sequencer.settle()
    verdict = await book.verdict()
    assert (verdict.findings, verdict.covered) == ([], 34)


async def test_sequencers_at_the_same_time_make_one_tree(book: Book) -> None:
    await asyncio.gather(*(book.trail.append(event(number)) for number in range(200)))
    others = [book.another_sequencer(owner=f"o{number}", look_every=0.001) for number in range(3)]
    for _ in range(30):
        await asyncio.gather(*(each.turn() for each in others))
    await book.sequencer.settle()
    verdict = await book.verdict()
    assert (verdict.findings, verdict.covered) == ([], 200)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_while_one_has_the_lease_another_leaves_it_alone(book: Book) -> None:
    await asyncio.gather(*(book.trail.append(event(number)) for number in range(60)))
    assert await book.sequencer.turn() is not None
    another = book.another_sequencer(owner="another")
    assert await another.turn() is None
    assert await book.sequencer.turn() is not None
    assert await another.turn(whoever=True) is not None


async def test_it_works_by_itself_once_enough_waits(book: Book) -> None:
    quick = book.another_sequencer(owner="quick", most=10, every=3600.0, look_every=0.01)
    quick.start()
    await asyncio.gather(*(book.trail.append(event(number)) for number in range(10)))
    for _ in range(200):
        if (book.folder / "anchor.jsonl").exists():
            break
        await asyncio.sleep(0.02)
    assert [each.size for each in book.anchored()] == [10]
    await book.trail.append(event(11))
    await quick.close()
    assert [each.size for each in book.anchored()] == [10, 11]


async def test_an_anchor_that_is_away_is_told_later_and_holds_nobody_up(book: Book) -> None:
    told: list[Published] = []

    class Away:
        name = "away"
        here = False

        async def publish(self, checkpoints: list[Published]) -> None:
            if not self.here:
                raise OSError("away")
            told.extend(checkpoints)

    away = Away()
    await book.fill(30)
    await publish(book.store.writing, [away, FileAnchor(book.folder / "second.jsonl")])
    assert told == []
    assert len(checkpoints_of((book.folder / "second.jsonl").read_text())) == 2
    away.here = True
    await publish(book.store.writing, [away])
    await publish(book.store.writing, [away])
    assert [each.size for each in told] == [25, 30]


async def test_checkpoints_are_posted(book: Book) -> None:
    got: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.read())
        return web.Response(status=204 if request.headers.get("authorization") == "Bearer t" else 403)

    app = web.Application()
    app.router.add_post("/checkpoints", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/checkpoints"
    await book.fill(30)
    kept = book.anchored()
    await HttpAnchor(url, {"authorization": "Bearer t"}).publish(kept)
    assert [Published.read(each) for each in got] == kept
    with pytest.raises(OSError, match="403"):
        await HttpAnchor(url).publish(kept)
    await runner.cleanup()
    with pytest.raises(OSError, match="reached"):
        await HttpAnchor(url).publish(kept)


async def test_a_trail_whose_keys_are_gone_is_not_signed_by_new_ones(book: Book, tmp_path: Path) -> None:
    await book.fill(5)
    (book.folder / "keys").rename(tmp_path / "away")
    await book.trail.append(event(6))
    with pytest.raises(NoKey):
        await book.sequencer.turn()
    assert not (book.folder / "keys").exists()
    assert len(await book.rows("select size from audit_checkpoint")) == 1
    (tmp_path / "away").rename(book.folder / "keys")
    await book.sequencer.settle()
    assert (await book.verdict()).covered == 6
