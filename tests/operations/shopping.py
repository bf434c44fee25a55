"""Shopping: ways to act in the shop, and to break what is sold there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from sources.kit.twin.faults import Fault
from tests.operations.stand import Stand

NO_WIPE: Final = "no.wiping"
"""May do everything but erase a device, and nothing to many."""
FEW: Final = "few.atonce"
"""May do everything in one region, to three at once."""


@asynccontextmanager
async def refusing(shop: Stand, source: str, kind: str = "denied", *, writes_only: bool = True) -> AsyncIterator[None]:
    """Within it a system refuses what it is to change, and still answers what it is asked."""
    await shop.sandbox.world.twins[source].break_with(Fault(kind, writes_only=writes_only))  # type: ignore[arg-type]  # a kind by its name
    try:
        yield
    finally:
        await shop.broken(source, None)


async def until(what: Callable[[], Awaitable[Any]], seconds: float = 15.0) -> Any:
    """What is true at last."""
    for _ in range(int(seconds / 0.05)):
        found = await what()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it never came")
