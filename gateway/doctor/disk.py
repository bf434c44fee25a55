"""The disk: room to write, and files that nobody else can read or change."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from gateway.backup.places import Places, referred
from gateway.doctor.examining import Patient, Said, check

_LITTLE: Final = 2**30
_TOO_LITTLE: Final = 100 * 2**20


@check("disk", needs="rights")
async def there_is_room(patient: Patient) -> AsyncIterator[Said]:
    """Where database, keys, anchor and index are written."""
    assert patient.rights is not None
    free = {folder: shutil.disk_usage(folder).free for folder in {*map(_nearest, _written(Places.of(patient.rights)))}}
    folder, least = min(free.items(), key=lambda each: each[1])
    said = f"{least / 2**30:.1f} GiB free at {folder}"
    if least < _TOO_LITTLE:
        yield Said("fault", "disk", said, "make room: what cannot be recorded is not done")
    elif least < _LITTLE:
        yield Said("warning", "disk", said, "make room soon: what cannot be recorded is not done")
    else:
        yield Said("ok", "disk", said)


@check("files", needs="rights")
async def files_are_private(patient: Patient) -> AsyncIterator[Said]:
    """Keys and secrets belong to one account; the configuration is not changed by everybody."""
    assert patient.rights is not None
    places = Places.of(patient.rights)
    wrong = [*_open_to_others(places, patient.folder)]
    for file, mode, todo in wrong:
        yield Said("fault", "files", f"{file} has mode {mode:04o}", todo)
    loose = [each for each in _personal(places) if each.is_file() and each.stat().st_mode & 0o077]
    for file in loose:
        said = f"{file} has mode {file.stat().st_mode & 0o777:04o} and holds personal data"
        yield Said("warning", "files", said, f"chmod 600 {file}")
    if not wrong and not loose:
        yield Said("ok", "files", "keys, secrets and personal data are for one account alone")


def _written(places: Places) -> Iterator[Path]:
    yield places.keys
    url = make_url(places.database)
    if url.get_backend_name() == "sqlite" and url.database:
        yield Path(url.database)
    for each in (places.anchor, places.index):
        if each is not None:
            yield each


def _nearest(path: Path) -> Path:
    """The folder that a path is, or will be, in."""
    here = path.resolve()
    while not here.is_dir():
        here = here.parent
    return here


def _open_to_others(places: Places, folder: Path) -> Iterator[tuple[Path, int, str]]:
    for secret in (*places.keys.glob("*.key"), places.code_key, *referred(folder)):
        if secret.is_file() and (mode := secret.stat().st_mode & 0o777) & 0o077:
            yield secret, mode, f"chmod 600 {secret}"
    for file in (folder, *folder.rglob("*")):
        if not file.is_symlink() and (mode := file.stat().st_mode & 0o777) & 0o002:
            yield file, mode, f"chmod o-w {file}: everybody here can change rights"


def _personal(places: Places) -> Iterator[Path]:
    url = make_url(places.database)
    if url.get_backend_name() == "sqlite" and url.database:
        yield Path(url.database)
    if places.index is not None:
        yield places.index
