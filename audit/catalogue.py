"""Catalogue: every code that may stand in the trail, what it says, and how long its personal values are kept."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from audit.event import Stage
from audit.ocsf import ACTIVITIES, Activity

Keeping = Literal["searches", "operations", "rights", "nothing"]
"""By which retention the personal values beside a record are erased; `nothing`: such a record has none."""

_CODE: Final = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_PAST: Final = frozenset(
    {"begun", "broken", "built", "chosen", "drawn", "found", "given", "held", "hidden", "kept", "left", "lost", "made", "put", "read",
     "reset", "run", "seen", "sent", "set", "shown", "swept", "taken", "told", "undone"}
)  # fmt: skip
"""Participles that do not end in -ed."""
_PARTICLES: Final = frozenset({"over", "up", "back", "out", "off", "in", "on"})


@dataclass(frozen=True, slots=True)
class About:
    """What a code says. Shape: `sentence` for people; `stages` in which it may stand; `activity` of OCSF."""

    sentence: str
    stages: tuple[Stage, ...]
    activity: Activity
    keeping: Keeping


class Catalogue:
    """Codes by name; one code means one thing."""

    def __init__(self) -> None:
        self._about: dict[str, About] = {}

    def register(self, code: str, about: About) -> None:
        """Add a code. Raises: ValueError for one that is not noun.past, says nothing, or means something else already."""
        noun_past(code)
        if not about.sentence.strip() or not about.stages or not set(about.stages) <= set(get_args(Stage)):
            raise ValueError(f"{code}: says too little of itself")
        if self._about.get(code, about) != about:
            raise ValueError(f"{code}: means something else already: {self._about[code].sentence}")
        self._about[code] = about

    def all(self) -> Mapping[str, About]:
        """Every code, in order."""
        return dict(sorted(self._about.items()))

    def codes(self, keeping: Keeping) -> list[str]:
        """The codes of one retention."""
        return [code for code, about in self.all().items() if about.keeping == keeping]


def noun_past(code: str) -> None:
    """See that a code is a noun and a participle. Raises: ValueError."""
    noun, _, said = code.partition(".")
    words = said.split("_")
    verb = words[-2] if len(words) > 1 and words[-1] in _PARTICLES else words[-1]
    if not _CODE.fullmatch(code) or noun in _PARTICLES or not (verb.endswith("ed") or verb in _PAST):
        raise ValueError(f"{code!r} is no code: a noun and what happened to it, as in account.unlocked")


def of_operation(code: str, sentence: str) -> About:
    """What the code of an operation says; before and after are personal."""
    return About(
        sentence, ("intent", "outcome", "decision"), ACTIVITIES.get(code, ACTIVITIES["entity.updated"]), "operations"
    )


def gone(before: Iterable[str], after: Iterable[str]) -> set[str]:
    """Codes that were there and are not any more: old records would speak of what nobody knows."""
    return set(before) - set(after)
