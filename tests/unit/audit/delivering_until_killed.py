"""A process that delivers to a file without an end. Run by the crash test of delivery."""

import asyncio
import sys
from pathlib import Path

from audit.delivering import Delivering
from audit.sinks.forms import own
from audit.sinks.json_lines import JsonLines
from audit.sinks.sink import Outlet
from gateway.store import Store


async def main(url: str, file: str, owner: str) -> None:
    store = Store(url)
    # a short turn: the next process takes it up while the test waits
    made = Delivering(
        store.writing,
        [Outlet("file", JsonLines(Path(file)), own, most=3, patience=0.2)],
        owner=owner,
        look_every=0.01,
    )
    made.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
