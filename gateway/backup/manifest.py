"""Manifest of a backup: what is in it, to the byte, and how far the trail was. What does not match it is not put back."""

import hashlib
import os
from collections.abc import Collection, Mapping
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from pydantic import Field, ValidationError, field_validator

from sources.kit.yaml_file import Strict

FORM: Final = 1
FILE: Final = "manifest.json"
SIGNED: Final = "manifest.sig"
_PIECE: Final = 2**20


class NoBackup(Exception):
    """A backup cannot be made or put back; the text says why, and what would help."""


class Part(Strict):
    """One file. Units: `size` in bytes."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class TrailPart(Strict):
    """How far the trail was. Shape: `size` and `root` of its last checkpoint; `records` counts those without a place, too."""

    size: int = Field(ge=0)
    root: str | None
    at: str | None
    placed: int = Field(ge=0)
    records: int = Field(ge=0)


class BackupManifest(Strict):
    """Everything about a backup. Shape: `files` by their path inside of it; `left_out` says in words what is not there."""

    okno_backup: Literal[1]
    made_at: str
    okno: str
    revision: str
    database: Literal["sqlite", "postgresql"]
    trail: TrailPart
    keys: bool
    files: dict[str, Part]
    left_out: tuple[str, ...]

    @field_validator("files")
    @classmethod
    def _stay_inside(cls, files: dict[str, Part]) -> dict[str, Part]:
        for name in files:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name:
                raise ValueError(f"expected a path inside of the backup, is {name!r}")
        return files


def our_version() -> str:
    """The version of this program."""
    return version("okno")


def part_of(file: Path) -> Part:
    """A file as a manifest lists it."""
    digest = hashlib.sha256()
    size = 0
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return Part(sha256=digest.hexdigest(), size=size)


def parts_of(folder: Path) -> dict[str, Part]:
    """Every file of a folder but the manifest itself."""
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    named = {each.relative_to(folder).as_posix(): each for each in files}
    return {name: part_of(file) for name, file in named.items() if name not in (FILE, SIGNED)}


def write(folder: Path, manifest: BackupManifest) -> str:
    """Write the manifest. Returns: its SHA-256, by which the backup is known."""
    text = manifest.model_dump_json(indent=2) + "\n"
    (folder / FILE).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def read(folder: Path) -> tuple[BackupManifest, str]:
    """The manifest of a backup, and its SHA-256; every file is held against it. Raises: NoBackup."""
    try:
        text = (folder / FILE).read_bytes()
    except OSError:
        raise NoBackup(f"{folder} is no backup: there is no {FILE}") from None
    try:
        manifest = BackupManifest.model_validate_json(text)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise NoBackup(
            f"{folder / FILE}: {where or 'the file'}: {first['msg'].removeprefix('Value error, ')}"
        ) from None
    _matches(folder, manifest.files)
    return manifest, hashlib.sha256(text).hexdigest()


def _matches(folder: Path, files: Mapping[str, Part]) -> None:
    outside = [each for each in folder.rglob("*") if each.is_symlink()]
    if outside:
        raise NoBackup(f"the backup was changed: {outside[0].relative_to(folder)} is a link")
    there = parts_of(folder)
    missing, strange = sorted(files.keys() - there.keys()), sorted(there.keys() - files.keys())
    changed = sorted(name for name in files.keys() & there.keys() if files[name] != there[name])
    said = [("is not there", missing), ("is not the one that was put aside", changed), ("was put there later", strange)]
    for what, names in said:
        if names:
            more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
            raise NoBackup(f"the backup was changed: {names[0]} {what}{more}")


def not_newer(manifest: BackupManifest, known: Collection[str]) -> None:
    """See that this program understands a backup. Shape: `known` has the revisions it knows. Raises: NoBackup."""
    if manifest.revision not in known or _numbers(manifest.okno) > _numbers(our_version()):
        made = f"Okno {manifest.okno} (database revision {manifest.revision})"
        raise NoBackup(
            f"the backup was made by {made}, this is Okno {our_version()}: put it back with that one or a newer"
        )


def _numbers(said: str) -> tuple[int, ...]:
    return tuple(int(each) for each in said.split("+", maxsplit=1)[0].split(".") if each.isdigit())


def sync(folder: Path) -> None:
    """See to it that everything in a folder is on the disk."""
    for each in [*(file for file in folder.rglob("*") if file.is_file()), folder]:
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
