"""Numbers and codes, made comparable: phones, serials, tags, addresses, however they are dictated."""

import ipaddress
import re

from resolvers.search.alphabets import LOOK_ALIKE
from resolvers.search.normalise import clean, fold

_EXTENSION = re.compile(
    r"(?:\b(?:extension|extn?|ramal|poste|anexo|int|доб(?:авочный)?|вн(?:утр)?)\b\.?|[x#])\s*(\d{1,6})\s*$"
)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_HEX = re.compile(r"[0-9a-f]+")
_HEX_SEPARATORS = re.compile(r"[\s:.\-]+|^(?:0x|serial|sn|серийный|№|#)[\s:=]*")
_LABEL_AND_NUMBER = re.compile(r"[^\d\s]{0,12}\s?(\d+)")
_PHONE_LETTERS = re.compile(r"[^\W\d_]")

SHORTEST_NATIONAL = 9
LONGEST_DECIMAL_SERIAL = 49  # a serial is at most 20 octets


def digits(text: str) -> str:
    """The digits of a text in any script, and nothing else."""
    return "".join(str(int(sign)) for sign in clean(text) if sign.isdecimal())


def split_extension(text: str) -> tuple[str, str]:
    """A phone and its extension. Shape: `+7 495 123-45-67 ext. 1234` -> (`+7 495 123-45-67`, `1234`), none -> empty."""
    plain = fold(text)
    found = _EXTENSION.search(plain)
    if found is None or not digits(plain[: found.start()]):
        return plain, ""
    return plain[: found.start()], found.group(1)


def phone(text: str) -> str:
    """A phone as international digits without the plus; a national one as its digits.

    Shape: `8 (912) 345-67-89`, `+7 912 345 67 89`, `007 912…` -> `79123456789`; `+44 (0)20 …` drops the trunk zero.
    """
    main, _ = split_extension(text)
    number = digits(main.replace("(0)", ""))
    if "+" in main:
        return number
    if number.startswith("810") and len(number) > 12:  # the exit code of Russia and its neighbours
        return number[3:]
    if number.startswith("00") and len(number) >= SHORTEST_NATIONAL:  # shorter, it is the end of a number
        return number[2:]
    if len(number) == 11 and number.startswith("8"):
        return "7" + number[1:]
    return number


def phone_queries(text: str) -> tuple[str, ...]:
    """The ways to look a dictated phone up, likeliest first; empty when the text is no phone."""
    main, _ = split_extension(text)
    if _PHONE_LETTERS.search(main) or len(digits(main)) < 3:
        return ()
    number = phone(text)
    if len(number) < SHORTEST_NATIONAL or not number.startswith("0"):
        return (number,)
    # A national number is dialled with a trunk zero that its international form does not have.
    return (number, number.lstrip("0"))


def code(text: str) -> str:
    """A code without what is typed in many ways: case, separators, leading zeros of each number in it.

    Shape: `NB-000123`, `nb 123`, `NB123` -> `nb123`; `0001001` -> `1001`.
    """
    parts = _LEADING_ZEROS.sub("", fold(text))
    return _NOT_ALPHANUMERIC.sub("", parts)


def look_alike_code(text: str) -> str:
    """The same code if Cyrillic letters were typed for the Latin ones they look like: `АВ-12` -> `ab12`."""
    return code(clean(text).casefold().translate(LOOK_ALIKE))


def hex_serial(text: str) -> str:
    """A serial as lower-case hex digits without separators and leading zeros; empty when the text is no such serial.

    Shape: `0A:3F:00:…`, `0a 3f 00 …`, `0xA3F00…` -> `a3f00…`.
    """
    plain = fold(text)
    while (shorter := _HEX_SEPARATORS.sub("", plain)) != plain:
        plain = shorter
    return plain.lstrip("0") if _HEX.fullmatch(plain) else ""


def hex_queries(text: str) -> tuple[str, ...]:
    """The ways to look a dictated serial up: as hex and, where long enough to be nothing else, as a decimal number."""
    found = hex_serial(text)
    if not found:
        return ()
    plain = digits(text)
    if 12 <= len(plain) <= LONGEST_DECIMAL_SERIAL and plain.lstrip("0") == found:
        return (found, format(int(plain), "x"))
    return (found,)


def number_of(text: str) -> str:
    """The number of a labelled code without its label. Shape: `NB-000123`, `#123`, `HELP-123` -> `123`; else empty."""
    found = _LABEL_AND_NUMBER.fullmatch(fold(text))
    return (found.group(1).lstrip("0") or "0") if found else ""


def host(text: str) -> tuple[str, str]:
    """A host name in full and its first label, both as codes.

    Shape: `LT-01.corp.example` -> (`lt1corpexample`, `lt1`); a short name is its own first label.
    """
    full = fold(text).strip(".")
    return code(full), code(full.partition(".")[0])


def address(text: str) -> str:
    """An IP address in its one canonical spelling; the beginning of one as typed; empty for anything else."""
    plain = clean(text).casefold().replace(",", ".").strip("[]")
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return plain if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){1,3}\.?", plain) else ""


def email(text: str) -> tuple[str, str]:
    """A mail address in full and what stands before its @, both as codes; (empty, empty) without an @."""
    local, at, _ = fold(text).strip("<>").removeprefix("mailto:").partition("@")
    return (code(text.replace("mailto:", "")), code(local)) if at and local else ("", "")
