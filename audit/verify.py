"""Verify: whether an exported trail is whole and unchanged, offline, and where it is not.

Each record is held against its hash, its chain and its place; every signed checkpoint, and every one that an anchor has
kept, against the tree over the records. A chain alone misses a trail that was rebuilt as a whole: the anchor does not.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from audit.checkpoint import BadCheckpoint, Checkpoint, VerifierKey, opened
from audit.export import FORM
from audit.record import COMMITTED, FIRST, commitment
from audit.tree import Frontier

_MOST_FINDINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. Shape: `kind` is of a closed list; `where` names the first bad record, or what lacks."""

    kind: str
    where: str
    said: str


@dataclass(slots=True)
class Verdict:
    """What was found. Shape: `records` and `checkpoints` counted; `covered` records stand behind a good checkpoint."""

    records: int = 0
    checkpoints: int = 0
    covered: int = 0
    values: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def find(self, kind: str, where: str, said: str) -> None:
        """Note what is wrong; the first hundred are told."""
        if len(self.findings) < _MOST_FINDINGS:
            self.findings.append(Finding(kind, where, said))


@dataclass(slots=True)
class _Walk:
    verdict: Verdict
    trusted: list[VerifierKey]
    chains: dict[str, tuple[int, str]] = field(default_factory=dict)
    tree: Frontier = field(default_factory=Frontier)
    wanted: dict[int, list[tuple[str, Checkpoint]]] = field(default_factory=dict)
    good_until: int = 0
    broken: bool = False


def verified(lines: Iterable[str], anchored: Sequence[str] = (), trusted: Sequence[VerifierKey] = ()) -> Verdict:
    """What is wrong with an export.

    Shape: `lines` as exported; `anchored` the notes that an anchor has kept; `trusted` the keys that may have signed: those
    in the export count only where none are given. Raises: ValueError for a text that is no export.
    """
    rows = list(lines)  # checkpoints and keys stand around the records that they are about
    head = rows[0].split("\t") if rows else [""]
    if head[0] != "okno-trail" or len(head) < 3 or head[1] != FORM:
        raise ValueError("this is no trail as `okno audit export` writes it")
    walk = _Walk(Verdict(), list(trusted))
    notes: list[tuple[str, str]] = [("anchor", each) for each in anchored]
    for row in rows:
        if row.startswith("key\t") and not trusted:
            walk.trusted.append(VerifierKey.read(row[4:]))
        elif row.startswith("checkpoint\t"):
            notes.append(("export", orjson.loads(row[11:])))
    _open(walk, notes)
    bodies: dict[tuple[str, str], str] = {}
    values = [row.rstrip("\n").split("\t", 5) for row in rows if row.startswith("value\t")]
    committed = {(each[1], each[2]) for each in values if len(each) == 6}
    _records(walk, rows, committed, bodies)
    _values(walk, values, bodies)
    return walk.verdict


def _open(walk: _Walk, notes: Sequence[tuple[str, str]]) -> None:
    for source, note in notes:
        try:
            checkpoint = opened(note, walk.trusted)
        except BadCheckpoint as problem:
            walk.verdict.find("CHECKPOINT", f"checkpoint of the {source}", str(problem))
            continue
        walk.wanted.setdefault(checkpoint.size, []).append((source, checkpoint))


def _records(
    walk: _Walk, rows: Sequence[str], committed: set[tuple[str, str]], bodies: dict[tuple[str, str], str]
) -> None:
    verdict, chains, tree, wanted = walk.verdict, walk.chains, walk.tree, walk.wanted
    sha256 = hashlib.sha256
    append = tree.append
    for row in rows:
        if not row.startswith("record\t"):
            continue
        parts = row[7:-1].split("\t", 5) if row.endswith("\n") else row[7:].split("\t", 5)
        if len(parts) != 6:
            verdict.find("FORM", f"line {row[:60]!r}", "a record that cannot be read")
            continue
        place, writer, said, prev, hash_, body = parts
        verdict.records += 1
        seq = int(said) if said.isdigit() else -1
        if sha256((prev + body).encode()).hexdigest() != hash_:
            verdict.find("EDITED", f"{writer} {seq}", "its hash is not that of its text")
        elif f'"seq":{seq},' not in body or f'"writer":"{writer}"' not in body:
            verdict.find("EDITED", f"{writer} {seq}", "it stands under another name or number than its text says")
        last, before = chains.get(writer, (0, FIRST))
        if seq != last + 1:
            kind = "MISSING" if seq > last + 1 else "REORDERED"
            verdict.find(kind, f"{writer} {last + 1}", f"behind {last} comes {seq}")
        elif prev != before:
            verdict.find("BROKEN_CHAIN", f"{writer} {seq}", "it does not follow the record before it")
        chains[writer] = (seq, hash_)
        if (writer, said) in committed:
            bodies[writer, said] = body
        if place:
            if int(place) != tree.size:
                verdict.find("MISSING", f"place {tree.size}", f"behind place {tree.size - 1} comes {place}")
                tree.size = int(place)  # what follows is told by its own place, not by this gap
                walk.broken = True
            append(sha256(b"\x00" + bytes.fromhex(hash_)).digest())
            if tree.size in wanted:
                _hold(walk, tree.size)
    for size in sorted(wanted):
        if size > tree.size:
            sources = ", ".join(sorted({source for source, _ in wanted[size]}))
            verdict.find(
                "TRUNCATED", f"place {tree.size}", f"{sources}: {size} records were signed for, here are {tree.size}"
            )
            break


def _hold(walk: _Walk, size: int) -> None:
    """Hold every checkpoint of this size against the tree."""
    root = walk.tree.root()
    for source, checkpoint in walk.wanted[size]:
        walk.verdict.checkpoints += 1
        if checkpoint.root == root and not walk.broken:
            walk.good_until = size
            walk.verdict.covered = size
        elif not walk.broken:
            walk.broken = True
            walk.verdict.find(
                "REBUILT",
                f"places {walk.good_until} to {size - 1}",
                f"the tree over the first {size} records is another than the {source} has signed for",
            )


def _values(walk: _Walk, values: Sequence[Sequence[str]], bodies: dict[tuple[str, str], str]) -> None:
    """Hold the personal values that are still there against what the records commit to."""
    for parts in values:
        if len(parts) != 6:
            walk.verdict.find("FORM", "a value", "it cannot be read")
            continue
        _, writer, seq, path, salt, value = parts
        walk.verdict.values += 1
        said = commitment(salt, value)
        body = bodies.get((writer, seq))
        if body is None or _at(orjson.loads(body), path) != {COMMITTED: said}:
            walk.verdict.find("VALUE", f"{writer} {seq} {path}", "the value is not what the record commits to")


def _at(body: object, path: str) -> object:
    found = body
    for name in path.split("."):
        if isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return None
    return found
