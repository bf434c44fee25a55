"""Replaying: detections over records that lie in a file, writing nothing."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from audit.detections.kinds import counted, detectors
from audit.detections.seen import Finding, Seen, of_body
from audit.detections.thresholds import Thresholds


class Unreadable(Exception):
    """The file holds no records that can be read."""


def detect(records: Iterable[Seen], said: Thresholds, people: Callable[[str], bool]) -> Iterator[Finding]:
    """What is found in records, in their order. The same records say the same each time."""
    looking = detectors(said, people)
    for each in records:
        if not counted(each, said.but):
            continue
        for one in looking:
            found = one.see(each)
            if found is not None:
                yield found


def recorded_in(file: Path) -> Iterator[Seen]:
    """The records of a copy of the trail, or of a file that a sink in our own form has written. Raises: Unreadable.

    Records that had no place yet when a copy was taken are left out: nothing could name them.
    """
    begins: int | None = None
    last = -1
    copy = False
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            said = _loaded(line, number)
            if "okno_audit" in said:
                copy = True
            elif copy and isinstance(said.get("range"), list):
                place, _writer, first, *_ = said["range"]
                begins = None if place is None else place - first
            elif copy and isinstance(said.get("body"), dict):
                if begins is not None:
                    yield of_body(begins + int(said["body"]["seq"]), said["body"])
            elif not copy and isinstance(said.get("record"), dict) and isinstance(said.get("number"), int):
                if said["number"] > last:  # what was delivered twice was done once
                    last = said["number"]
                    yield of_body(last, said["record"])
            elif not copy:
                raise Unreadable(f"line {number} is neither of a copy of the trail nor of a sink in the form okno")


def _loaded(line: bytes, number: int) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise Unreadable(f"line {number} is no JSON") from None
    if not isinstance(said, dict):
        raise Unreadable(f"line {number} is no record")
    return said
