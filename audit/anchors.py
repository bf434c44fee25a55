"""Anchors: places outside of the database where checkpoints are kept; they tell a rebuilt trail from the true one."""

import asyncio
import os
from pathlib import Path
from typing import Protocol


class Anchor(Protocol):
    """A place that takes checkpoints and gives none back to whoever writes the database."""

    async def publish(self, note: str) -> None:
        """Keep one checkpoint. Raises: OSError where it cannot be reached."""
        ...


class FileAnchor:
    """A file that only grows: on another volume, or fetched away by whoever watches."""

    def __init__(self, file: Path) -> None:
        self._file = file

    async def publish(self, note: str) -> None:
        """Add one checkpoint, durable when it returns."""
        await asyncio.to_thread(self._append, note)

    def _append(self, note: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, f"{note}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def notes_of(text: str) -> list[str]:
    """The checkpoints of an anchor's file, in order."""
    found: list[str] = []
    lines: list[str] = []
    for line in text.splitlines():
        if line or not (lines and lines[-1].startswith("\u2014")):
            lines.append(line)
            continue
        found.append("\n".join(lines) + "\n")
        lines = []
    if lines and lines[-1].startswith("\u2014"):
        found.append("\n".join(lines) + "\n")
    return found
