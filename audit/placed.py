"""Placed: records of the trail in the one order that the tree gives them, read a piece at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select
from sqlmodel import col

from audit.tables import AuditProtected, AuditRange, AuditRecord
from audit.tree import leaf


@dataclass(frozen=True, slots=True)
class Kept:
    """A personal value that is still kept beside a record, with the salt that its commitment is made with."""

    path: str
    salt: str
    value: str


@dataclass(frozen=True, slots=True)
class Placed:
    """One record. Shape: `place` is its number in the tree, from 0 and without gaps; `body` canonical JSON to the letter."""

    place: int
    writer: str
    seq: int
    at: str
    code: str
    outcome: str
    body: str
    prev_hash: str
    hash: str
    kept: tuple[Kept, ...] = ()

    @property
    def leaf(self) -> str:
        """The hash by which it stands in the tree, in hex."""
        return leaf(bytes.fromhex(self.hash)).hex()


@dataclass(frozen=True, slots=True)
class Piece:
    """Records one behind another. Shape: `beyond` is the place behind the last; a record that is gone leaves its place out."""

    records: tuple[Placed, ...]
    beyond: int


def size_of(connection: Connection) -> int:
    """How many records have a place."""
    last = select(col(AuditRange.place), col(AuditRange.count)).order_by(col(AuditRange.place).desc()).limit(1)
    row = connection.execute(last).first()
    return 0 if row is None else int(row[0]) + int(row[1])


def piece(connection: Connection, place: int, most: int, *, values: bool = False) -> Piece:
    """The records from a place on, at most so many; with `values` also what personal values are still kept."""
    found: list[Placed] = []
    beyond = place
    for start, writer, first, count in _ranges(connection, place, most):
        skipped = beyond - start
        wanted = min(count - skipped, most - (beyond - place))
        if wanted <= 0:
            break
        found += _records(connection, start - first, writer, first + skipped, wanted)
        beyond += wanted
    kept = _kept(connection, found) if values and found else {}
    if kept:
        found = [_with(each, tuple(kept.get((each.writer, each.seq), ()))) for each in found]
    return Piece(tuple(found), beyond)


def _ranges(connection: Connection, place: int, most: int) -> list[tuple[int, str, int, int]]:
    columns = (col(AuditRange.place), col(AuditRange.writer), col(AuditRange.first_seq), col(AuditRange.count))
    here = select(*columns).where(col(AuditRange.place) <= place).order_by(col(AuditRange.place).desc()).limit(1)
    later = select(*columns).where(col(AuditRange.place) > place, col(AuditRange.place) < place + most)
    rows = [*connection.execute(here), *connection.execute(later.order_by(col(AuditRange.place)))]
    ranges = [(int(start), str(writer), int(first), int(count)) for start, writer, first, count in rows]
    return [each for each in ranges if each[0] + each[3] > place]


def _records(connection: Connection, shift: int, writer: str, first: int, count: int) -> list[Placed]:
    wanted = (
        select(
            col(AuditRecord.seq),
            col(AuditRecord.at),
            col(AuditRecord.code),
            col(AuditRecord.outcome),
            col(AuditRecord.body),
            col(AuditRecord.prev_hash),
            col(AuditRecord.hash),
        )
        .where(col(AuditRecord.writer) == writer, col(AuditRecord.seq).between(first, first + count - 1))
        .order_by(col(AuditRecord.seq))
    )
    return [
        Placed(int(seq) + shift, writer, int(seq), at, code, outcome, body, prev_hash, hash_)
        for seq, at, code, outcome, body, prev_hash, hash_ in connection.execute(wanted)
    ]


def _kept(connection: Connection, records: Sequence[Placed]) -> Mapping[tuple[str, int], list[Kept]]:
    spans: dict[str, tuple[int, int]] = {}
    for each in records:
        low, high = spans.get(each.writer, (each.seq, each.seq))
        spans[each.writer] = min(low, each.seq), max(high, each.seq)
    protected = AuditProtected
    of_these = or_(
        *(
            and_(col(protected.writer) == writer, col(protected.seq).between(low, high))
            for writer, (low, high) in spans.items()
        )
    )
    columns = (
        col(protected.writer),
        col(protected.seq),
        col(protected.path),
        col(protected.salt),
        col(protected.value),
    )
    found: dict[tuple[str, int], list[Kept]] = {}
    for writer, seq, path, salt, value in connection.execute(select(*columns).where(of_these)):
        found.setdefault((writer, seq), []).append(Kept(path, salt, value))
    return found


def _with(each: Placed, kept: tuple[Kept, ...]) -> Placed:
    return Placed(
        each.place,
        each.writer,
        each.seq,
        each.at,
        each.code,
        each.outcome,
        each.body,
        each.prev_hash,
        each.hash,
        tuple(sorted(kept, key=lambda one: one.path)),
    )
