"""Locks: what `requirements/*.txt` and the lock of the pages pin."""

import json
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = ROOT / "requirements" / "run.txt"
"""What an installation runs on."""
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)( ;)?", re.MULTILINE)


def locks() -> list[Path]:
    """Every lock of Python packages."""
    return sorted((ROOT / "requirements").glob("*.txt"))


def pinned(lock: Path, *, everywhere: bool = False) -> dict[str, str]:
    """Versions by normalized name; those needed `everywhere` alone, or also those of some machines.

    Raises: ValueError for a lock that pins nothing.
    """
    text = lock.read_text(encoding="utf-8")
    found = {name(each): version for each, version, marker in _PINNED.findall(text) if not (everywhere and marker)}
    if not found:
        raise ValueError(f"{lock.name} pins nothing")
    return found


def name(text: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", text).lower()


def built_with() -> dict[str, set[str]]:
    """Versions by name of what the pages are built of and with."""
    lock = json.loads((ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    for place, each in lock["packages"].items():
        if place:
            found.setdefault(place.rpartition("node_modules/")[2], set()).add(each["version"])
    return found
