"""Deducing: who can tell from what is missing which employees are under special protection, without being cleared."""

from collections.abc import Iterator, Mapping
from typing import Final

from authz.holders import Holder, holders
from authz.policy import Policy
from authz.profile import DENIED
from authz.vocabulary import LATER, Fact

_ANYBODY: Final[Mapping[str, Fact]] = {
    "department_class": "ordinary",
    "is_self": False,
    "is_my_manager": False,
    "group_privileged": LATER,
    "group_owner": LATER,
    "certificate_purpose": LATER,
    "device_class": LATER,
}
"""Another employee of whom nothing is special. What the moment may bring is unknown, and so opens nothing."""
_OF_NOBODY: Final = frozenset({"audit", "gateway", "operation", "policy", "search", "structure", "viewer"})
"""Domains whose data are of no employee: they are shown the same whoever is looked at."""


def deducing(policy: Policy) -> tuple[str, ...]:
    """Name the holders to whom an ordinary employee of every region shows something that a protected one does not.

    Shape: teams and leads by name. To all others somebody withheld may as well be of another region.
    """
    return tuple(each.name for each in holders(policy) if _deduces(policy, each))


def deducing_lines(policy: Policy) -> Iterator[str]:
    """Tell it in the matrix."""
    found = ", ".join(deducing(policy)) or "nobody"
    yield f"Can conclude who is under special protection, without being cleared: {found}.\n"


def _deduces(policy: Policy, holder: Holder) -> bool:
    profile = policy.profile(holder.actor)
    about = [label.domain not in _OF_NOBODY for label in policy.labels.all]
    for region in policy.rights.regions:
        known = {**_ANYBODY, "region": region}
        ordinary = profile.row_of({**known, "vip": False})
        protected = profile.row_of({**known, "vip": True})
        rows = zip(ordinary, protected, about, strict=True)
        if not any(counts and one != DENIED == other for one, other, counts in rows):
            return False
    return True
