"""Reading: one part of an export, held against itself; parts are independent, so several processes can share a copy."""

import hashlib
from binascii import a2b_hex, hexlify
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from audit.record import commitment, committed_at
from audit.tree import Frontier, Node, leaf, peaks, perfect
from audit.verdict import Finding

_HEAD: Final = b'{"hash":"'
_OTHERS: Final = (b'{"range":', b'{"checkpoint":', b'{"end":')
"""What lines begin with that end a range."""
_BODY: Final = 82
"""Where the text of a record begins in its line: behind its name and its hash."""
_END: Final = -2
"""Where it ends: before the brace and the new line."""
_HASH: Final = slice(9, 73)


@dataclass(frozen=True, slots=True)
class Run:
    """Records of one writer in a row, as the copy has them. Shape: `behind` is the hash that the first is linked to, `last`
    that of the last one; `there` how many there are of `count`; `place` None of those that have none yet.
    """

    place: int | None
    writer: str
    first: int
    count: int
    there: int
    behind: bytes
    last: bytes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Leaves between two places at which a root is known. Shape: `tops` cover them and `marks` begin each; empty where one is missing."""

    first: int
    last: int
    tops: tuple[tuple[int, bytes], ...]
    marks: bytes


@dataclass(slots=True)
class Part:
    """What a part of a copy holds."""

    records: int = 0
    values: int = 0
    runs: list[Run] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read(path: str, begin: int, end: int, sizes: Collection[int], mark: int) -> Part:
    """Read a part of a copy. Shape: bytes from `begin` to `end`, at whole lines; `sizes` of trees whose roots are known;
    `mark` bytes of each leaf are handed back.
    """
    with open(path, "rb") as file:  # noqa: PTH123  # in a process of its own, where each import costs
        file.seek(begin)
        lines = file.readlines(end - begin - 1)  # it goes on until there are more bytes than that
    if lines and not lines[-1].endswith(b"\n"):  # the file was cut off here
        lines[-1] += b"\n"
    part = Part()
    leaves: list[bytes | None] = []
    start: int | None = None
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        if not line.startswith(b'{"range":'):
            if line.startswith(_HEAD) or not line.startswith(
                (b'{"checkpoint":', b'{"key":', b'{"okno_audit":', b'{"end":')
            ):
                part.findings.append(Finding("UNREADABLE", f"a line begins with {line[:40]!r}"))
            continue
        first_line = place
        try:
            tree_place, writer, first, count, behind = orjson.loads(line)["range"]
            stated = Run(tree_place, writer, int(first), int(count), 0, a2b_hex(behind), b"")
        except (ValueError, KeyError, TypeError):
            part.findings.append(Finding("UNREADABLE", f"a line begins with {line[:40]!r}"))
            continue
        place += stated.count
        if place >= len(lines) or not lines[place].startswith(_OTHERS):  # more lines than records, or fewer
            place = first_line
            while place < len(lines) and not lines[place].startswith(_OTHERS):
                place += 1
        found = _range(stated, lines[first_line:place], part)
        if stated.place is None:
            continue
        if start is None:
            start = stated.place
        if stated.place != start + len(leaves):  # what is between is gone; it is named where the parts are joined
            part.stretches += _stretches(start, leaves, sizes, mark)
            start, leaves = stated.place, []
        leaves += found
    if start is not None:
        part.stretches += _stretches(start, leaves, sizes, mark)
    return part


def _range(stated: Run, lines: Sequence[bytes], part: Part) -> list[bytes | None]:
    """Check the records of one range. Returns: their leaves, None for one that is not there."""
    records = lines
    if len(lines) > stated.count:
        records = [line for line in lines if line.startswith(_HEAD)]
    before, leaves, whole = _sound(stated, records)
    if whole and _values_are_sound(lines, len(lines) - len(records)):
        there = len(records)
        part.records += there
        part.values += len(lines) - there
        part.runs.append(Run(stated.place, stated.writer, stated.first, stated.count, there, stated.behind, before))
        return leaves
    return _Walk(stated, part).through(lines)


def _values_are_sound(lines: Sequence[bytes], count: int) -> bool:
    """Whether all but the records are values, each of which is what the record before it commits to."""
    if not count:
        return True
    record = b""
    body: Any = None
    try:
        for line in lines:
            if line.startswith(_HEAD):
                record, body = line, None
                continue
            body = orjson.loads(record[_BODY:_END]) if body is None else body
            path, salt, value = orjson.loads(line)["value"]
            if committed_at(body, path) != commitment(salt, value):
                return False
    except (ValueError, KeyError, TypeError):
        return False
    return True


def _sound(stated: Run, lines: Sequence[bytes]) -> tuple[bytes, list[bytes | None], bool]:
    """The way of nearly all records: each is linked to the one before it, and the last says that it is the last."""
    sha256, before = hashlib.sha256, stated.behind
    leaves: list[bytes | None] = []
    add = leaves.append
    if len(lines) != stated.count or not lines:
        return before, leaves, False
    for line in lines:
        before = sha256(before + line[_BODY:_END]).digest()
        if line[:73] != _HEAD + hexlify(before):
            return before, leaves, False
        add(sha256(b"\0" + before).digest())
    every = lines if stated.place is None else lines[-1:]
    first = stated.first + len(lines) - len(every)
    said = all(_says(line, stated.writer, first + number) for number, line in enumerate(every))
    return before, leaves, said


def _says(line: bytes, writer: str, seq: int) -> bool:
    body = orjson.loads(line[_BODY:_END])
    return bool(body.get("writer") == writer and body.get("seq") == seq)


class _Walk:
    """The slow way, record by record, of a range with personal values or with something wrong."""

    def __init__(self, stated: Run, part: Part) -> None:
        self._stated = stated
        self._part = part
        self._before: bytes | None = stated.behind
        self._link: bytes | None = None
        self._expected = stated.first
        self._leaves: list[bytes | None] = [None] * (stated.count if stated.place is not None else 0)
        self._there: set[int] = set()
        self._last = stated.behind
        self._body: Any = {}

    def through(self, lines: Sequence[bytes]) -> list[bytes | None]:
        for line in lines:
            if line.startswith(b'{"value":'):
                self._value(line)
            elif line.startswith(b'{"link":'):
                self._link = a2b_hex(orjson.loads(line)["link"])
            elif line.startswith(_HEAD):
                self._record(line)
            else:
                self._find("UNREADABLE", self._expected, f"a line begins with {line[:40]!r}")
        stated = self._stated
        end = stated.first + stated.count
        missing = [seq for seq in range(stated.first, end) if seq not in self._there]
        if missing:
            gone = len(missing)
            if missing[0] == end - gone and stated.place is not None:
                self._find("TRUNCATED", missing[0], f"{gone} records have a place and are not there")
            else:
                self._find("MISSING", missing[0], f"it is not there, nor {gone - 1} others of its range")
        self._part.runs.append(
            Run(stated.place, stated.writer, stated.first, stated.count, len(self._there), stated.behind, self._last)
        )
        return self._leaves

    def _record(self, line: bytes) -> None:
        self._part.records += 1
        text, expected = line[_BODY:_END], self._expected
        link, self._link = self._link, None
        try:
            self._body = orjson.loads(text)
            seq, writer, stated = int(self._body["seq"]), self._body["writer"], a2b_hex(line[_HASH])
        except (ValueError, KeyError, TypeError):
            self._find("EDITED", expected, "its text is no record any more")
            self._go_on(expected, None)
            return
        if writer != self._stated.writer:
            self._find("EDITED", expected, f"its text says that {writer} wrote it")
            self._go_on(expected, stated)
            return
        if seq != expected and not (seq > expected and self._before_is(link, text, stated)):
            self._find("REORDERED", min(seq, expected), f"where {expected} should stand, {seq} does")
        behind = self._before if link is None else link
        if behind is not None and hashlib.sha256(behind + text).digest() != stated:
            self._find("EDITED", seq, "its hash is not that of its text")
        elif link is not None and self._before is not None and seq == expected and seq > self._stated.first:
            self._find("EDITED", seq - 1, f"it is not the record that {seq} was linked to")
        self._go_on(seq, stated)

    def _before_is(self, link: bytes | None, text: bytes, stated: bytes) -> bool:
        """Whether a record that comes too early is sound in itself: then those before it are gone."""
        return link is not None and hashlib.sha256(link + text).digest() == stated

    def _go_on(self, seq: int, stated: bytes | None) -> None:
        self._there.add(seq)
        self._expected = seq + 1
        self._before = stated
        place = seq - self._stated.first
        if stated is not None:
            self._last = stated
            if 0 <= place < len(self._leaves):
                self._leaves[place] = leaf(stated)

    def _value(self, line: bytes) -> None:
        self._part.values += 1
        try:
            path, salt, value = orjson.loads(line)["value"]
            good = committed_at(self._body, path) == commitment(salt, value)
        except (ValueError, KeyError, TypeError):
            good, path = False, "?"
        if not good:
            self._find("VALUE", self._expected - 1, f"the value of {path} is not what the record commits to")

    def _find(self, kind: Any, seq: int, said: str) -> None:
        first = self._stated.place
        place = None if first is None else first + seq - self._stated.first
        self._part.findings.append(Finding(kind, said, self._stated.writer, seq, place))


def _stretches(start: int, leaves: Sequence[bytes | None], sizes: Collection[int], mark: int) -> Iterator[Stretch]:
    """The leaves, cut where a root is known."""
    end = start + len(leaves)
    cuts = [*sorted(each for each in sizes if start < each < end), end]
    for cut in cuts:
        some = leaves[start - end + len(leaves) : cut - end + len(leaves)]
        there = [each for each in some if each is not None]
        if len(there) == len(some):
            tops = tuple((node[0], _top(node, start, there)) for node in peaks(start, cut))
            yield Stretch(start, cut, tops, b"".join([each[:mark] for each in there]))
        else:
            yield Stretch(start, cut, (), b"")
        start = cut


def _top(node: Node, start: int, leaves: Sequence[bytes]) -> bytes:
    level, index = node
    first = (index << level) - start
    return perfect(leaves[first : first + (1 << level)])


def grown(tree: Frontier, stretch: Stretch) -> bool:
    """Add a stretch to a tree; False where it cannot be: something before it or in it is missing."""
    if stretch.first != tree.size or (not stretch.tops and stretch.last > stretch.first):
        return False
    for level, top in stretch.tops:
        tree.add(level, top)
    return True
