"""Comparing: what pip-audit says of a lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one lock. Shape: `weak` are lines for people; `unknown` the names that no list was asked about."""

    compared: int
    weak: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def state(self) -> Literal["weak", "clean", "partly", "not compared"]:
        """`partly` where some names could not be looked up: a list is there, so that is worth a look."""
        if self.weak:
            return "weak"
        if not self.unknown:
            return "clean"
        return "partly" if self.compared else "not compared"


def verdict(report: Mapping[str, Any], expected: int) -> Verdict:
    """What a report says.

    Shape: as pip-audit writes it: `{dependencies: [{name, version, vulns: [{id, fix_versions}]} | {name, skip_reason}]}`.
    Raises: ValueError where it tells of fewer packages than the lock pins, for then it has not looked.
    """
    each_one = report["dependencies"]
    if len(each_one) < expected:
        raise ValueError(f"pip-audit told of {len(each_one)} packages of {expected}")
    known = [each for each in each_one if "skip_reason" not in each]
    weak = tuple(
        f"{each['name']} {each['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'no version yet'}"
        for each in known
        for found in each["vulns"]
    )
    return Verdict(len(known), weak, tuple(each["name"] for each in each_one if "skip_reason" in each))
