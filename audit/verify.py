"""Verify: whether a copy of the trail is whole and unchanged, offline, and where it is not.

Each record is held against its hash and its chain; every signed checkpoint, those of the copy and those that an anchor has
kept, against the tree over the records. A chain alone misses a trail that was rebuilt as a whole: the anchor does not.
"""

import multiprocessing
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from audit.checkpoint import MARK, Head, Published
from audit.copies import Copy, glanced
from audit.keys import Trusted, trusted
from audit.note import NotSigned, PublicKey, opened
from audit.reading import Part, Run, Stretch, grown, read
from audit.record import FIRST
from audit.restoration import Gap, Restoration
from audit.tree import Frontier
from audit.verdict import Finding, Verdict

_PART: Final = 8 * 2**20
_COPY: Final = "copy"
_ANCHOR: Final = "anchor"


def verify(
    path: Path,
    anchored: Sequence[Published] = (),
    pinned: Sequence[PublicKey] = (),
    *,
    processes: int = 1,
    part: int = _PART,
) -> Verdict:
    """What is wrong with an export.

    Shape: `anchored` the checkpoints that an anchor has kept; `pinned` the keys to believe, the first key in the copy where
    none is given. Units: `part` in bytes that are read at once. Raises: NoCopy for a file that is no export; OSError.
    """
    copy = glanced(path)
    verdict = Verdict(pinned=bool(pinned))
    verdict.find(*(Finding("UNREADABLE", f"{each} cannot be read") for each in copy.unreadable))
    signed = _Signed(trusted(copy.keys, pinned), verdict)
    signed.add(_COPY, copy.checkpoints)
    signed.add(_ANCHOR, anchored)
    chains, tree = _Chains(verdict), _Tree(verdict, signed)
    for each in _parts(copy, frozenset(signed.heads), processes, part):
        verdict.records += each.records
        verdict.values += each.values
        verdict.find(*each.findings)
        for run in each.runs:
            chains.add(run)
        for stretch in each.stretches:
            tree.add(stretch)
    explained = signed.explained(copy.restorations)
    chains.end((*copy.checkpoints, *anchored), [gap for each in explained for gap in each.gaps])
    tree.end()
    verdict.restorations = [each.told for each in explained]
    verdict.find(*(_gone(each, gap) for each in explained for gap in each.gaps))
    if copy.records is None:
        verdict.find(Finding("TRUNCATED", "the file has no last line: it was cut off"))
    elif copy.records != verdict.records:
        verdict.find(Finding("MISSING", f"{copy.records} records were exported, {verdict.records} are here"))
    verdict.sort()
    return verdict


def _parts(copy: Copy, sizes: frozenset[int], processes: int, about: int) -> Iterator[Part]:
    cuts = list(copy.parts(about))
    if processes < 2 or len(cuts) < 2:
        for begin, end in cuts:
            yield read(str(copy.path), begin, end, sizes, MARK)
        return
    # a fork begins at once; of a process with threads it could hang, so that one begins its own anew
    how = multiprocessing.get_context("fork" if threading.active_count() == 1 else "spawn")
    with ProcessPoolExecutor(processes, mp_context=how) as pool:
        waiting = [pool.submit(read, str(copy.path), begin, end, sizes, MARK) for begin, end in cuts]
        for each in waiting:
            yield each.result()


def _gone(restoration: Restoration, gap: Gap) -> Finding:
    told = f"records {gap.first} to {gap.last} are gone; {restoration.told}"
    return Finding("RESTORED", told, gap.writer, gap.first)


class _Signed:
    """The checkpoints that are signed as they should be, by size."""

    def __init__(self, keys: Trusted, verdict: Verdict) -> None:
        self.heads: dict[int, list[tuple[str, Head]]] = {}
        self.marks: dict[int, bytes] = {}
        self._keys = keys
        self._verdict = verdict
        self._left: list[tuple[Published, int]] = []

    def add(self, source: str, checkpoints: Sequence[Published]) -> None:
        before = -1
        for each in checkpoints:
            try:
                text, key = opened(each.note, self._keys.keys)
                head = Head.read(text)
            except (NotSigned, ValueError) as problem:
                self._bad(source, each, str(problem))
                continue
            if head.size != each.size or head.origin != key.name:
                self._bad(source, each, f"it is signed for {head.size} records of {head.origin}")
            elif not self._keys.may_sign(key, head.size) and source == _ANCHOR:
                self._left.append((each, self._keys.until[key.id]))
            elif not self._keys.may_sign(key, head.size):
                self._bad(source, each, "its key was retired by then")
            else:
                if source == _COPY and head.size <= before:
                    self._bad(source, each, "it stands behind a larger one")
                before = head.size
                self.heads.setdefault(head.size, []).append((source, head))
                self.marks[head.size] = each.marks  # the anchor's come last and win

    def explained(self, told: Sequence[Restoration]) -> list[Restoration]:
        """The restorations at which the keys were turned: they say what became of checkpoints that the anchor has and the
        trail has left. What none of them speaks of is signed by a key that was retired.
        """
        turned = {*self._keys.until.values()}
        good = [each for each in told if each.size in turned]
        for left, until in self._left:
            if not any(each.size == until and left.size <= each.known for each in good):
                self._bad(_ANCHOR, left, "its key was retired by then")
        return good

    def _bad(self, source: str, each: Published, said: str) -> None:
        self._verdict.find(Finding("CHECKPOINT", f"the {source}'s over {each.size} records: {said}"))


class _Chains:
    """Ranges of each writer, held against each other."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self._last: dict[str, tuple[int, bytes]] = {}
        self._there: dict[str, int] = {}
        self._first: dict[str, Run] = {}

    def add(self, run: Run) -> None:
        """Put a range behind those before it."""
        seq, last = self._last.get(run.writer, (0, bytes.fromhex(FIRST)))
        self._first.setdefault(run.writer, run)
        if run.first != seq + 1:
            kind, bad = ("MISSING", seq + 1) if run.first > seq + 1 else ("REORDERED", run.first)
            told = f"behind record {seq} comes record {run.first}"
            self._verdict.find(Finding(kind, told, run.writer, bad, run.place))  # type: ignore[arg-type]  # both are kinds
        elif run.behind != last and run.there:
            place = None if run.place is None else run.place - (1 if seq else 0)
            told = f"it is not the record that {run.first} was linked to" if seq else "it does not begin its chain"
            self._verdict.find(Finding("EDITED", told, run.writer, max(seq, 1), place))
        self._last[run.writer] = (run.first + run.count - 1, run.last if run.there else last)
        self._there[run.writer] = self._there.get(run.writer, 0) + run.there

    def end(self, checkpoints: Sequence[Published], gaps: Sequence[Gap] = ()) -> None:
        """Look for whole chains, and ends of chains, that were there when checkpoints were made; gaps are told of elsewhere."""
        heads: dict[str, int] = {}
        for each in checkpoints:
            for writer, seq in each.heads.items():
                heads[writer] = max(seq, heads.get(writer, 0))
        for gap in gaps:
            if heads.get(gap.writer, 0) <= gap.last:
                heads[gap.writer] = gap.first - 1
        heads = {writer: seq for writer, seq in heads.items() if seq}
        for writer, run in self._first.items():
            heads.setdefault(writer, run.count)
        for writer, seq in sorted(heads.items()):
            if not self._there.get(writer):
                place = self._first[writer].place if writer in self._first else None
                told = f"none of its {seq} records is there"
                self._verdict.find(Finding("LOST_WRITER", told, writer, 1, place))
            elif self._last[writer][0] < seq:
                told = f"its last record here is {self._last[writer][0]}, and there were {seq}"
                self._verdict.find(Finding("TRUNCATED", told, writer, self._last[writer][0] + 1))


class _Tree:
    """The tree over the records as they are, held against every root that was signed."""

    def __init__(self, verdict: Verdict, signed: _Signed) -> None:
        self._verdict = verdict
        self._signed = signed
        self._tree = Frontier()
        self._seen = 0
        self._broken = False
        self._marks = b""

    def add(self, stretch: Stretch) -> None:
        """Put a stretch behind the tree; at its end a root may be known."""
        self._seen = max(self._seen, stretch.last)
        if self._broken:
            return
        if not grown(self._tree, stretch):
            self._broken = True
            if stretch.first != self._tree.size:
                told = f"behind place {self._tree.size - 1} comes place {stretch.first}"
                self._verdict.find(Finding("MISSING", told, place=self._tree.size))
            return
        self._marks += stretch.marks
        heads = self._signed.heads.get(stretch.last, ())
        for source, head in heads:
            if head.root != self._tree.root():
                self._broken = True
                self._verdict.find(self._rebuilt(source, head))
                return
            self._verdict.checkpoints += 1
            self._verdict.covered = head.size
        if heads:
            self._marks = b""

    def _rebuilt(self, source: str, head: Head) -> Finding:
        since = self._verdict.covered
        kept = self._signed.marks.get(head.size, b"")
        told = f"the tree over the first {head.size} records is not what was signed for (the {source}'s checkpoint)"
        if len(kept) == len(self._marks):
            pairs = range(0, len(kept), MARK)
            differs = next((at for at in pairs if kept[at : at + MARK] != self._marks[at : at + MARK]), None)
            if differs is not None:
                return Finding("REBUILT", told, place=since + differs // MARK)
        return Finding("REBUILT", f"{told}; the first bad one is between here and place {head.size - 1}", place=since)

    def end(self) -> None:
        """Look for checkpoints over more records than there are."""
        beyond = sorted(size for size in self._signed.heads if size > self._seen)
        if not beyond:
            return
        sources = {source for size in beyond for source, _ in self._signed.heads[size]}
        told = f"checkpoints were signed for {beyond[-1]} records, {self._seen} have a place here"
        kind = "TRUNCATED" if _COPY in sources else "OLD_COPY"
        self._verdict.find(Finding(kind, told, place=self._seen))  # type: ignore[arg-type]  # both are kinds


def kinds(verdict: Verdict) -> Mapping[str, int]:
    """How many findings there are of each kind."""
    found: dict[str, int] = {}
    for each in verdict.findings:
        found[each.kind] = found.get(each.kind, 0) + 1
    return found
