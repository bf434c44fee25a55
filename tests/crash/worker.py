"""A process of the gateway, as far as it acts: begins the runs that it is told to, looks after those of others, and may be killed."""

import asyncio
import sys
from contextlib import suppress

from audit.trail import Trail
from gateway.store import Store
from operations.kit.journal import Journal
from operations.kit.keeping import Keeper
from operations.kit.runner import Runner
from operations.kit.sending import Pace, Sender
from sources.ports.call import utc_now
from tests.crash.shapes import EVENTS, SHAPES, Doorkeeper, begun
from tests.crash.wire import WiredDesk

PACE = Pace(margin=1.0, poll=0.05, poll_most=0.3, settle=0.3, longest=2.0)


class Worker:
    """One of several. It says `begun` and `told` of its runs, each time when that is durable."""

    def __init__(self, store: Store, port: int) -> None:
        self.trail = Trail(store.writing)
        self.journal = Journal(self.trail, store.engine)
        self.sender = Sender(self.journal, WiredDesk(port), PACE)
        self.runner = Runner(self.journal, self.sender, Doorkeeper(), EVENTS)
        self.keeper = Keeper(self.journal, self.runner, self.sender, every=0.2)
        self._asked: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Do what is said line by line, until nothing more is."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        await self.trail.start()
        self.keeper.start()
        say("ready")
        while line := (await reader.readline()).decode().strip():
            number, shape = line.split(" ", 1)
            task = asyncio.create_task(self._run(int(number), shape))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)
        await self.keeper.close()
        await self.runner.close()
        await self.trail.close()

    async def _run(self, number: int, shape: str) -> None:
        run, rows, asked = begun(SHAPES[shape], number, utc_now())
        lease = self.sender.lease(str(rows[0].step["call"]["source"]))
        hold = await self.journal.begin(run, rows, [], asked, lease=lease)
        say(f"begun {run.id} RUNNING")
        with suppress(asyncio.CancelledError):
            await self.runner.start(hold, run)
        ended = await self.journal.run(run.id)
        assert ended is not None
        say(f"told {run.id} {ended.state}")


def say(what: str) -> None:
    """A line to whoever has started this process."""
    print(what, flush=True)


async def main() -> None:
    """Until nothing more is said."""
    store = Store(sys.argv[1])
    try:
        await Worker(store, int(sys.argv[2])).serve()
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main())
