"""A process that dies at any moment leaves a valid chain, and everything it was told was durable is there."""

import asyncio
import signal
import sys

import pytest

from tests.house.rooms import ROOT
from tests.unit.audit.conftest import Book


@pytest.mark.parametrize("after", [1, 40, 300])
async def test_what_was_durable_survives_the_process_and_the_chain_is_sound(book: Book, after: int) -> None:
    told: list[list[str]] = []
    for _ in range(2):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.unit.audit.writing_until_killed", book.url,
            stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        )  # fmt: skip
        assert child.stdout is not None
        lines = [await child.stdout.readline() for _ in range(after)]
        child.send_signal(signal.SIGKILL)
        rest, _ = await child.communicate()
        # the last line may have been cut off by the kill
        whole = b"".join(lines) + rest[: rest.rfind(b"\n") + 1]
        told += [line.decode().split() for line in whole.splitlines()]
    assert len(told) >= 2 * after
    kept = {(row[0], row[1], row[2]) for row in await book.rows("select writer, seq, hash from audit_record")}
    assert {(writer, int(seq), hash_) for writer, seq, hash_ in told} <= kept
    await book.sequencer.settle()
    verdict = await book.verdict()
    assert (verdict.findings, verdict.covered) == ([], len(kept))
