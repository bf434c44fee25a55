"""Places: where an installation keeps what, and which of it a backup takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy.engine import make_url

from gateway.around import code_key_file
from gateway.settings import Installation

INSTALLATION: Final = "installation"
KEYS: Final = "keys"
ANCHOR: Final = "audit-anchor.txt"
_HISTORY: Final = ".git"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of an installation lie; relative paths count from the folder in which commands are run."""

    database: str
    keys: Path
    code_key: Path
    anchor: Path | None
    index: Path | None

    @classmethod
    def of(cls, installation: Installation) -> "Places":
        """As `okno.yaml` says."""
        file = installation.file
        return cls(
            file.database,
            Path(file.audit.keys),
            code_key_file(file.notices, file.audit.keys),
            None if file.audit.anchor is None else Path(file.audit.anchor),
            None if file.search_index == ":memory:" else Path(file.search_index),
        )

    def apart(self) -> list[Path]:
        """What is taken in another way, or not at all, should it lie inside of the installation's folder."""
        url = make_url(self.database)
        own = [Path(url.database)] if url.get_backend_name() == "sqlite" and url.database else []
        beside = [
            file.with_name(file.name + end) for file in (*own, *self._index()) for end in ("-wal", "-shm", "-journal")
        ]
        found = [*own, *beside, *self._index(), self.keys, self.code_key, *([self.anchor] if self.anchor else [])]
        return [each.resolve() for each in found]

    def _index(self) -> list[Path]:
        return [] if self.index is None else [self.index]


def files_of(folder: Path, places: Places) -> tuple[list[Path], list[str]]:
    """The files of an installation's folder that belong to its configuration, and in words what is left out of it."""
    apart, secrets = places.apart(), [each.resolve() for each in referred(folder)]
    taken: list[Path] = []
    left: list[str] = []
    if (folder / _HISTORY).exists():
        left.append(f"{_HISTORY}: the history of the installation's folder")
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = file.relative_to(folder)
        real = file.resolve()
        if name.parts[0] == _HISTORY or any(real.is_relative_to(each) for each in apart):
            continue
        if real in secrets:
            left.append(f"{name}: a secret that a source or a service is reached with")
            continue
        taken.append(file)
    return taken, left


def referred(folder: Path) -> Iterator[Path]:
    """The files that `okno.yaml` refers to: secrets, nearly always."""

    def words(said: Any) -> Iterator[str]:
        if isinstance(said, str):
            yield said
        elif isinstance(said, dict):
            for value in said.values():
                yield from words(value)
        elif isinstance(said, list):
            for value in said:
                yield from words(value)

    said = yaml.safe_load((folder / "okno.yaml").read_text(encoding="utf-8"))
    for word in words(said):
        if word.startswith("file:"):
            yield Path(word.removeprefix("file:"))
