"""Making a backup: database, installation and what proves the trail, into a new folder, while the gateway runs."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from audit.event import Event
from audit.keys import PUBLIC, KeyRing, NoKey
from audit.moment import utc_now, written
from audit.restoration import Standing, standing_of
from gateway.backup.database import put_aside
from gateway.backup.manifest import (
    FORM,
    SIGNED,
    BackupManifest,
    NoBackup,
    TrailPart,
    our_version,
    parts_of,
    sync,
    write,
)
from gateway.backup.places import ANCHOR, INSTALLATION, KEYS, Places, files_of
from gateway.policy_making import load_without_secrets
from gateway.store import Store


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made. Shape: `digest` is the SHA-256 of its manifest. Units: `size` in bytes."""

    manifest: BackupManifest
    digest: str
    size: int


def make(folder: Path, target: Path, *, with_keys: bool) -> Made:
    """Put an installation aside. Nothing is left half-made. Raises: NoBackup, ConfigError, OSError."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NoBackup(f"{target} is there already: a backup goes into a new folder")
    installation = load_without_secrets(folder)
    places = Places.of(installation)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.mkdir(mode=0o700)
    try:
        seen, file = put_aside(places.database, beside, _seen)
        standing, revision = seen
        left = [*_configuration(folder, places, beside), *_proofs(places, beside, with_keys=with_keys)]
        if places.index is not None:
            left.append("the search index: the next sweeps fill it again")
        manifest = BackupManifest(
            okno_backup=FORM,
            made_at=written(utc_now()),
            okno=our_version(),
            revision=revision,
            database="sqlite" if file.endswith(".db") else "postgresql",
            trail=_trail(standing),
            keys=with_keys,
            files=parts_of(beside),
            left_out=tuple(left),
        )
        digest = write(beside, manifest)
        _sign(beside, KeyRing(places.keys), digest)
        sync(beside)
        if target.exists():
            target.rmdir()  # empty, as was seen; the rename needs its name
        beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return Made(manifest, digest, sum(each.size for each in manifest.files.values()))


async def record(folder: Path, made: Made, target: Path, operator: str) -> None:
    """Say in the trail that everything was copied, and by whom. Raises: TrailUnavailable."""
    trail = made.manifest.trail
    detail = {"target": target.name, "backup": made.digest, "keys": made.manifest.keys, "size": trail.size}
    event = Event(code="backup.made", stage="outcome", outcome="success", operator=operator, detail=detail)
    store = Store(load_without_secrets(folder).file.database)

    async def nothing(_session: object) -> None:
        """A copy changes nothing; that it was taken is recorded."""

    try:
        await store.recorded(nothing, event)
    finally:
        await store.close()


def _seen(connection: Connection) -> tuple[Standing, str]:
    return standing_of(connection), str(
        connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    )


def _trail(standing: Standing) -> TrailPart:
    return TrailPart(
        size=standing.size, root=standing.root, at=standing.at, placed=standing.placed, records=standing.records
    )


def _configuration(folder: Path, places: Places, into: Path) -> list[str]:
    taken, left = files_of(folder, places)
    for file in taken:
        copy = into / INSTALLATION / file.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    return left


def _proofs(places: Places, into: Path, *, with_keys: bool) -> list[str]:
    """The anchor's checkpoints and the keys. The public ones always come along: whoever verifies needs them."""
    left: list[str] = []
    if places.anchor is not None and places.anchor.is_file():
        shutil.copyfile(places.anchor, into / ANCHOR)
    ring = KeyRing(places.keys)
    if not ring.announced():
        return left
    (into / KEYS).mkdir(mode=0o700)
    shutil.copyfile(places.keys / PUBLIC, into / KEYS / PUBLIC)
    secret = [*places.keys.glob("*.key"), *([places.code_key] if places.code_key.is_file() else [])]
    if not with_keys:
        return [*left, f"the keys that sign the trail ({places.keys}): keep a copy elsewhere, or say --with-keys"]
    for file in secret:
        copy = into / KEYS / file.name
        shutil.copyfile(file, copy)
        copy.chmod(0o600)
    return left


def _sign(folder: Path, ring: KeyRing, digest: str) -> None:
    """Have the manifest signed by the key of the trail, where it is at hand: then a changed manifest is told, too."""
    try:
        note = ring.signer().sign(signed_text(digest))
    except (NoKey, OSError, ValueError):
        return
    (folder / SIGNED).write_text(note, encoding="utf-8")


def signed_text(digest: str) -> str:
    """What is signed of a backup."""
    return f"okno backup\n{digest}\n"
