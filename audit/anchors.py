"""Anchors: places outside of the database where checkpoints are kept; they tell a rebuilt trail from the true one."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import aiohttp

from audit.checkpoint import Published

_PATIENCE: Final = aiohttp.ClientTimeout(total=10)


class Anchor(Protocol):
    """A place that takes checkpoints and that whoever administers the database cannot write. It may be told one twice."""

    @property
    def name(self) -> str:
        """By which it is known how far it has come."""
        ...

    async def publish(self, checkpoints: Sequence[Published]) -> None:
        """Keep checkpoints, one behind another. Raises: OSError where it cannot be reached."""
        ...


class FileAnchor:
    """A file that only grows: on another volume, or fetched away by whoever watches."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.name = f"file:{file.name}"

    async def publish(self, checkpoints: Sequence[Published]) -> None:
        """Add them, durable when it returns."""
        await asyncio.to_thread(self._append, "".join(f"{each.line}\n" for each in checkpoints))

    def _append(self, lines: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, lines.encode())
            os.fsync(handle)
        finally:
            os.close(handle)


class HttpAnchor:
    """A service that takes one checkpoint in JSON by POST and answers 2xx when it is kept."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._headers = {**(headers or {}), "content-type": "application/json"}
        self.name = f"http:{url.split('://', 1)[-1].split('?', 1)[0]}"[:200]

    async def publish(self, checkpoints: Sequence[Published]) -> None:
        """Send each; what was not taken is sent again another time. Raises: OSError."""
        try:
            async with aiohttp.ClientSession(headers=self._headers, timeout=_PATIENCE) as session:
                for each in checkpoints:
                    async with session.post(self._url, data=each.line.encode(), allow_redirects=False) as answer:
                        if not answer.ok or answer.status >= 300:
                            raise OSError(f"{self.name} answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise OSError(f"{self.name} could not be reached: {type(problem).__name__}") from None


def checkpoints_of(text: str) -> list[Published]:
    """The checkpoints that a file has kept, in order. A last line cut short by a crash is left out. Raises: ValueError."""
    whole = text[: text.rfind("\n") + 1]
    return [Published.read(line) for line in whole.splitlines() if line]
