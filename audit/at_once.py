"""At once: a connection to a file whose statements need no thread while it alone may write.

Handing a statement to a thread and back costs several times what the statement does. What may wait for the disk or for
another writer still goes there: taking the place to write, committing, rolling back, closing.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, Final

import aiosqlite

_MAY_WAIT: Final = frozenset({"commit", "rollback", "close"})
_NEVER_WAITS: Final = "cursor"


class AtOnce(aiosqlite.Connection):
    """As any other until its only user says that it may go without its thread. Shape: set `at_once` for that."""

    at_once = False

    async def _execute(self, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:
        if self.at_once:
            its_own = fn.__name__ if getattr(fn, "__self__", None) is self._conn else ""
            if its_own == _NEVER_WAITS or (self.in_transaction and its_own not in _MAY_WAIT):
                return fn(*args, **named)
        return await super()._execute(fn, *args, **named)  # type: ignore[no-untyped-call]  # the library has no types here


def connected(*args: Any, **named: Any) -> AtOnce:
    """A connection as the engine makes them, to be waited for."""
    made = AtOnce(lambda: sqlite3.connect(*args, **{**named, "check_same_thread": False}), 64)
    made._thread.daemon = True  # as the engine's own: a process does not wait for it
    return made
