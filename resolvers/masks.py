"""Masks: what is left of a value for those who may know no more of it. A mask has one size, whatever it hides."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from schema.labels import Mask

Masking = Callable[[Any], Any]
"""From a value as it would stand in the answer to what stands there instead; what is masked already stays."""

_SHORTEST_PHONE: Final = 7
_SHORTEST_MAILBOX: Final = 3
_SHORTEST_NUMBER: Final = 8
"""Of anything shorter too little would be hidden: nothing of it is shown."""

_PHONE: Final = re.compile(r"\+[0-9*] \*{3} \*\* ([0-9]{2}|\*\*)")
_EMAIL: Final = re.compile(r".\*{3}@\*{3}", re.DOTALL)
_LAST_FOUR: Final = re.compile(r"\*{6}.{4}", re.DOTALL)


def phone(number: str) -> str:
    """The world zone of an international number and its last two digits, its extension left out: `+7 *** ** 12`."""
    if _PHONE.fullmatch(number):
        return number
    main = number.partition(";")[0].strip()
    digits = re.sub(r"[^0-9]", "", main)
    if len(digits) < _SHORTEST_PHONE:
        return "+* *** ** **"
    zone = digits[0] if main.startswith("+") else "*"
    return f"+{zone} *** ** {digits[-2:]}"


def email(address: str) -> str:
    """The first letter; whose mailbox it is would say too much: `a***@***`."""
    if _EMAIL.fullmatch(address):
        return address
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox[0]}***@***" if domain and len(mailbox) >= _SHORTEST_MAILBOX else "****@***"


def year(day: str) -> str:
    """The year of a date."""
    return day[:4]


def last_four(number: str) -> str:
    """The last four letters and digits, what stands between them left out: `******3456`."""
    if _LAST_FOUR.fullmatch(number):
        return number
    signs = [each for each in number if each.isalnum()]
    return "*" * 6 + ("".join(signs[-4:]) if len(signs) >= _SHORTEST_NUMBER else "*" * 4)


MASKS: Final[Mapping[Mask, Masking]] = {
    Mask.PHONE: phone,
    Mask.EMAIL: email,
    Mask.YEAR: year,
    Mask.LAST_FOUR: last_four,
}
