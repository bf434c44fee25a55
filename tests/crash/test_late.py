"""A call that was given up may land after another one has had its effect: nothing comes after the step before it has."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from audit.trail import Trail
from gateway.store import Store
from operations.kit.journal import Journal
from operations.kit.runner import Runner
from operations.kit.sending import Sender
from sources.ports.call import utc_now
from tests.crash.shapes import EVENTS, SHAPES, Doorkeeper, begun, id_of, root_of
from tests.crash.source import Observer, Source
from tests.crash.wire import PATIENCE, Server, WiredDesk
from tests.crash.worker import PACE


class Loaded(random.Random):
    """Dice that fall as planned: what each call meets in turn, then nothing. What is late is as late as it can be."""

    planned: Iterator[str]

    def choice(self, seq: Sequence[Any]) -> Any:
        return next(self.planned, "none")

    def random(self) -> float:
        return 0.999


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A database in which nothing is."""
    made = Store(f"sqlite:///{tmp_path}/okno.db")
    await asyncio.to_thread(made.migrate)
    yield made
    await made.close()


@pytest.mark.parametrize(
    "meets",
    [
        ("reply lost", "request lost", "late"),
        ("reply lost", "late", "late"),
        ("late", "reply lost", "reply lost"),
        ("late", "reply lost", "refused"),
        ("late", "none"),
        ("reply lost", "late", "none"),
        ("late", "refused"),
    ],
    ids=", then ".join,
)
async def test_what_lands_late_undoes_no_taking_back(store: Store, meets: tuple[str, ...]) -> None:
    observer, dice = Observer(str(store.url)), Loaded()
    dice.planned = iter(meets)
    server = Server(Source(observer.intents, root_of), dice)
    await server.start()
    trail = Trail(store.writing)
    await trail.start()
    journal = Journal(trail, store.engine)
    sender = Sender(journal, WiredDesk(server.port), PACE)
    run, rows, asked = begun(SHAPES["denied midway"], 1, utc_now())
    try:
        hold = await journal.begin(run, rows, [], asked, lease=sender.lease("desk"))
        await Runner(journal, sender, Doorkeeper(), EVENTS).start(hold, run)
        await asyncio.sleep(PATIENCE.in_flight)
    finally:
        await server.close()
        await trail.close()
        observer.close()
    ended = await journal.run(run.id)
    assert ended is not None
    own = [each.step for each in server.source.effects if each.operation == id_of(1)]
    number = root_of(run.id)
    assert len(own) <= 1, "it was done, taken back, and done again by what was on its way"
    if ended.state == "COMPENSATED":
        assert [each.step for each in server.source.effects] == ["turn", "undo_turn"]
        assert server.source.status[number] == "OPEN"
    else:
        assert ended.state in ("FAILED", "UNKNOWN")
