"""Profile: what one set of rights comes to, label by label; the doorman that every field passes."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from authz.labels import Labels
from authz.vocabulary import UNKNOWN, Fact

ALLOWED: Final = 0
MASKED: Final = 1
DENIED: Final = 2

Facts = tuple[Fact, ...]
"""What is known, in the order of a profile's `attrs`."""

_KINDS_KEPT: Final = 4096

log = logging.getLogger("okno.authz")


class Verdict(IntEnum):
    """What a profile says of a label before anything is known of the employee."""

    ALLOW = ALLOWED
    MASK = MASKED
    DENY = DENIED
    DEPENDS = 3


@dataclass(eq=False, slots=True)
class Profile:
    """A compiled set of rights. Operators with equal rights have the very same one.

    Shape: `verdicts[i]` and `depends[i]` are about `labels.all[i]`; `depends[i]` names the attributes that the verdict
    hangs on; `attrs` is all of them, in order; `judge(facts) -> row`, one byte a label: ALLOWED, MASKED or DENIED.
    """

    id: str
    version: str
    labels: Labels
    verdicts: tuple[Verdict, ...]
    attrs: tuple[str, ...]
    depends: tuple[frozenset[str], ...]
    judge: Callable[[Facts], bytes] = field(repr=False)
    _rows: dict[Facts, bytes] = field(default_factory=dict, init=False, repr=False)

    def row(self, facts: Facts) -> bytes:
        """Answer every label at once for employees of this kind. Shape: `facts` in the order of `attrs`."""
        try:
            return self._rows[facts]
        except KeyError:
            return self._first(facts)
        except TypeError:
            log.exception("facts that can't be compared: everything is denied")
            return self._closed()

    def row_of(self, facts: Mapping[str, Fact]) -> bytes:
        """Answer every label at once. Shape: an attribute that is missing counts as UNKNOWN."""
        return self.row(tuple([facts.get(name, UNKNOWN) for name in self.attrs]))

    def _first(self, facts: Facts) -> bytes:
        try:
            if len(facts) != len(self.attrs):
                raise ValueError(f"{len(self.attrs)} facts are asked for, {len(facts)} were given")
            row = self.judge(facts)
        except Exception:
            # Whatever went wrong, nobody sees more for it; and a wrong answer is not kept.
            log.exception("a decision failed: everything is denied")
            return self._closed()
        if len(self._rows) >= _KINDS_KEPT:
            self._rows.pop(next(iter(self._rows)))
        self._rows[facts] = row
        return row

    def _closed(self) -> bytes:
        return bytes([DENIED]) * len(self.labels.all)


def closed(labels: Labels, version: str) -> Profile:
    """Give the profile of somebody who may see nothing: what a failed compilation comes to."""
    row = bytes([DENIED]) * len(labels.all)
    nothing: frozenset[str] = frozenset()
    size = len(labels.all)
    return Profile("closed", version, labels, (Verdict.DENY,) * size, (), (nothing,) * size, lambda _facts: row)
