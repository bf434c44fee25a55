"""Filling: a page of a listing whose records are not all for the viewer to know of.

Those that are not leave no hole: later ones move up, as if they had never been there.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from sources.ports.question import Page, Window

_AT_ONCE: Final = 200
"""The fewest records asked for when some may have to be left out."""
_MOST_ROUNDS: Final = 10
"""Pages asked for to fill one; a page that stays short ends where the last one did."""

Fetch = Callable[[Page], Awaitable[Window[Any]]]
Choose = Callable[[tuple[Any, ...]], Awaitable[tuple[bool, ...]]]


async def filled(page: Page, fetch: Fetch, known: Choose) -> Window[Any]:
    """A page of those that the viewer may know of, in the listing's order; nothing tells how many there are in all.

    Shape: `known` says for each record of a window whether it is shown. Raises: SourceError.
    """
    records: list[Any] = []
    cursors: list[tuple[str, ...]] = []
    after, more = page.after, True
    for _ in range(_MOST_ROUNDS):
        window = await fetch(Page(max(page.first + 1, _AT_ONCE), after))
        for record, cursor, shown in zip(window.records, window.cursors, await known(window.records), strict=True):
            if shown:
                records.append(record)
                cursors.append(cursor)
        more = window.has_next
        if len(records) > page.first or not more or not window.cursors:
            break
        after = window.cursors[-1]
    return Window(tuple(records[: page.first]), tuple(cursors[: page.first]), more or len(records) > page.first, None)
