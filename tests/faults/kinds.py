"""The ten ways in which a system is broken, and what may be said of each."""

from collections.abc import Mapping
from typing import Final

from sources.kit.twin.faults import GARBAGE_KINDS, Fault

LONG: Final = 5.0
"""Seconds that a slow system takes; longer than any deadline here."""
LATE: Final = "late"
"""No fault that is made: a system that is well and was not in time with all it had to say, the machine standing still."""

FAULTS: Final[Mapping[str, Fault]] = {
    "refused": Fault("refused"),
    "hang": Fault("hang"),
    "cut": Fault("cut"),
    "slow": Fault("slow", latency=LONG),
    **{kind: Fault("garbage", garbage=kind) for kind in ("bad_json", "wrong_type", "missing_key")},
    **{kind: Fault("garbage", garbage=kind) for kind in ("truncated", "html", "huge")},
}
assert set(GARBAGE_KINDS) < set(FAULTS)

_UNHEARD: Final = frozenset({"SOURCE_UNAVAILABLE", "CIRCUIT_OPEN"})
_TOO_LATE: Final = frozenset({"SOURCE_TIMEOUT", "DEADLINE_EXCEEDED", "CIRCUIT_OPEN"})
_UNREADABLE: Final = frozenset({"BAD_SOURCE_DATA"})

_CODES: Final[Mapping[str, frozenset[str]]] = {
    "refused": _UNHEARD,
    "hang": _TOO_LATE,
    "cut": _UNHEARD | _UNREADABLE,
    "slow": _TOO_LATE,
    "bad_json": _UNREADABLE,
    "wrong_type": _UNREADABLE,
    "missing_key": _UNREADABLE,
    "truncated": _UNREADABLE,
    "html": _UNREADABLE,
    "huge": _UNREADABLE,
    LATE: _TOO_LATE,
}
"""What an error may say of a system broken in each way; all of these are of the closed list."""


def late_too(kind: str) -> str:
    """Broken so, and not in time besides."""
    return f"{kind}+{LATE}"


def is_late(kind: str) -> bool:
    """Whether lateness is a part of it."""
    return LATE in kind.split("+")


def codes(kind: str) -> frozenset[str]:
    """What an error may say of a system broken so."""
    return frozenset().union(*(_CODES[each] for each in kind.split("+")))
