"""Processes that are killed while they deliver leave nothing out, and whoever received it can see that."""

import asyncio
import signal
import sys
from pathlib import Path

from audit.delivery_check import check
from tests.house.rooms import ROOT
from tests.unit.audit.conftest import Book, event
from tests.unit.audit.receivers import state, told


async def test_what_a_killed_process_began_the_next_one_ends(book: Book, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    await asyncio.gather(*(book.trail.append(event(number)) for number in range(600)))
    await book.sequencer.settle()
    places = []
    for turn in range(4):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.unit.audit.delivering_until_killed", book.url, str(file), f"p{turn}", cwd=ROOT
        )
        before = places[-1] if places else 0
        await told(book, "file", place=min(before + 10, 600), within=60)
        if turn == 3:
            await told(book, "file", place=600, within=60)
        child.send_signal(signal.SIGKILL)
        await child.wait()
        ((place,),) = [(each.place,) for each in await state(book, "file")]
        places.append(place)
    assert places[0] < 600, "it was not killed in the middle"
    assert places[-1] == 600
    received = check([file], 0)
    assert [each for each in received.amiss if each.kind != "UNREADABLE"] == []
    assert (received.records, received.last) == (600, 599)
