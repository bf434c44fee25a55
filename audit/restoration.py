"""Restoration: what the trail says of itself after a backup was put back: which records are gone, by writer and number.

A loss is never hidden: the record names it, and who verifies a copy is told each time. The keys are turned at the size of the
tree that came back, so that what was signed for beyond it, and is gone, is told from what was written since.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlmodel import col

from audit.checkpoint import Head, Published
from audit.event import Event
from audit.keys import Announced, trusted
from audit.note import NotSigned, opened
from audit.placed import size_of
from audit.publishing import kept
from audit.tables import AuditRecord

CODE: Final = "trail.restored"


@dataclass(frozen=True, slots=True)
class Gap:
    """Records of one writer that are gone, from one number to another."""

    writer: str
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Restoration:
    """A backup that was put back, as its record tells.

    Shape: `size` records had a signed place in what came back, and checkpoints over up to `known` were kept outside;
    `writer` and `seq` say where the record stands.
    """

    writer: str
    seq: int
    made_at: str
    size: int
    known: int
    gaps: tuple[Gap, ...]

    @property
    def missing(self) -> int:
        """How many records are known to be gone."""
        return sum(each.count for each in self.gaps)

    @property
    def told(self) -> str:
        """In words."""
        where = f"record {self.seq} of {self.writer} tells of it"
        return f"a backup of {self.made_at} was put back, {self.missing} records missing: {where}"

    @classmethod
    def read(cls, body: Any) -> "Restoration":
        """From the body of its record. Raises: ValueError."""
        try:
            said = body["detail"]
            gaps = tuple(Gap(str(writer), int(first), int(last)) for writer, first, last in said.get("lost", ()))
            return cls(
                str(body["writer"]),
                int(body["seq"]),
                str(said["made_at"]),
                int(said["size"]),
                int(said["known"]),
                gaps,
            )
        except (KeyError, TypeError, AttributeError):
            raise ValueError("not a record of a restoration") from None


@dataclass(frozen=True, slots=True)
class Loss:
    """What checkpoints kept outside know and a trail that came back lacks. Shape: as in `Restoration`."""

    size: int
    known: int
    gaps: tuple[Gap, ...]

    @property
    def missing(self) -> int:
        """How many records."""
        return sum(each.count for each in self.gaps)

    def event(self, made_at: str, backup: str, operator: str) -> Event:
        """The record of it. Shape: `backup` is the SHA-256 of the backup's list."""
        detail = {
            "made_at": made_at,
            "backup": backup,
            "size": self.size,
            "known": self.known,
            "missing": self.missing,
            "lost": [[each.writer, each.first, each.last] for each in self.gaps],
        }
        return Event(code=CODE, stage="outcome", outcome="success", operator=operator, object=backup, detail=detail)


def loss_of(connection: Connection, announced: Sequence[Announced], anchored: Sequence[Published]) -> Loss:
    """What a trail lacks of that which was signed for. Raises: ValueError for a checkpoint that no known key has signed."""
    size = signed_size(connection)
    keys = trusted(announced)
    known = size
    heads: dict[str, int] = {}
    for each in anchored:
        try:
            text, key = opened(each.note, keys.keys)
            head = Head.read(text)
        except (NotSigned, ValueError) as problem:
            raise ValueError(f"the checkpoint over {each.size} records: {problem}") from None
        # what an earlier restoration has left behind is told by a record of its own, which is in what came back
        if head.size <= size or keys.until.get(key.id, size) < size:
            continue
        known = max(known, head.size)
        for writer, seq in each.heads.items():
            heads[writer] = max(seq, heads.get(writer, 0))
    there = _last_of(connection)
    gaps = [Gap(name, there.get(name, 0) + 1, seq) for name, seq in sorted(heads.items()) if seq > there.get(name, 0)]
    return Loss(size, known, tuple(gaps))


def signed_size(connection: Connection) -> int:
    """Over how many records the last checkpoint of a database is."""
    checkpoints = kept(connection, after=-1)
    return checkpoints[-1].size if checkpoints else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a trail is. Shape: `root` in Base64, None before the first checkpoint; `placed` and `records` count more."""

    size: int
    root: str | None
    at: str | None
    placed: int
    records: int


def standing_of(connection: Connection) -> Standing:
    """How far the trail of a database is."""
    checkpoints = kept(connection)
    records = int(connection.execute(select(func.count()).select_from(AuditRecord)).scalar() or 0)
    if not checkpoints:
        return Standing(0, None, None, size_of(connection), records)
    last = checkpoints[-1]
    head = Head.read(last.note.rpartition("\n\n")[0] + "\n")
    return Standing(last.size, base64.b64encode(head.root).decode(), last.at, size_of(connection), records)


def _last_of(connection: Connection) -> Mapping[str, int]:
    rows = connection.execute(
        select(col(AuditRecord.writer), func.max(col(AuditRecord.seq))).group_by(col(AuditRecord.writer))
    )
    return {str(writer): int(last) for writer, last in rows}
