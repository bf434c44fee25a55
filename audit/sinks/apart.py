"""Apart: blocking work in a thread of its own, so that one that never ends keeps nothing else waiting."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from audit.sinks.sink import Undelivered


class Apart:
    """At most one piece of work at a time. The shared threads of the process are left alone: a hanging disk would use them up."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._busy = False

    async def run(self, work: Callable[[], None]) -> None:
        """Do it. Raises: Undelivered while an earlier one has not ended; whatever the work raises."""
        if self._busy:
            raise Undelivered("what was begun before has not ended yet")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._busy = True

        def settle(problem: BaseException | None) -> None:
            if done.done():
                return
            if problem is None:
                done.set_result(None)
            else:
                done.set_exception(problem)

        def working() -> None:
            problem: BaseException | None = None
            try:
                work()
            except BaseException as raised:  # noqa: BLE001  # told to who waits
                problem = raised
            self._busy = False
            with suppress(RuntimeError):  # nobody waits any more
                loop.call_soon_threadsafe(settle, problem)

        # a daemon: a process that ends does not wait for a disk that hangs
        threading.Thread(target=working, name=f"audit sink {self._name}", daemon=True).start()
        await done
