"""A folder with an installation in it and a trail that grows, as whoever runs the gateway has them."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from audit.anchors import FileAnchor, checkpoints_of
from audit.export import export
from audit.keys import KeyRing
from audit.moment import utc_now
from audit.sequencer import Sequencer
from audit.trail import Trail
from audit.verdict import Verdict
from audit.verify import verify
from gateway.store import Store
from tests.process.okno import ROOT, _environment, okno
from tests.unit.audit.conftest import event

INSTALLATION = ROOT / "sandbox" / "installation"


@dataclass(slots=True)
class Place:
    """Where commands are run. Shape: `url` of its database; the installation lies in `inst`."""

    folder: Path
    url: str

    @property
    def installation(self) -> Path:
        return self.folder / "inst"

    @property
    def ring(self) -> KeyRing:
        return KeyRing(self.folder / ".okno" / "audit-keys")

    @property
    def anchor(self) -> Path:
        return self.folder / ".okno" / "audit-anchor.txt"

    def okno(self, *words: str, code: int = 0) -> str:
        """What a command said. Shape: `code` with which it has to end."""
        done = okno(self.folder, *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def grow(self, count: int, *, signed: bool = True) -> None:
        """So many records more, by a writer of their own."""
        asyncio.run(self._grow(count, signed=signed))

    async def _grow(self, count: int, *, signed: bool) -> None:
        store = Store(self.url)
        await asyncio.to_thread(store.migrate)
        trail = Trail(store.writing)
        await trail.start()
        for number in range(count):
            await trail.append(event(number))
        if signed:
            await Sequencer(store.writing, self.ring, [FileAnchor(self.anchor)], most=7).settle()
        await trail.close()
        await store.close()

    def verdict(self) -> Verdict:
        """What a copy says, beside the anchor."""
        return asyncio.run(self._verdict())

    async def _verdict(self) -> Verdict:
        store = Store(self.url)
        copy = self.folder / "copy.jsonl"
        with copy.open("wb") as out:
            await export(store.engine, self.ring.announced(), utc_now(), out.write)
        await store.close()
        keys = [each.key for each in self.ring.announced()[:1]]
        return verify(copy, checkpoints_of(self.anchor.read_text(encoding="utf-8")), keys)

    def lose(self, name: str = "lost") -> None:
        """The database and the installation are gone; keys and anchor, which lie elsewhere, are not."""
        lost = self.folder / name
        lost.mkdir()
        for file in (self.folder / ".okno").glob("okno.db*"):
            file.rename(lost / file.name)
        self.installation.rename(lost / "inst")

    @contextmanager
    def written_to(self) -> Iterator[subprocess.Popen[str]]:
        """A process that appends to the trail without an end and says aloud what is durable."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.audit.writing_until_killed", self.url],
            cwd=self.folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()
            process.stdout.close()
            process.wait(timeout=10)


def place_in(folder: Path, url: str | None = None) -> Place:
    """One in a folder. Shape: `url` of an empty database, a file in the folder without it."""
    shutil.copytree(INSTALLATION, folder / "inst")
    made = Place(folder, url or f"sqlite:///{folder}/.okno/okno.db")
    file = folder / "inst" / "okno.yaml"
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump({**said, "database": made.url}), encoding="utf-8")
    return made
