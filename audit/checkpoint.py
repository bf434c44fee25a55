"""Checkpoint: how many records there are and what they all hash to, signed. Source: C2SP tlog-checkpoint."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

MARK: Final = 4
"""Bytes of a leaf's hash by which a copy is compared, to name the first record that differs. The root is the proof."""


@dataclass(frozen=True, slots=True)
class Head:
    """The tree at a moment. Shape: `origin` names the trail; `root` are 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> "Head":
        """A head from the text of a note; further lines are left alone. Raises: ValueError."""
        origin, size, root = [*text.split("\n", 3), "", ""][:3]
        try:
            found = cls(origin, int(size), base64.b64decode(root, validate=True))
        except (ValueError, binascii.Error):
            raise ValueError("not a checkpoint") from None
        if not origin or len(found.root) != 32 or str(found.size) != size or found.size < 0:
            raise ValueError("not a checkpoint")
        return found


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint as it is kept and published.

    Shape: `note` is signed; `heads` says up to which record each writer had come; `marks` the first bytes of the leaves
    since the checkpoint before. These two are not signed: they only help to say which record a broken root is about.
    """

    at: str
    size: int
    note: str
    heads: Mapping[str, int]
    marks: bytes

    @property
    def line(self) -> str:
        """One line of JSON."""
        return orjson.dumps(
            {
                "checkpoint": self.note,
                "at": self.at,
                "size": self.size,
                "heads": dict(self.heads),
                "marks": base64.b64encode(self.marks).decode(),
            }
        ).decode()

    @classmethod
    def read(cls, line: str | bytes) -> "Published":
        """A checkpoint from its line. Raises: ValueError."""
        said: Any = orjson.loads(line)
        try:
            marks = base64.b64decode(said["marks"], validate=True)
            heads = {str(name): int(seq) for name, seq in said["heads"].items()}
            return cls(str(said["at"]), int(said["size"]), str(said["checkpoint"]), heads, marks)
        except (KeyError, TypeError, AttributeError, binascii.Error):
            raise ValueError("not a checkpoint") from None


def marks_of(leaves: Sequence[bytes]) -> bytes:
    """The first bytes of each leaf's hash."""
    return b"".join(each[:MARK] for each in leaves)


def first_difference(marks: bytes, leaves: Sequence[bytes]) -> int | None:
    """Where leaves first differ from the marks that were taken of them; None where they do not."""
    for place, each in enumerate(leaves):
        if marks[place * MARK : (place + 1) * MARK] != each[:MARK]:
            return place
    return None if len(marks) == len(leaves) * MARK else len(leaves)
