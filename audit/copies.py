"""Copies: what else an export holds besides records, and where it can be cut into parts."""

import mmap
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from audit.checkpoint import Published
from audit.keys import Announced
from audit.restoration import CODE, Restoration

FORM: Final = 1
"""Version of an export's form; it stands in its first line."""
_OTHERS: Final = re.compile(rb'\n(\{"(?:checkpoint|key)":)')
"""Keys and checkpoints, found in one go over the file."""
_KEY: Final = b'{"key":'
_RESTORED: Final = f'"code":"{CODE}"'.encode()
_END: Final = b'\n{"end":'


class NoCopy(Exception):
    """The file is no export of a trail."""


@dataclass(frozen=True, slots=True)
class Copy:
    """An export at a glance. Shape: `checkpoints` in the file's order; `records` as the last line says, None without one;
    `cuts` are the places behind each checkpoint.
    """

    path: Path
    size: int
    keys: tuple[Announced, ...]
    checkpoints: tuple[Published, ...]
    records: int | None
    cuts: tuple[int, ...]
    restorations: tuple[Restoration, ...]
    unreadable: tuple[str, ...]

    def parts(self, about: int) -> Iterable[tuple[int, int]]:
        """Where to cut, so that each part has about so many bytes and ends behind a checkpoint."""
        begin = 0
        for cut in self.cuts:
            if cut - begin >= about and cut < self.size:
                yield begin, cut
                begin = cut
        yield begin, self.size


def glanced(path: Path) -> Copy:
    """An export, all but its records. Raises: NoCopy; OSError."""
    size = path.stat().st_size
    if size == 0:
        raise NoCopy("the file is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        head = _line(text, 0)
        if not head.startswith(b'{"okno_audit":') or _loaded(head).get("okno_audit") != FORM:
            raise NoCopy("this is no trail as `okno audit export` writes it")
        keys: list[Announced] = []
        checkpoints: list[Published] = []
        cuts: list[int] = []
        unreadable: list[str] = []
        for each in _OTHERS.finditer(text):
            line = _line(text, each.start(1))
            if each[1] == _KEY:
                try:
                    keys.append(Announced.read(line))
                except ValueError:
                    unreadable.append("a key")
                continue
            cuts.append(min(each.start(1) + len(line) + 1, size))
            try:
                checkpoints.append(Published.read(line))
            except ValueError:
                unreadable.append("a checkpoint")
        restorations = _restorations(text)
        last = text.rfind(_END)
        said = _loaded(_line(text, last + 1)).get("end") if last >= 0 else None
    records = said if isinstance(said, int) else None
    return Copy(path, size, tuple(keys), tuple(checkpoints), records, tuple(cuts), restorations, tuple(unreadable))


def _restorations(text: mmap.mmap) -> tuple[Restoration, ...]:
    """What records tell of backups that were put back; that they are sound is looked at with all others."""
    found: list[Restoration] = []
    at = text.find(_RESTORED)
    while at >= 0:
        body = _loaded(_line(text, text.rfind(b"\n", 0, at) + 1)).get("body")
        if isinstance(body, dict) and body.get("code") == CODE:
            with suppress(ValueError):  # one that was made unreadable explains nothing
                found.append(Restoration.read(body))
        at = text.find(_RESTORED, at + 1)
    return tuple(found)


def _line(text: mmap.mmap, at: int) -> bytes:
    end = text.find(b"\n", at)
    return bytes(text[at : len(text) if end < 0 else end])


def _loaded(line: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
