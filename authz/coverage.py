"""Coverage: whether the policy says something of every label; what it says nothing of is denied to everybody."""

from collections import Counter
from typing import Final

from authz.policy import Policy
from authz.reviewing import granting

_FIXED: Final = frozenset({"structure", "viewer"})
"""Domains that the fixed part of the policy opens."""


def coverage(policy: Policy) -> str:
    """How many fields and labels there are, and which labels no role opens."""
    fields = Counter(policy.labels.of.values())
    closed = [
        f"  {label.domain}, {label.sensitivity}: {fields[place]} fields, denied to everybody"
        for place, label in enumerate(policy.labels.all)
        if label.domain not in _FIXED and not granting(policy, place)
    ]
    said = f"{len(policy.labels.of)} fields with {len(policy.labels.all)} labels, {len(closed)} labels without a rule"
    return "\n".join([said, *closed])
