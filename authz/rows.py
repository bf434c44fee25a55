"""Rows: what the policy says, one line each. All that rights are made of comes down to these."""

from dataclasses import dataclass
from typing import Final, Literal

from authz.vocabulary import Fact

READ: Final = "read"
MASK: Final = "mask"
Action = Literal["read", "mask"]
"""To read a value, or to read what its mask leaves of it."""

EVERY: Final = "*"
"""Stands for every domain, every action, every operation."""

SENSITIVITIES: Final = ("public", "internal", "confidential", "personal", "restricted")
"""From the least to the most harmful. A permit reaches up to its ceiling; a forbid begins at its floor."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute must be one of these."""

    attr: str
    any: tuple[Fact, ...]


When = tuple[Condition, ...]
"""All of these at once; none: always."""


@dataclass(frozen=True, slots=True)
class Permit:
    """A role may do something with a domain's data up to a ceiling."""

    action: str
    domain: str
    ceiling: str
    when: When
    role: str


@dataclass(frozen=True, slots=True)
class Forbid:
    """Nobody may, whatever permits there are, from a floor upwards. Shape: `reason` is for those who may know it."""

    action: str
    domain: str
    floor: str
    when: When
    reason: str


@dataclass(frozen=True, slots=True)
class OpPermit:
    """A role may run an operation."""

    operation: str
    when: When
    role: str


@dataclass(frozen=True, slots=True)
class OpForbid:
    """Nobody may run an operation under these conditions."""

    operation: str
    when: When
    reason: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must be fulfilled before an operation runs: reason, ticket, verified caller, step-up, four eyes, approval."""

    operation: str
    when: When
    kind: str
