"""Waiting for something to hold, with an end to it."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], bool], patience: float = 10.0) -> None:
    """Wait until it holds. Raises: TimeoutError."""
    async with asyncio.timeout(patience):
        while not holds():
            await asyncio.sleep(0.02)
