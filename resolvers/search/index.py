"""The index of identifiers: found by anything a caller can say, fed by sweeps, off the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from resolvers.search.finding import Match, find
from resolvers.search.lookup import Withheld
from resolvers.search.store import Store
from sources.ports.identifiers import Identifier

__all__ = ["IdentifierIndex", "Match"]

P = ParamSpec("P")
T = TypeVar("T")

MOST_MATCHES = 200


class IdentifierIndex:
    """Identifiers of all sources in one SQLite database, worked by one thread of its own.

    Shape: `path` is a file, private to this user, or `:memory:`. The index holds personal data and no more than is
    needed to find: what is found is read through the graph, under its rights.
    Raises: OSError if the file cannot be private; sqlite3.Error if it is no database; RuntimeError once closed.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search")
        self._closed = False
        try:
            # The connection belongs to its thread from the first statement on: SQLite checks it.
            self._store = self._thread.submit(Store, path).result()
        except BaseException:
            self._thread.shutdown()
            raise

    async def replace(self, source: str, identifiers: Sequence[Identifier], as_of: datetime) -> None:
        """Make what a source says be exactly these identifiers; only what changed is written, all of it or nothing.

        Raises: ValueError for a moment without a time zone.
        """
        await self._run(Store.replace, source, tuple(identifiers), as_of)

    async def find(
        self,
        text: str,
        node_types: frozenset[str] | None = None,
        limit: int = 20,
        allowed_kinds: frozenset[str] | None = None,
        withheld: Withheld | None = None,
    ) -> list[Match]:
        """The nodes a text may mean, best first, namesakes side by side in the order of their keys.

        Shape: one match per node; `node_types` None: all; `allowed_kinds` None: all, identifiers of other kinds are not
        searched; `withheld` are the nodes of which a kind is not searched, as if they had none. At most 200 characters of the text are read and 200 matches given.
        """
        return await self._run(find, text, node_types, min(limit, MOST_MATCHES), allowed_kinds, withheld)

    async def ages(self) -> dict[str, datetime]:
        """When each source was last swept, in UTC: the age that a search shows."""
        return await self._run(Store.ages)

    def close(self) -> None:
        """Finish what runs and let go of the file; closing twice is harmless."""
        if not self._closed:
            self._closed = True
            self._thread.submit(self._store.close).result()
            self._thread.shutdown()

    async def _run(self, work: Callable[Concatenate[Store, P], T], *args: P.args, **named: P.kwargs) -> T:
        if self._closed:
            raise RuntimeError("the search index is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(self._store, *args, **named))
