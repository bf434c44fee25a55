"""Restoring: a backup put back into an empty place, the trail verified, and what was lost told of by the trail itself."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from audit.anchors import FileAnchor, checkpoints_of
from audit.checkpoint import Published
from audit.export import export
from audit.keys import PUBLIC, KeyRing, NoKey, trusted
from audit.moment import utc_now
from audit.note import NotSigned, opened
from audit.restoration import Loss, loss_of
from audit.sequencer import Sequencer
from audit.verdict import Finding, Verdict
from audit.verify import verify
from gateway.backup.database import is_empty, looked, put_back
from gateway.backup.making import signed_text
from gateway.backup.manifest import SIGNED, BackupManifest, NoBackup, not_newer, read
from gateway.backup.places import ANCHOR, INSTALLATION, KEYS, Places
from gateway.identity.tables import Session
from gateway.policy_making import load_without_secrets
from gateway.revisions import known_revisions
from gateway.store import Store


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. Shape: `findings` are what is wrong besides the loss, which the trail now tells of."""

    manifest: BackupManifest
    loss: Loss
    verdict: Verdict
    findings: tuple[Finding, ...]
    sessions: int
    signed: bool


def restore(
    target: Path, folder: Path, operator: str, *, anchors: Sequence[Path] = (), keys: Path | None = None
) -> Restored:
    """Put a backup back. Shape: `anchors` are more files of kept checkpoints; `keys` the folder of the keys, where they are
    neither in the backup nor where `okno.yaml` says. Raises: NoBackup, ConfigError, OSError.
    """
    manifest, digest = read(target)
    not_newer(manifest, known_revisions())
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NoBackup(f"{folder} is there already: a backup is put back into an empty place")
    installation = load_without_secrets(target / INSTALLATION)
    places = Places.of(installation)
    if not is_empty(places.database):
        raise NoBackup("the database that okno.yaml names is there already and not empty; move it away")
    ring = _ring(target, places, keys)
    signed = _is_signed(target, digest, ring)
    anchored = _anchored(target, places, anchors)
    _known(anchored, ring)
    folder.parent.mkdir(parents=True, exist_ok=True)
    put_back(places.database, target)
    _laid(target, folder, places, ring.folder)
    return asyncio.run(_told(manifest, digest, places, anchored, operator, signed=signed))


def _ring(target: Path, places: Places, keys: Path | None) -> KeyRing:
    """The keys to go on with: those that are in place, those given, those of the backup. Raises: NoBackup where none can sign."""
    tried = [KeyRing(each) for each in (places.keys, keys, target / KEYS) if each is not None]
    there = [each for each in tried if each.announced()]
    if not there:
        return tried[0]  # a trail that was never signed
    problems: list[str] = []
    for each in there:
        try:
            each.signer()
        except (NoKey, OSError, ValueError) as problem:
            problems.append(f"{each.folder}: {problem}")
        else:
            return each
    raise NoBackup(
        "the trail cannot be gone on with: the keys that sign it are neither in this backup nor in place; "
        f"give them by --keys FOLDER ({'; '.join(problems)})"
    )


def _is_signed(target: Path, digest: str, ring: KeyRing) -> bool:
    """Whether the backup's list is signed by the trail's keys. Raises: NoBackup for a signature of something else."""
    file = target / SIGNED
    if not file.is_file():
        return False
    try:
        text, _ = opened(file.read_text(encoding="utf-8"), trusted(ring.announced()).keys)
    except (NotSigned, ValueError) as problem:
        raise NoBackup(f"the backup was changed: {SIGNED}: {problem}") from None
    if text != signed_text(digest):
        raise NoBackup(f"the backup was changed: {SIGNED} is signed for another list of files")
    return True


def _anchored(target: Path, places: Places, anchors: Sequence[Path]) -> list[Published]:
    """Every checkpoint that was kept outside of the database, as far as it is at hand here. Raises: NoBackup."""
    in_place = [places.anchor] if places.anchor is not None else []
    files = [each for each in (*in_place, target / ANCHOR) if each.is_file()]
    found: dict[str, Published] = {}
    for file in (*anchors, *files):
        try:
            for each in checkpoints_of(file.read_text(encoding="utf-8")):
                found.setdefault(each.note, each)
        except (OSError, ValueError) as problem:
            raise NoBackup(f"{file}: expected the checkpoints of an anchor ({problem})") from None
    return list(found.values())


def _known(anchored: Sequence[Published], ring: KeyRing) -> None:
    """See that the keys at hand are not older than what is kept outside. Raises: NoBackup."""
    keys = trusted(ring.announced()).keys
    for each in anchored:
        try:
            opened(each.note, keys)
        except NotSigned as problem:
            told = f"the anchor has a checkpoint over {each.size} records of {each.at}: {problem}"
            raise NoBackup(f"{told}; if the keys were turned since, give the newest by --keys FOLDER") from None


def _laid(target: Path, folder: Path, places: Places, keys: Path) -> None:
    """Put files where they belong; keys and checkpoints that are in place already stay as they are."""
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.copytree(target / INSTALLATION, beside)
    if folder.exists():
        folder.rmdir()
    beside.rename(folder)
    if keys.is_dir() and keys.resolve() != places.keys.resolve():
        places.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in (*keys.glob("*.key"), keys / PUBLIC):
            shutil.copyfile(file, places.keys / file.name)
            (places.keys / file.name).chmod(0o644 if file.name == PUBLIC else 0o600)
    for source, place in (
        (keys / places.code_key.name, places.code_key),
        (target / KEYS / places.code_key.name, places.code_key),
    ):
        if source.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
            place.chmod(0o600)
    if places.anchor is not None and not places.anchor.exists() and (target / ANCHOR).is_file():
        places.anchor.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target / ANCHOR, places.anchor)


async def _told(
    manifest: BackupManifest,
    digest: str,
    places: Places,
    anchored: Sequence[Published],
    operator: str,
    *,
    signed: bool,
) -> Restored:
    """Verify, name the loss, turn the keys where it begins, and say so in the trail before anything else is said there."""
    store = Store(places.database)
    ring = KeyRing(places.keys)
    anchors = [] if places.anchor is None else [FileAnchor(places.anchor)]
    try:
        await asyncio.to_thread(store.migrate)
        loss = await asyncio.to_thread(
            looked, places.database, lambda found: loss_of(found, ring.announced(), anchored)
        )
        ended = 0

        async def end_sessions(session: AsyncSession) -> None:
            nonlocal ended
            # one that was ended since would be good again
            ended = (await session.execute(delete(Session))).rowcount  # type: ignore[attr-defined]  # a result of a change has it

        if ring.announced():
            ring.rotate(loss.size)
        await store.recorded(end_sessions, loss.event(manifest.made_at, digest, operator))
        await Sequencer(store.writing, ring, anchors).settle()
        after = await _verdict(store, ring, anchored)
    finally:
        await store.close()
    wrong = tuple(each for each in after.findings if each.kind != "RESTORED")
    return Restored(manifest, loss, after, wrong, ended, signed)


async def _verdict(store: Store, ring: KeyRing, anchored: Sequence[Published]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="okno-restored-") as name:
        copy = Path(name) / "trail.jsonl"
        with copy.open("wb") as out:
            await export(store.engine, ring.announced(), utc_now(), out.write)
        return await asyncio.to_thread(verify, copy, anchored, [each.key for each in ring.announced()[:1]])
