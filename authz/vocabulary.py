"""Vocabulary: the closed list of attributes that a condition may name. A word outside of it never reaches the policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

UNKNOWN: Final = "unknown"
"""A fact that ought to be known and is not: no permit that asks for it holds, every forbid that asks for it does."""
LATER: Final = "later"
"""A fact of an object that has not been reached yet: not decided here, decided again at the object."""

Fact = bool | str
"""What is known of an attribute: a truth, a word, UNKNOWN or LATER."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that a condition may ask for.

    Shape: `kind` says whose attribute it is; `values` are the words it may have (None: any word of the installation's);
    `domain` is the domain of the object that has it, for attributes of objects.
    """

    name: str
    kind: Literal["subject", "object", "moment"]
    about: str
    values: tuple[Fact, ...] | None
    domain: str | None = None


_TRUTH: Final[tuple[Fact, ...]] = (True, False)

ATTRIBUTES: Final[Mapping[str, Attribute]] = {
    each.name: each
    for each in (
        Attribute("region", "subject", "region of the employee", None),
        Attribute("vip", "subject", "whether the employee is under special protection", _TRUTH),
        Attribute("department_class", "subject", "class of the employee's department", None),
        Attribute("is_self", "subject", "whether the employee is the viewer", _TRUTH),
        Attribute("is_my_manager", "subject", "whether the employee is the viewer's manager", _TRUTH),
        Attribute("group_privileged", "object", "whether the group gives administrative rights", _TRUTH, "group"),
        Attribute("group_owner", "object", "whether the viewer answers for the group", _TRUTH, "group"),
        Attribute(
            "certificate_purpose", "object", "what the certificate is for", ("VPN", "WIFI", "SIGNING", "OTHER"),
            "certificate",
        ),
        Attribute(
            "device_class", "object", "what the device is",
            ("LAPTOP", "DESKTOP", "PHONE", "TABLET", "MONITOR", "OTHER"), "device",
        ),
        Attribute("operator_country", "moment", "country of the viewer's workplace, by ISO 3166-1", None),
        Attribute("case_open", "moment", "whether the viewer has an open ticket about the employee in hand", _TRUTH),
        Attribute("caller_verified", "moment", "whether the caller has proven who they are", _TRUTH),
        Attribute(
            "recent_second_factor_reset", "moment", "whether a second factor of the employee was reset in the last day",
            _TRUTH,
        ),
        Attribute(
            "recent_password_reset", "moment", "whether the employee's password was reset in the last day", _TRUTH
        ),
    )
}  # fmt: skip
