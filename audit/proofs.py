"""Proofs: that one record is in a tree that was signed for, and that one signed tree goes on from another.

Source: C2SP tlog-proof for the first; for the second the like, a form of our own.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.checkpoint import Head
from audit.note import NotSigned, PublicKey, opened
from audit.tables import AuditCheckpoint, AuditRange, AuditRecord
from audit.tiles import hashes_over
from audit.tree import consistency, inclusion, is_consistent, is_included, leaf

INCLUDED: Final = "c2sp.org/tlog-proof@v1"
GROWN: Final = "okno audit consistency"


class NoProof(Exception):
    """There is nothing to prove it by, or a proof does not hold."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof has shown. Shape: `place` of the record, None of a proof about two trees; `head` the larger tree's."""

    head: Head
    place: int | None = None


async def inclusion_proof(engine: AsyncEngine, writer: str, seq: int) -> str:
    """A proof of one record, by the first checkpoint over it. Raises: NoProof."""
    async with engine.connect() as connection:
        return await connection.run_sync(_inclusion, writer, seq)


async def consistency_proof(engine: AsyncEngine, old: int, new: int | None = None) -> str:
    """A proof that the tree signed for the new size, the last where none is said, begins with that of the old one.

    Raises: NoProof.
    """
    async with engine.connect() as connection:
        return await connection.run_sync(_consistency, old, new)


def check_inclusion(proof: str, hash_: str, keys: Mapping[bytes, PublicKey]) -> Proven:
    """See that a record of this hash is in the tree of the proof. Raises: NoProof."""
    body, _, note = proof.partition("\n\n")
    first, *lines = body.split("\n")
    lines = [each for each in lines if not each.startswith("extra ")]
    if first != INCLUDED or not lines or not lines[0].startswith("index "):
        raise NoProof("this is no proof of a record")
    head = _head(note, keys)
    try:
        place, path = int(lines[0].removeprefix("index ")), _hashes(lines[1:])
        entry = leaf(bytes.fromhex(hash_))
    except ValueError:
        raise NoProof("this is no proof of a record") from None
    if not is_included(entry, place, head.size, path, head.root):
        raise NoProof("the record is not the one that was signed for at this place")
    return Proven(head, place)


def check_consistency(proof: str, keys: Mapping[bytes, PublicKey]) -> Proven:
    """See that the second tree of a proof begins with the first. Raises: NoProof."""
    body, _, rest = proof.partition("\n\n")
    first, *lines = body.split("\n")
    notes = rest.split("\n\n\n")
    if first != GROWN or len(notes) != 2:
        raise NoProof("this is no proof about two checkpoints")
    old, new = _head(notes[0] + "\n", keys), _head(notes[1], keys)
    if old.origin != new.origin or not is_consistent(old.size, old.root, new.size, new.root, _hashes(lines)):
        raise NoProof("the one checkpoint does not go on from the other")
    return Proven(new)


def _inclusion(connection: Connection, writer: str, seq: int) -> str:
    there = select(col(AuditRecord.seq)).where(col(AuditRecord.writer) == writer, col(AuditRecord.seq) == seq)
    if connection.execute(there).first() is None:
        raise NoProof("there is no such record")
    wanted = select(col(AuditRange.place), col(AuditRange.first_seq), col(AuditRange.count)).where(
        col(AuditRange.writer) == writer, col(AuditRange.first_seq) <= seq
    )
    row = connection.execute(wanted.order_by(col(AuditRange.first_seq).desc()).limit(1)).first()
    if row is None or seq >= row.first_seq + row.count:
        raise NoProof("the record has no place in the tree yet")
    place = int(row.place) + seq - int(row.first_seq)
    size, note = _note(connection, place + 1)
    path = hashes_over(connection, inclusion(place, size))
    return "\n".join((INCLUDED, f"index {place}", *map(_text, path))) + f"\n\n{note}"


def _consistency(connection: Connection, old: int, new: int | None) -> str:
    old_size, old_note = _note(connection, old, exactly=True)
    if new is None:
        new = int(
            connection.execute(select(col(AuditCheckpoint.size)).order_by(col(AuditCheckpoint.size).desc())).scalar()
            or 0
        )
    size, note = _note(connection, new, exactly=True)
    if size < old_size:
        raise NoProof("a tree does not go on from a larger one")
    path = hashes_over(connection, consistency(old_size, size)) if size > old_size else []
    return "\n".join((GROWN, *map(_text, path))) + f"\n\n{old_note}\n\n{note}"


def _note(connection: Connection, least: int, *, exactly: bool = False) -> tuple[int, str]:
    size = col(AuditCheckpoint.size)
    wanted = select(size, col(AuditCheckpoint.note)).where(size == least if exactly else size >= least)
    row = connection.execute(wanted.order_by(size).limit(1)).first()
    if row is None:
        raise NoProof(f"no checkpoint {'is over' if exactly else 'stands behind'} {least} records")
    return int(row[0]), str(row[1])


def _head(note: str, keys: Mapping[bytes, PublicKey]) -> Head:
    try:
        return Head.read(opened(note, keys)[0])
    except (NotSigned, ValueError) as problem:
        raise NoProof(f"its checkpoint: {problem}") from None


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _hashes(lines: Sequence[str]) -> list[bytes]:
    try:
        return [base64.b64decode(each, validate=True) for each in lines]
    except binascii.Error:
        raise NoProof("its hashes cannot be read") from None
