"""Processes that are started, told what to begin, and killed without warning; others take their place."""

import asyncio
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import text

from audit.anchors import FileAnchor, checkpoints_of
from audit.export import export
from audit.keys import KeyRing
from audit.sequencer import Sequencer
from audit.verify import verify
from gateway.store import Store
from sources.ports.call import utc_now
from tests.crash.history import breaches, read_history
from tests.crash.shapes import SHAPES, root_of
from tests.crash.source import Observer, Source
from tests.crash.wire import Server

ROOT: Final = Path(__file__).parents[2]
PROCESSES: Final = 3
LONGEST: Final = 180.0
"""Seconds after the last kill within which every run has to end."""
_OPEN: Final = "select count(*) from operation_run where state in ('RUNNING', 'COMPENSATING') or (due_at is not null and undone_by is null)"


@dataclass(slots=True)
class Killed:
    """What came of it. Units: `seconds` of the whole."""

    operations: int
    kills: int = 0
    seconds: float = 0.0
    wrong: Sequence[str] = ()
    states: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    effects: int = 0
    taken_up: int = 0
    records: int = 0
    checkpoints: int = 0
    told: int = 0


@dataclass(slots=True)
class Ward:
    """The processes. Shape: `told` is the last word of any about each run."""

    url: str
    port: int
    told: dict[str, str] = field(default_factory=dict)
    alive: list[asyncio.subprocess.Process] = field(default_factory=list)
    _ears: set["asyncio.Task[None]"] = field(default_factory=set)

    async def start(self) -> None:
        """One process more, ready to work."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.crash.worker",
            self.url,
            str(self.port),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
        )
        assert process.stdout is not None
        ready = (await process.stdout.readline()).decode().strip()
        assert ready == "ready", ready
        ear = asyncio.create_task(self._listen(process.stdout))
        self._ears.add(ear)
        ear.add_done_callback(self._ears.discard)
        self.alive.append(process)

    async def _listen(self, said: asyncio.StreamReader) -> None:
        while line := (await said.readline()).decode().strip():
            _word, run, state = line.split(" ")
            self.told[run] = state

    async def begin(self, process: asyncio.subprocess.Process, number: int, shape: str) -> None:
        """Let a process begin a run."""
        assert process.stdin is not None
        process.stdin.write(f"{number} {shape}\n".encode())
        await process.stdin.drain()

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        """End a process in the middle of whatever it does; it never comes back."""
        self.alive.remove(process)
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def close(self) -> None:
        """Let those that live end by themselves."""
        for process in self.alive:
            assert process.stdin is not None
            process.stdin.close()
        for process in self.alive:
            try:
                async with asyncio.timeout(30):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._ears:
            await asyncio.wait(self._ears, timeout=10)


async def killed(url: str, folder: Path, operations: int, kills: int, seed: int) -> Killed:
    """Carry operations out by three processes of which so many are killed, before a source that loses and delays."""
    dice = random.Random(seed)
    found, began = Killed(operations), time.monotonic()
    store = Store(url)
    await asyncio.to_thread(store.migrate)
    observer = Observer(url)
    server = Server(Source(observer.intents, root_of), random.Random(seed + 1))
    await server.start()
    anchor = folder / "anchor.jsonl"
    keys = KeyRing(folder / "keys")
    sequencer = Sequencer(store.writing, keys, [FileAnchor(anchor)], most=50)
    sequencer.start()
    ward = Ward(url, server.port)
    try:
        for _ in range(PROCESSES):
            await ward.start()
        doomed = set(dice.sample(range(operations), kills))
        for number in range(operations):
            process = dice.choice(ward.alive)
            await ward.begin(process, number, dice.choice(list(SHAPES)))
            if number in doomed:
                await asyncio.sleep(dice.uniform(0.0, 0.5))
                victim = process if dice.random() < 0.7 else dice.choice(ward.alive)
                await ward.kill(victim)
                found.kills += 1
                await ward.start()
            else:
                await asyncio.sleep(dice.uniform(0.0, 0.3))
        await _ended(store)
        await ward.close()
    finally:
        for process in ward.alive:
            if process.returncode is None:
                process.kill()
                await process.wait()
        await server.close()
        await sequencer.settle()
        await sequencer.close()
        observer.close()
    history = await read_history(store.engine, server.source.requests, server.source.effects, ward.told)
    copy = folder / "copy"
    with copy.open("wb") as out:
        await export(store.engine, keys.announced(), utc_now(), out.write, values=False)
    published = checkpoints_of(anchor.read_text(encoding="utf-8"))
    verdict = verify(copy, published)
    await store.close()
    found.wrong = [*breaches(history), *(str(each) for each in verdict.findings)]
    found.seconds = time.monotonic() - began
    found.states = Counter(str(each["state"]) for each in history.runs.values())
    found.met = Counter(server.met)
    found.requests, found.effects = len(history.requests), len(history.effects)
    found.taken_up = sum(each["code"] == "operation.taken_up" for each in history.records)
    found.records, found.checkpoints, found.told = len(history.records), len(published), len(ward.told)
    return found


async def _ended(store: Store) -> None:
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        async with store.engine.connect() as connection:
            if not (await connection.execute(text(_OPEN))).scalar_one():
                return
        await asyncio.sleep(0.3)
