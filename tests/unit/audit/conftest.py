"""A trail in a file of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.anchors import FileAnchor
from audit.event import Event
from audit.export import exported
from audit.keys import KeyFolder
from audit.sequencer import ORIGIN, Sequencer
from audit.trail import Trail
from gateway.store import Store
from sources.ports.call import utc_now


@dataclass(slots=True)
class Book:
    """A trail with everything around it."""

    folder: Path
    store: Store
    trail: Trail
    keys: KeyFolder
    sequencer: Sequencer

    async def fill(self, count: int) -> None:
        """So many records, placed and signed."""
        for start in range(0, count, 400):
            await self.trail.append(*(event(number) for number in range(start, min(start + 400, count))))
        while await self.sequencer.place():
            pass
        await self.sequencer.sign()

    async def lines(self) -> list[str]:
        """An export."""
        return [line async for line in exported(self.store.engine, self.keys.verifiers(), utc_now())]

    def anchored(self) -> str:
        """What the anchor has kept."""
        return (self.folder / "anchor.txt").read_text(encoding="utf-8")


def event(number: int, **more: object) -> Event:
    """An event like any other."""
    return Event(
        code="account.unlocked",
        stage="outcome",
        outcome="success",
        operator="ann",
        employee=f"{number:07d}",
        detail={"number": number, **more},
    )


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    store = Store(f"sqlite:///{tmp_path}/okno.db")
    store.migrate()
    trail = Trail(store.writing)
    await trail.start()
    keys = KeyFolder(tmp_path / "keys", ORIGIN)
    sequencer = Sequencer(store.writing, lambda: keys.current(utc_now()), [FileAnchor(tmp_path / "anchor.txt")])
    yield Book(tmp_path, store, trail, keys, sequencer)
    await trail.close()
    await store.close()
