"""`python -m tests.bench.journal`: what the journal costs: runs begun, intended, ended a second, and what it adds to one mutation.

A run here is what a mutation of one step leaves: that it began, that its call is about to be made, what came of it and how it
ended; three transactions, each with its records in the trail. Nothing is sent anywhere. Both databases; PostgreSQL by four
processes on the server that OKNO_TEST_POSTGRES names, or on one of our own where Debian's package is installed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import uvloop

from audit.event import Event
from audit.trail import Trail
from gateway.store import Store
from operations.kit.ending import ending
from operations.kit.journal import Journal
from operations.kit.recording import recorded
from operations.kit.tables import DONE, SUCCEEDED, OperationRun, OperationStep
from sources.ports.call import utc_now
from tests.bench.audit import fsync_cost
from tests.bench.servers import server_for_bench
from tests.crash.shapes import SHAPES, begun

CALLERS: Final = 32
PROCESSES: Final = 4
PAUSE: Final = 1.0
"""Seconds between two mutations of one operator who does nothing else."""
_LEASE: Final = timedelta(seconds=60)
_SHAPE: Final = SHAPES["readback"]


async def run_of_one_step(journal: Journal, number: int) -> float:
    """One run from its beginning to its end. Returns: the seconds that the journal took of it."""
    return await carry(journal, *begun(_SHAPE, number, utc_now()))


async def carry(journal: Journal, run: OperationRun, rows: Sequence[OperationStep], asked: Event) -> float:
    """One run that has been drawn, of one step, as the runner does it. Returns: the seconds that the journal took of it."""
    began = time.perf_counter()
    hold = await journal.begin(run, rows, [], asked, lease=_LEASE)
    intent = recorded(run, "ticket.moved", "intent", "unknown", step="say", source="desk")
    await journal.intend(hold, 0, _LEASE, intent)
    came = recorded(run, "ticket.moved", "outcome", "success", step="say", source="desk")
    seen = {"state": DONE, "seen": {"text": "Look at this."}, "read_back_at": journal.clock()}
    end = ending(run, "ticket.moved", SUCCEEDED, journal.clock())
    await journal.outcome(hold, 0, seen, came, end.event, end=end.values)
    return time.perf_counter() - began


async def carried_out(journal: Journal, each: int, first: int, pause: float = 0.0) -> tuple[float, Sequence[float]]:
    """Runs a second with 32 callers, and what the journal took of each. Units: seconds."""
    spent: list[float] = []
    drawn = {number: begun(_SHAPE, number, utc_now()) for number in range(first, first + CALLERS * each)}

    async def caller(start: int) -> None:
        await asyncio.sleep(pause * (start - first) / (CALLERS * each))  # they do not begin in one moment
        for number in range(each):
            spent.append(await carry(journal, *drawn[start + number]))
            await asyncio.sleep(pause)

    began = time.perf_counter()
    await asyncio.gather(*(caller(first + number * each) for number in range(CALLERS)))
    return CALLERS * each / (time.perf_counter() - began), sorted(spent)


async def in_a_file(folder: Path, runs: int) -> None:
    """SQLite."""
    store = Store(f"sqlite:///{folder}/okno.db")
    await asyncio.to_thread(store.migrate)
    trail = Trail(store.writing)
    await trail.start()
    journal = Journal(trail, store.engine)
    await run_of_one_step(journal, 0)
    before = fsync_cost(folder)
    rate, _ = await carried_out(journal, runs // CALLERS, 1)
    print(f"runs, SQLite, {CALLERS} callers without a pause: {rate:,.0f} a second")
    for pause in (PAUSE, PAUSE * 4):
        each = max(3, int(8 / pause))
        rate, spent = await carried_out(journal, each, int(1_000_000 * pause), pause)
        print(
            f"added to a mutation, SQLite, {CALLERS} callers who rest {pause:.0f} s ({rate:.0f} a second): "
            f"p50 {_ms(spent, 0.5)}, p99 {_ms(spent, 0.99)}"
        )
    print(f"one fsync here: {before:.2f} ms before, {fsync_cost(folder):.2f} ms after; a run waits for three")
    await trail.close()
    await store.close()


async def on_a_server(url: str, runs: int) -> None:
    """PostgreSQL: four processes at the same time."""
    store = Store(url)
    await asyncio.to_thread(store.migrate)
    await store.close()
    children = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.journal", "--child", url),
            *("--first", str((number + 1) * 1_000_000), "--runs", str(runs // PROCESSES)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    for each in children:
        assert each.stdout is not None
        await each.stdout.readline()  # ready
    began = time.perf_counter()
    said = await asyncio.gather(*(each.communicate(b"go\n") for each in children))
    rate = runs / (time.perf_counter() - began)
    assert all(each.returncode == 0 for each in children), said
    print(f"runs, PostgreSQL, {PROCESSES} processes with {CALLERS} callers each: {rate:,.0f} a second")


async def child(url: str, first: int, runs: int) -> None:
    """One of the four."""
    store = Store(url)
    trail = Trail(store.writing)
    await trail.start()
    journal = Journal(trail, store.engine)
    await run_of_one_step(journal, first)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await carried_out(journal, runs // CALLERS, first + 1)
    await trail.close()
    await store.close()


def _ms(spent: Sequence[float], part: float) -> str:
    return f"{spent[int(len(spent) * part)] * 1000:.1f} ms"


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.journal", description=__doc__)
    parser.add_argument("--runs", type=int, default=2_560, help="how many runs are made")
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        uvloop.run(child(given.child, given.first, given.runs))
        return
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.2f}")
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(in_a_file(Path(folder), given.runs))
    with server_for_bench() as url:
        if url is not None:
            uvloop.run(on_a_server(url, given.runs))


if __name__ == "__main__":
    main()
