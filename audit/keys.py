"""Keys: with what checkpoints are signed, one after another, each named by the one before it."""

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.note import NotSigned, PublicKey, Signer, opened

PUBLIC: Final = "public.jsonl"
ORIGIN: Final = "okno.audit"
"""How the name of every trail begins; what follows tells trails apart."""
_SUCCESSION: Final = "okno audit key"


class NoKey(Exception):
    """There is no key to sign with here, or it is not the one that is announced."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A public key as it is published. Shape: `note` is the predecessor's word for it, None of the first; `since` the
    size of the tree from which on it signs.
    """

    key: PublicKey
    since: int
    note: str | None

    @property
    def line(self) -> str:
        """One line of JSON."""
        return orjson.dumps({"key": self.key.text, "since": self.since, "note": self.note}).decode()

    @classmethod
    def read(cls, line: str | bytes) -> "Announced":
        """A key from its line. Raises: ValueError."""
        said: Any = orjson.loads(line)
        try:
            return cls(PublicKey.read(str(said["key"])), int(said["since"]), said["note"])
        except (KeyError, TypeError):
            raise ValueError("not an announced key") from None


class KeyRing:
    """The keys of a trail in a folder that the database does not hold: the public ones, and the one that signs now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def announced(self) -> list[Announced]:
        """All public keys, the first one first."""
        file = self.folder / PUBLIC
        return [Announced.read(line) for line in file.read_bytes().splitlines()] if file.is_file() else []

    def create(self) -> PublicKey:
        """Make the first key, and with it the trail's name. Raises: NoKey where there are some already."""
        if self.announced():
            raise NoKey(f"{self.folder} holds keys already")
        return self._made(f"{ORIGIN}/{secrets.token_hex(4)}", 0, None)

    def signer(self) -> Signer:
        """What signs now. Raises: NoKey."""
        known = self.announced()
        if not known:
            raise NoKey(f"no key in {self.folder}")
        file = self._file(known[-1].key)
        if not file.is_file():
            raise NoKey(f"{file} is not there")
        signer = Signer(
            known[-1].key.name, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text("ascii")))
        )
        if signer.public != known[-1].key:
            raise NoKey(f"{file} is not the key that is announced")
        return signer

    def rotate(self, size: int) -> PublicKey:
        """Make another key, which signs trees larger than this size, and forget the one before. Raises: NoKey."""
        before = self.signer()
        made = self._made(before.name, size, before)
        self._file(before.public).unlink()
        return made

    def _made(self, origin: str, since: int, before: Signer | None) -> PublicKey:
        signer = Signer(origin, Ed25519PrivateKey.generate())
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self._file(signer.public), signer.private.private_bytes_raw().hex(), os.O_EXCL, 0o600)
        note = None if before is None else before.sign(_word_for(signer.public, since))
        _write(self.folder / PUBLIC, Announced(signer.public, since, note).line + "\n", os.O_APPEND, 0o644)
        return signer.public

    def _file(self, key: PublicKey) -> Path:
        return self.folder / f"{key.id.hex()}.key"


@dataclass(frozen=True, slots=True)
class Trusted:
    """The keys that may be believed, and of which tree sizes. Shape: by id; `until` the size after which one is retired."""

    keys: Mapping[bytes, PublicKey]
    until: Mapping[bytes, int]

    def may_sign(self, key: PublicKey, size: int) -> bool:
        """Whether a key was in use for a tree of this size."""
        return size <= self.until.get(key.id, size)


def trusted(announced: Iterable[Announced], pinned: Iterable[PublicKey] = ()) -> Trusted:
    """Whom to believe: the pinned keys, or the first announced if none is, and all that they have named in their turn."""
    lines = list(announced)
    believed = {key.id: key for key in pinned} or {each.key.id: each.key for each in lines[:1]}
    until: Mapping[bytes, int] = {}
    for each in lines:
        if each.note is None:
            continue
        try:
            text, by = opened(each.note, believed)
        except NotSigned:
            continue
        if text == _word_for(each.key, each.since) and by.id not in until:
            believed[each.key.id] = each.key
            # whoever signed before does not sign beyond it either: after a restoration it is less than what they had come to
            until = {key: min(size, each.since) for key, size in until.items()} | {by.id: each.since}
    return Trusted(believed, until)


def _word_for(key: PublicKey, since: int) -> str:
    return f"{_SUCCESSION}\n{key.text}\n{since}\n"


def _write(file: Path, text: str, how: int, mode: int) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | how, mode)
    try:
        os.write(handle, text.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
