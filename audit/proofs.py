"""Proofs: that one record is in the tree that was signed for, and that one signed tree goes on from another."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.checkpoint import VerifierKey, opened
from audit.record import linked
from audit.tables import AuditCheckpoint, AuditNode, AuditRecord
from audit.tree import Hashes, consistent, included, leaf_of


class NoProof(Exception):
    """There is nothing to prove it by yet."""


async def inclusion_of(engine: AsyncEngine, writer: str, seq: int) -> dict[str, Any]:
    """A proof for one record: what leads from it to the first checkpoint behind it. Raises: NoProof."""
    async with engine.connect() as connection:
        row = (
            await connection.execute(
                select(col(AuditRecord.place)).where(col(AuditRecord.writer) == writer, col(AuditRecord.seq) == seq)
            )
        ).first()
        if row is None or row.place is None:
            raise NoProof("no such record has a place in the tree")
        note = (
            await connection.execute(
                select(col(AuditCheckpoint.size), col(AuditCheckpoint.note))
                .where(col(AuditCheckpoint.size) > row.place)
                .order_by(col(AuditCheckpoint.size))
                .limit(1)
            )
        ).first()
        if note is None:
            raise NoProof("no checkpoint stands behind it yet")
        path = await connection.run_sync(lambda sync: _hashes(sync).inclusion(row.place, note.size))
    return {"place": row.place, "path": [_text(each) for each in path], "checkpoint": note.note}


async def consistency_of(engine: AsyncEngine, old: int, new: int) -> list[str]:
    """A proof that the tree of one size goes on from a smaller one."""
    async with engine.connect() as connection:
        return [_text(each) for each in await connection.run_sync(lambda sync: _hashes(sync).consistency(old, new))]


def _hashes(connection: Connection) -> Hashes:
    def leaves(begin: int, end: int) -> Iterable[bytes]:
        place = col(AuditRecord.place)
        wanted = select(col(AuditRecord.hash)).where(place >= begin, place < end).order_by(place)
        return [leaf_of(row.hash) for row in connection.execute(wanted)]

    def whole(level: int, place: int) -> bytes | None:
        wanted = select(col(AuditNode.hash)).where(col(AuditNode.level) == level, col(AuditNode.place) == place)
        found = connection.execute(wanted).scalar()
        return None if found is None else bytes.fromhex(found)

    return Hashes(leaves, whole)


def proven(prev_hash: str, body: str, proof: Mapping[str, Any], keys: Sequence[VerifierKey]) -> bool:
    """Whether a proof shows a record, as text, in a signed tree. Raises: BadCheckpoint."""
    checkpoint = opened(str(proof["checkpoint"]), list(keys))
    leaf = leaf_of(linked(prev_hash, body))
    return included(
        leaf, int(proof["place"]), checkpoint.size, [_bytes(each) for each in proof["path"]], checkpoint.root
    )


def goes_on(old_note: str, new_note: str, path: Sequence[str], keys: Sequence[VerifierKey]) -> bool:
    """Whether one checkpoint goes on from another. Raises: BadCheckpoint."""
    old, new = opened(old_note, list(keys)), opened(new_note, list(keys))
    return consistent(old.size, new.size, old.root, new.root, [_bytes(each) for each in path])


def size_of(proof: Mapping[str, Any]) -> int:
    """Bytes of a proof as it is handed over, the checkpoint's note included."""
    return len(orjson.dumps(proof))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
