"""Delivery check: whether what a receiver has is all that was delivered, each record whole and in order.

Numbers have no gaps and records of one writer are linked, so a receiver needs nothing of ours to see that something is missing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from audit.canonical import canonical
from audit.record import linked
from audit.tree import leaf

Kind = Literal["MISSING", "OUT_OF_ORDER", "CONFLICT", "EDITED", "UNLINKED", "UNREADABLE"]


@dataclass(frozen=True, slots=True)
class Amiss:
    """Something that should not be. Shape: `where` names records by number, or a line."""

    kind: Kind
    where: str
    said: str


@dataclass(slots=True)
class Received:
    """What was looked at. Shape: `records` counts each number once, `again` those that came a second time, which is no fault."""

    first: int | None = None
    last: int | None = None
    records: int = 0
    again: int = 0
    amiss: list[Amiss] = field(default_factory=list)


def check(files: Sequence[Path], first: int | None = None) -> Received:
    """Look at files in their order, as one. Shape: `first` is the number that must be there first, the first line's without it."""
    received = Received(first=first)
    seen: dict[int, bytes] = {}
    heads: dict[str, str] = {}
    missing: set[int] = set()
    expected = first
    for where, said in _lines(files):
        number = None if said is None else _number(said)
        if said is None or number is None:
            received.amiss.append(
                Amiss("UNREADABLE", where, "no record; where a sink was killed, it comes again below")
            )
            continue
        if expected is None:
            expected = received.first = number
        mark = hashlib.sha256(orjson.dumps(said.get("record", said), option=orjson.OPT_SORT_KEYS)).digest()[:16]
        if number in seen:
            received.again += 1
            if seen[number] != mark:
                received.amiss.append(Amiss("CONFLICT", f"record {number}", f"{where}: another one by this number"))
            continue
        seen[number] = mark
        received.records += 1
        received.last = number if received.last is None else max(received.last, number)
        if number in missing:
            missing.discard(number)
            heads.clear()
            received.amiss.append(Amiss("OUT_OF_ORDER", f"record {number}", f"{where}: stands behind later ones"))
        elif number > expected:
            missing.update(range(expected, number))
            heads.clear()  # what the next one of each writer was written behind may be what is missing
        elif number < expected:
            heads.clear()
            received.amiss.append(Amiss("OUT_OF_ORDER", f"record {number}", f"{where}: stands before the first"))
        expected = max(expected, number + 1)
        received.amiss += _sound(said, number, where, heads)
    received.amiss += [Amiss("MISSING", _span(low, high), "not there") for low, high in _spans(missing)]
    return received


def _lines(files: Sequence[Path]) -> Iterator[tuple[str, dict[str, Any] | None]]:
    for file in files:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    said = orjson.loads(line)
                except orjson.JSONDecodeError:
                    said = None
                yield f"{file.name} line {number}", said if isinstance(said, dict) else None


def _number(said: dict[str, Any]) -> int | None:
    metadata = said.get("metadata")
    number = metadata.get("sequence") if isinstance(metadata, dict) else said.get("number")
    return number if isinstance(number, int) else None


def _sound(said: dict[str, Any], number: int, where: str, heads: dict[str, str]) -> list[Amiss]:
    """Whether a record in our own form is what it was, behind the one that it was written behind."""
    record = said.get("record")
    if not isinstance(record, dict):
        return []  # another form carries the hashes, and not the text that they are over
    hash_, prev, writer = str(said.get("hash")), str(said.get("prev")), str(record.get("writer"))
    before = heads.get(writer)
    heads[writer] = hash_
    try:
        whole = linked(prev, canonical(record).decode()) == hash_ and leaf(bytes.fromhex(hash_)).hex() == said.get(
            "leaf"
        )
    except ValueError:
        whole = False
    if not whole:
        return [Amiss("EDITED", f"record {number}", f"{where}: its hash is of another text")]
    if before is not None and before != prev:
        return [Amiss("UNLINKED", f"record {number}", f"{where}: was not written behind the one before it of {writer}")]
    return []


def _spans(numbers: set[int]) -> Iterator[tuple[int, int]]:
    low = high = None
    for each in sorted(numbers):
        if low is None or high is None:
            low = high = each
        elif each == high + 1:
            high = each
        else:
            yield low, high
            low = high = each
    if low is not None and high is not None:
        yield low, high


def _span(low: int, high: int) -> str:
    return f"record {low}" if low == high else f"records {low} to {high}"
