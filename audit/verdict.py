"""Verdict: what is wrong with a trail, each with the first record that shows it."""

from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal[
    "EDITED",  # a record's text is not the one that was written
    "MISSING",  # a record is not there, and others behind it are
    "REORDERED",  # a record stands before one that was written earlier
    "TRUNCATED",  # the end is not there, though it was signed for
    "OLD_COPY",  # the end is not there, and nothing in the copy knows of it: an old state was put back
    "LOST_WRITER",  # a whole chain is not there
    "REBUILT",  # every chain is sound, and yet it is not what was signed
    "CHECKPOINT",  # a checkpoint is not signed, or says something else than it should
    "VALUE",  # a personal value is not the one that the record commits to
    "UNREADABLE",  # a line that is none of an export
    "RESTORED",  # records are gone with the backup that was put back; a signed record says so, and which
]
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. Shape: `place` in the tree, `writer` and `seq` of the first bad record, as far as known."""

    kind: Kind
    said: str
    writer: str | None = None
    seq: int | None = None
    place: int | None = None

    @property
    def where(self) -> str:
        """The first bad record, in words."""
        named = (
            f"record {self.seq} of {self.writer}" if self.writer is not None and self.seq is not None else self.writer
        )
        placed = None if self.place is None else f"place {self.place}"
        return ", ".join(each for each in (named, placed) if each) or "the copy"


@dataclass(slots=True)
class Verdict:
    """What was found. Shape: `covered` records stand behind a good checkpoint; `pinned` says whether a key was given;
    `restorations` says in words of each backup that was put back.
    """

    records: int = 0
    checkpoints: int = 0
    covered: int = 0
    values: int = 0
    pinned: bool = False
    restorations: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def explained(self) -> bool:
        """Whether there is nothing but loss that the trail itself tells of."""
        return not self.good and all(each.kind == "RESTORED" for each in self.findings)

    def find(self, *found: Finding) -> None:
        """Note what is wrong; the first hundred are kept."""
        self.findings += found[: max(0, _MOST - len(self.findings))]

    def sort(self) -> None:
        """By place: the first bad record first."""
        last = 2**63
        self.findings.sort(key=lambda each: last if each.place is None else each.place)
