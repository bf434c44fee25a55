"""JSON lines: records at the end of a file, durable before they count as delivered."""

import errno
import fcntl
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from audit.sinks.apart import Apart
from audit.sinks.sink import Message, Undelivered


class JsonLines:
    """A file that only grows. It is found by its name each time, so it may be moved away or removed by whoever rotates it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._apart = Apart(file.name)

    async def deliver(self, messages: Sequence[Message]) -> None:
        """Add a line for each. Raises: Undelivered; then none of these lines is in the file."""
        lines = b"".join(each.content + b"\n" for each in messages)
        try:
            await self._apart.run(lambda: self._append(lines))
        except OSError as problem:
            name = errno.errorcode.get(problem.errno or 0, "")
            raise Undelivered(f"the file cannot be written: {problem.strerror or problem} {name}".strip()) from None

    def _append(self, lines: bytes) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        made = not self._file.exists()
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            ordinary = stat.S_ISREG(os.fstat(handle).st_mode)
            if ordinary:
                # a process whose turn is over may still be at it: two at once would cut each other's lines
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._add(handle, lines, ordinary=ordinary)
        finally:
            os.close(handle)
        if made:
            self._name_is_durable()

    @staticmethod
    def _add(handle: int, lines: bytes, *, ordinary: bool) -> None:
        size = os.fstat(handle).st_size
        if ordinary and size and os.pread(handle, 1, size - 1) != b"\n":
            lines = b"\n" + lines  # a process was killed within a line: it ends here, and its record comes again
        try:
            left = memoryview(lines)
            while left:
                left = left[os.write(handle, left) :]
            if ordinary:
                os.fsync(handle)
        except OSError:
            if ordinary:
                os.ftruncate(handle, size)  # half a line is of use to nobody
            raise

    def _name_is_durable(self) -> None:
        folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
