"""Signed notes: a text and who signed it. Source: C2SP signed-note, Ed25519."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
_DASH: Final = "\u2014"


class NotSigned(Exception):
    """A note is not signed by anybody known here, or its text is not the one that was signed."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Whom to believe. Shape: `raw` are the 32 bytes of an Ed25519 key."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell a key from others of its name."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    @property
    def text(self) -> str:
        """The key as it is written down: name, id, key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self.raw).decode()}"

    @classmethod
    def read(cls, text: str) -> "PublicKey":
        """A key that was written down. Raises: ValueError."""
        name, number, encoded = [*text.strip().split("+", 2), "", ""][:3]
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError(f"not a public key: {text!r}") from None
        key = cls(name, raw[1:])
        if len(raw) != 33 or raw[:1] != _ED25519 or not name or key.id.hex() != number:
            raise ValueError(f"not a public key: {text!r}")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """A name that can sign."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """By which its signatures are checked."""
        return PublicKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The text as a signed note. Shape: the text ends with a new line."""
        signature = base64.b64encode(self.public.id + self.private.sign(text.encode())).decode()
        return f"{text}\n{_DASH} {self.name} {signature}\n"


def opened(note: str, keys: Mapping[bytes, PublicKey]) -> tuple[str, PublicKey]:
    """The text of a note and who signed it. Shape: `keys` by id. Raises: NotSigned."""
    text, separator, signatures = note.rpartition("\n\n")
    text += "\n"
    if not separator:
        raise NotSigned("it carries no signature")
    for line in signatures.splitlines():
        dash, name, encoded = ([*line.split(" "), "", ""])[:3]
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            continue
        key = keys.get(raw[:4])
        if dash != _DASH or key is None or key.name != name:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(raw[4:], text.encode())
        except InvalidSignature:
            raise NotSigned(f"its text is not what {name} signed") from None
        return text, key
    raise NotSigned("no known key has signed it")
