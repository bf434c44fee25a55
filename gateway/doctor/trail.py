"""The trail in short: its keys, its last records and checkpoint, and whether the anchor knows of more. `okno audit verify` tells all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, select
from sqlmodel import col

from audit.anchors import checkpoints_of
from audit.checkpoint import Head, Published
from audit.keys import Announced, KeyRing, NoKey, trusted
from audit.note import NotSigned, opened
from audit.publishing import kept
from audit.record import linked
from audit.tables import AuditCheckpoint, AuditRange, AuditRecord
from audit.tiles import root
from gateway.doctor.database import Unborn, asked
from gateway.doctor.examining import Patient, Said, check

_LAST: Final = 500
"""Records whose chain is looked at."""


@check("keys")
async def keys_can_sign(patient: Patient) -> AsyncIterator[Said]:
    """The key that is announced last is there."""
    assert patient.file is not None
    ring = KeyRing(Path(patient.file.audit.keys))
    try:
        if not ring.announced():
            yield Said("ok", "keys", "none yet; the first record makes them")
            return
        signer = ring.signer()
    except (NoKey, OSError, ValueError) as problem:
        yield Said("fault", "keys", str(problem), "put the keys back: without them nothing is signed any more")
        return
    yield Said("ok", "keys", f"{signer.public.name}, {len(ring.announced())} so far")


@check("trail")
async def trail_is_sound_in_short(patient: Patient) -> AsyncIterator[Said]:
    """The last checkpoint is signed and is over what is there; the last records hang together."""
    assert patient.file is not None
    ring = KeyRing(Path(patient.file.audit.keys))
    try:
        announced = ring.announced()
        said = await asked(patient.file.database, lambda connection: _looked(connection, announced))
    except Unborn:
        said = Said("ok", "trail", "not begun")
    except Exception as problem:  # noqa: BLE001  # whatever the driver or a file says
        said = Said("fault", "trail", f"cannot be read: {type(problem).__name__}", "see the database and the keys")
    yield said


@check("anchor")
async def anchor_knows_no_more(patient: Patient) -> AsyncIterator[Said]:
    """What is kept outside of the database agrees with it."""
    assert patient.file is not None
    place = patient.file.audit.anchor
    if place is None and not patient.file.audit.anchors:
        todo = "set audit.anchor to a file that the database's administrator cannot write"
        yield Said("warning", "anchor", "nothing outside of the database knows the trail", todo)
        return
    if place is None:
        yield Said("ok", "anchor", f"{len(patient.file.audit.anchors)} addresses; not asked from here")
        return
    try:
        text = await asyncio.to_thread(_read, Path(place))
        announced = KeyRing(Path(patient.file.audit.keys)).announced()
        said = await asked(
            patient.file.database, lambda connection: _compared(connection, checkpoints_of(text), announced, place)
        )
    except Unborn:
        said = Said("ok", "anchor", "not begun")
    except Exception as problem:  # noqa: BLE001  # as above
        said = Said("fault", "anchor", f"cannot be compared: {type(problem).__name__}", f"see {place}")
    yield said


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _looked(connection: Connection, announced: list[Announced]) -> Said:
    if not inspect(connection).has_table("audit_record"):
        return Said("ok", "trail", "not begun")
    last = connection.execute(select(col(AuditCheckpoint.size)).order_by(col(AuditCheckpoint.size).desc()).limit(1))
    size = last.scalar()
    if size is None:
        return Said("ok", "trail", "nothing is signed yet")
    (checkpoint,) = kept(connection, after=int(size) - 1)
    todo = "take a copy and run `okno audit verify`; tell security"
    try:
        text, _ = opened(checkpoint.note, trusted(announced).keys)
    except NotSigned as problem:
        return Said("fault", "trail", f"the checkpoint over {size} records: {problem}", todo)
    head = Head.read(text)
    if head.size != size or head.root != root(connection, head.size):
        return Said("fault", "trail", f"the tree over {size} records is not what was signed for", todo)
    broken = _broken(connection)
    if broken:
        return Said("fault", "trail", f"{broken} is not what was written", todo)
    return Said("ok", "trail", f"{size} records signed for on {checkpoint.at[:19]}; the last {_LAST} hang together")


def _broken(connection: Connection) -> str | None:
    ranges = select(col(AuditRange.writer)).order_by(col(AuditRange.place).desc()).limit(1)
    writer = connection.execute(ranges).scalar()
    columns = (col(AuditRecord.seq), col(AuditRecord.prev_hash), col(AuditRecord.body), col(AuditRecord.hash))
    wanted = (
        select(*columns).where(col(AuditRecord.writer) == writer).order_by(col(AuditRecord.seq).desc()).limit(_LAST)
    )
    after: str | None = None
    for seq, prev_hash, body, hash_ in connection.execute(wanted):
        if linked(prev_hash, body) != hash_ or (after is not None and hash_ != after):
            return f"record {seq} of {writer}"
        after = prev_hash
    return None


def _compared(connection: Connection, anchored: list[Published], announced: list[Announced], place: str) -> Said:
    if not inspect(connection).has_table("audit_checkpoint"):
        return Said("ok", "anchor", "not begun") if not anchored else _more(anchored[-1].size, 0)
    keys = trusted(announced)
    ours = {each.size: each.note for each in kept(connection)}
    known: dict[int, str] = {}
    for each in anchored:
        try:
            text, key = opened(each.note, keys.keys)
        except NotSigned:
            return Said(
                "fault", "anchor", f"a checkpoint over {each.size} records is signed by no key of ours", f"see {place}"
            )
        if keys.may_sign(
            key, Head.read(text).size
        ):  # others were left behind by a restoration, which the trail tells of
            known[each.size] = each.note
    newest, most = max(known, default=0), max(ours, default=0)
    if newest > most:
        return _more(newest, most)
    if newest and ours.get(newest) not in (None, known[newest]) and _root(ours[newest]) != _root(known[newest]):
        return Said(
            "fault", "anchor", f"it has another tree over {newest} records", "run `okno audit verify`; tell security"
        )
    if not known and ours:
        return Said(
            "warning", "anchor", f"{place} has none of {len(ours)} checkpoints", "see whether it can be written"
        )
    return Said("ok", "anchor", f"agrees up to {newest} records")


def _more(newest: int, most: int) -> Said:
    told = f"it knows of {newest} records, the database of {most}: an old state was put back"
    return Said("fault", "anchor", told, "put a backup back by `okno restore`, which records what is missing")


def _root(note: str) -> bytes:
    return Head.read(note.rpartition("\n\n")[0] + "\n").root
