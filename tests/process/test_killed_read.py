"""Reads of personal data are durable before the first byte: the process is killed between the two, and at any other moment."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from gateway.identity.tokens import Tokens
from gateway.store import Store
from sandbox.installing import install
from sandbox.world import World
from tests.process.okno import OKNO, READY, ROOT
from tests.sandbox import ALL_SEEING, add_all_seeing, company_of

QUERY: Final = """{ employees(first: 100) { edges { node { login
  personal { birthDate personalEmail } phones { number } employment { terminatedOn } } } } }"""
_READ: Final = "select count(*) from audit_record where code = 'employee.read'"
_MOST_KILLS: Final = 12


@dataclass(frozen=True, slots=True)
class Company:
    """Twins that run, an installation over them, and what a gateway is started with."""

    folder: Path
    environment: dict[str, str]
    token: str

    @property
    def database(self) -> Path:
        return self.folder / "okno.db"

    def records(self) -> int:
        """Durable records of personal data shown, as another process sees them."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)) as database:
            found: int = database.execute(_READ).fetchone()[0]
        return found


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    world = World.of(company_of(100))
    await world.start()
    files = {"database": f"sqlite:///{tmp_path}/okno.db", "search_index": f"{tmp_path}/search.db"}
    files |= {"audit": {"keys": f"{tmp_path}/audit-keys", "anchor": f"{tmp_path}/anchor.txt"}}
    environment = install(tmp_path / "installation", world.settings(), **files)
    add_all_seeing(tmp_path / "installation")
    store = Store(files["database"])
    await asyncio.to_thread(store.migrate)
    token = await Tokens(store).give(ALL_SEEING)
    await store.close()
    try:
        yield Company(tmp_path, environment, token)
    finally:
        await world.stop()


@dataclass(slots=True)
class Served:
    """A gateway in a process of its own."""

    process: asyncio.subprocess.Process
    port: int

    async def killed(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()


async def served(company: Company) -> Served:
    environment = {name: value for name, value in company.environment.items() if not name.startswith("OKNO_PORT")}
    process = await asyncio.create_subprocess_exec(
        *OKNO, "serve", "--installation", str(company.folder / "installation"), "--port", "0",
        env=environment | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}, cwd=company.folder,
        stdout=asyncio.subprocess.PIPE, stderr=sys.stderr,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        while not (ready := READY.search((await process.stdout.readline()).decode())):
            assert process.returncode is None
    return Served(process, int(ready[1].rpartition(":")[2]))


@contextmanager
def put(port: int, token: str) -> Iterator[socket.socket]:
    """A request on its way; the answer is read by whoever asked."""
    body = json.dumps({"query": QUERY}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(head.encode() + body)
        yield line


def rest_of(line: socket.socket) -> bytes:
    """What has come before the line broke or ended."""
    found = b""
    try:
        while part := line.recv(65_536):
            found += part
    except OSError:
        pass
    return found


async def test_no_byte_of_personal_data_comes_before_its_record_is_durable(company: Company) -> None:
    gateway = await served(company)
    try:
        for _ in range(15):
            before = company.records()
            with put(gateway.port, company.token) as line:
                first = await asyncio.to_thread(line.recv, 1)
                durable = company.records() - before
                answer = first + await asyncio.to_thread(rest_of, line)
            assert durable == 100, answer[:300]
            shown = json.loads(answer.partition(b"\r\n\r\n")[2])
            assert "errors" not in shown
            assert len(shown["data"]["employees"]["edges"]) == 100
    finally:
        await gateway.killed()


async def test_a_process_killed_between_record_and_answer_has_shown_nothing_unrecorded(company: Company) -> None:
    """Killed as soon as the record is seen by somebody else: what was not sent is recorded all the same."""
    unsent = 0
    for _ in range(_MOST_KILLS):
        gateway = await served(company)
        before = company.records()
        with put(gateway.port, company.token) as line:
            await asyncio.to_thread(_until_recorded, company, before)
            os.kill(gateway.process.pid, signal.SIGKILL)
            await gateway.process.wait()
            answer = await asyncio.to_thread(rest_of, line)
        assert company.records() == before + 100
        unsent += not answer
        if unsent:
            break
    assert unsent, "the process was never killed in time; the records were there whenever a byte came"


async def test_whenever_it_is_killed_what_was_shown_is_recorded(company: Company) -> None:
    for seconds in (0.02, 0.08, 0.2, 0.4):
        gateway = await served(company)
        before = company.records()
        with put(gateway.port, company.token) as line:
            await asyncio.sleep(seconds)
            os.kill(gateway.process.pid, signal.SIGKILL)
            await gateway.process.wait()
            answer = await asyncio.to_thread(rest_of, line)
        assert company.records() - before == 100 or not answer, (seconds, answer[:300])


def _until_recorded(company: Company, before: int) -> None:
    deadline = time.monotonic() + 30
    with closing(sqlite3.connect(f"file:{company.database}?mode=ro", uri=True, timeout=5)) as database:
        while database.execute(_READ).fetchone()[0] == before:
            assert time.monotonic() < deadline, "nothing was recorded"
            time.sleep(0.0002)
