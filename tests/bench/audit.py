"""`python -m tests.bench.audit`: what the trail costs: records made durable, a copy verified, a proof's size.

Durable records are bought with waits for the disk, so what one such wait costs on this machine is printed beside. The same on PostgreSQL, by four processes.
"""

import argparse
import asyncio
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import uvloop

from audit.anchors import FileAnchor, checkpoints_of
from audit.event import Event
from audit.export import export
from audit.keys import KeyRing
from audit.proofs import inclusion_proof
from audit.sequencer import Sequencer
from audit.trail import Trail
from audit.verify import verify
from gateway.store import Store
from sources.ports.call import utc_now
from tests.bench.servers import server_for_bench

CALLERS: Final = 32
PROCESSES: Final = 4


def event(number: int) -> Event:
    """A read of an employee, as most records are."""
    return Event(
        code="employee.read",
        stage="read",
        outcome="success",
        operator="helpdesk.br",
        team="helpdesk_br",
        roles=("helpdesk", "everyone"),
        session="0f3a5c7e9b1d4f60",
        employee=f"{number:07d}",
        address="10.1.2.3",
        country="BR",
        document="5d41402abc4b2a76b9719d911017c592",
        fields=("Employee.phones", "Employee.manager", "Account.locked", "Device.serial"),
        ticket="10301",
        policy="2c26b46b68ffc68f",
        trace="b61d8c2e4f0a4d7c",
    )


async def appended(trail: Trail, callers: int, each: int) -> tuple[float, Sequence[float]]:
    """Records a second with so many callers, and how long each waited. Units: seconds."""
    waits: list[float] = []

    async def caller(first: int) -> None:
        for number in range(each):
            began = time.perf_counter()
            await trail.append(event(first + number))
            waits.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(caller(number * each) for number in range(callers)))
    return callers * each / (time.perf_counter() - began), sorted(waits)


def fsync_cost(folder: Path, rounds: int = 50) -> float:
    """What it costs here to have a few kilobytes on the disk for sure. Units: milliseconds, the median."""
    taken: list[float] = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(rounds):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


def bare_hashing(size: int, rounds: int = 50_000) -> float:
    """How many records of this size could be verified a second were there nothing but the three hashes of each."""
    body, leaf, pair = bytes(32 + size), bytes(33), bytes(65)
    began = time.perf_counter()
    for _ in range(rounds):
        hashlib.sha256(body).digest()
        hashlib.sha256(leaf).digest()
        hashlib.sha256(pair).digest()
    return rounds / (time.perf_counter() - began)


async def in_a_file(folder: Path, records: int) -> None:
    """SQLite: appending, placing, proving, taking a copy."""
    store = Store(f"sqlite:///{folder}/okno.db")
    await asyncio.to_thread(store.migrate)
    trail, keys = Trail(store.writing), KeyRing(folder / "keys")
    await trail.start()
    rate, waits = await appended(trail, CALLERS, records // CALLERS)
    print(
        f"append, SQLite, {CALLERS} callers: {rate:,.0f} records/s, p50 {_ms(waits, 0.5)}, p99 {_ms(waits, 0.99)}; ",
        end="",
    )
    print(f"one fsync here: {fsync_cost(folder):.2f} ms")
    sequencer = Sequencer(store.writing, keys, [FileAnchor(folder / "anchor")])
    began = time.perf_counter()
    await sequencer.settle()
    print(f"placed and signed: {records / (time.perf_counter() - began):,.0f} records/s")
    proofs = [len(await inclusion_proof(store.engine, trail.writer, seq)) for seq in range(1, records, records // 20)]
    print(f"proof of a record of {records:,}: {max(proofs)} bytes at most")
    copy = folder / "copy"
    with copy.open("wb") as out:
        await export(store.engine, keys.announced(), utc_now(), out.write)
    await trail.close()
    await store.close()


def verified(folder: Path, records: int, copies: int) -> None:
    """The copy, verified by one process and by one on each processor."""
    copy = folder / "copy"
    size = copy.stat().st_size // records
    anchored = checkpoints_of((folder / "anchor").read_text(encoding="utf-8"))
    print(
        f"a line of the copy: {size} bytes; three bare hashes a record, one processor: {bare_hashing(size):,.0f} records/s"
    )
    for processes in (1, os.cpu_count() or 1):
        rates: list[float] = []
        for _ in range(copies):
            began = time.perf_counter()
            verdict = verify(copy, anchored, processes=processes)
            rates.append(records / (time.perf_counter() - began))
            assert verdict.good, verdict.findings
        print(f"verify, {processes} processes: {max(rates):,.0f} records/s at best, {median(rates):,.0f} in the middle")


async def on_a_server(url: str, records: int) -> None:
    """PostgreSQL: four processes append at the same time."""
    store = Store(url)
    await asyncio.to_thread(store.migrate)
    await store.close()
    words = (sys.executable, "-m", "tests.bench.audit", "--child", url, "--records", str(records // PROCESSES))
    children = [
        await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    for child in children:
        assert child.stdout is not None
        await child.stdout.readline()  # ready
    began = time.perf_counter()
    await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    print(f"append, PostgreSQL, {PROCESSES} processes: {records / (time.perf_counter() - began):,.0f} records/s")


async def child(url: str, records: int) -> None:
    """One of the four."""
    store = Store(url)
    trail = Trail(store.writing)
    await trail.start()
    await trail.append(event(0))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await appended(trail, CALLERS, records // CALLERS)
    await trail.close()
    await store.close()


def _ms(waits: Sequence[float], part: float) -> str:
    return f"{waits[int(len(waits) * part)] * 1000:.1f} ms"


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.audit", description=__doc__)
    parser.add_argument("--records", type=int, default=64_000, help="how many records are made")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        uvloop.run(child(given.child, given.records))
        return
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(in_a_file(Path(folder), given.records))
        verified(Path(folder), given.records, 3)
    with server_for_bench() as url:
        if url is not None:
            uvloop.run(on_a_server(url, given.records))


if __name__ == "__main__":
    main()
