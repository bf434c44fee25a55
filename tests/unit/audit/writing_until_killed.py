"""A process that writes to a trail without an end and says aloud what is durable. Run by the crash test."""

import asyncio
import sys

from audit.trail import Trail
from gateway.store import Store
from tests.unit.audit.conftest import event


async def main(url: str) -> None:
    store = Store(url)
    trail = Trail(store.writing)
    await trail.start()

    async def caller(number: int) -> None:
        while True:
            (receipt,) = await trail.append(event(number))
            sys.stdout.write(f"{receipt.writer} {receipt.seq} {receipt.hash}\n")
            sys.stdout.flush()

    await asyncio.gather(*(caller(number) for number in range(16)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
