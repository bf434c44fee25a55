"""Queries as people really type them: spoilt in known ways, the same for the same seed.

The tables here are the keyboards and spellings as the world has them. They are written apart from those of the search
on purpose: a letter forgotten there must not be forgotten here.
"""

import unicodedata
from random import Random

_ENGLISH_ROWS = "`qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,."
_RUSSIAN_ROWS = "ёйцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"
_ON_ENGLISH_KEYS = dict(zip("".join(_RUSSIAN_ROWS), "".join(_ENGLISH_ROWS), strict=True))
_ON_RUSSIAN_KEYS = {latin: russian for russian, latin in _ON_ENGLISH_KEYS.items()}

_PLAIN = dict(zip("абвгдезиклмнопрстуфыэьъ", "abvgdeziklmnoprstufye", strict=False)) | {"ь": "", "ъ": ""}
_KAZAKH = {"ә": "a", "ғ": "g", "қ": "q", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "і": "i"}
_SHARED = _PLAIN | _KAZAKH | {"ж": "zh", "ч": "ch", "ш": "sh"}
SPELLINGS = (
    _SHARED | {"ё": "yo", "й": "y", "х": "kh", "ц": "ts", "щ": "shch", "ю": "yu", "я": "ya"},  # maps and newspapers
    _SHARED | {"ё": "e", "й": "i", "х": "kh", "ц": "ts", "щ": "shch", "ю": "iu", "я": "ia", "ъ": "ie"},  # passports
    _SHARED | {"ё": "jo", "й": "j", "х": "h", "ц": "c", "щ": "sch", "ю": "ju", "я": "ja", "ь": "'"},  # libraries
    _SHARED | {"ё": "e", "й": "y", "х": "h", "ц": "ts", "щ": "sch", "ю": "yu", "я": "ya", "ж": "j"},  # chats
    _SHARED | {"ё": "e", "й": "y", "х": "x", "ц": "c", "щ": "sh", "ю": "yu", "я": "ya", "к": "k"},  # chats, shorter
)
"""Five ways in which Russian is written in Latin letters."""

_BY_EAR_COMMON = {
    "sh": "ш", "zh": "ж", "kh": "х", "ph": "ф", "th": "т", "qu": "к", "ou": "у", "ya": "я", "yu": "ю", "ck": "к",
    "gue": "ге", "gui": "ги", "ce": "се", "ci": "си", "ss": "сс",
    "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и", "j": "дж", "k": "к",
    "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в",
    "w": "в", "x": "кс", "y": "й", "z": "з", "ç": "с", "ñ": "нь", "ch": "ч",
}  # fmt: skip
_BY_EAR = {
    "pt": _BY_EAR_COMMON | {"j": "ж", "ch": "ш", "lh": "ль", "nh": "нь", "ou": "оу", "h": ""},
    "es": _BY_EAR_COMMON | {"j": "х", "h": "", "ll": "ль", "z": "с"},
    "fr": _BY_EAR_COMMON | {"j": "ж", "ch": "ш", "eau": "о", "h": ""},
    "en": _BY_EAR_COMMON,
}


def on_english_keys(text: str, _: Random) -> str:
    """Russian typed while the English layout was on."""
    return "".join(_same_case(letter, _ON_ENGLISH_KEYS) for letter in text)


def on_russian_keys(text: str, _: Random) -> str:
    """Latin letters typed while the Russian layout was on."""
    return "".join(_same_case(letter, _ON_RUSSIAN_KEYS) for letter in text)


def fits_russian_keys(text: str) -> bool:
    """Whether every letter of a Cyrillic text has a key on the Russian keyboard."""
    return all(letter in _ON_ENGLISH_KEYS for letter in text.lower() if letter.isalpha())


def _same_case(letter: str, keys: dict[str, str]) -> str:
    found = keys.get(letter.lower(), letter)
    return found.upper() if letter.isupper() else found


def in_latin(text: str, rng: Random) -> str:
    """A Cyrillic text in Latin letters, in one of the spellings people use."""
    spelling = rng.choice(SPELLINGS)
    return "".join(spelling.get(letter, letter) for letter in text.lower()).title()


def in_cyrillic(text: str, language: str) -> str:
    """A Latin name as one would take it down in Russian, by the habits of its language."""
    ear = _BY_EAR[language]
    kept = "".join(
        letter if letter in "çñ" else _without_marks(letter) for letter in unicodedata.normalize("NFC", text.lower())
    )
    heard, at = [], 0
    while at < len(kept):
        for width in (3, 2, 1):
            piece = kept[at : at + width]
            if len(piece) == width and (piece in ear or width == 1):
                heard.append(ear.get(piece, piece))
                at += width
                break
    return "".join(heard).title()


def _without_marks(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def without_accents(text: str, _: Random) -> str:
    """Latin letters without their marks."""
    return _without_marks(text).replace("đ", "d").replace("Đ", "D")


def without_yo(text: str, _: Random) -> str:
    """Every ё typed as е."""
    return text.replace("ё", "е").replace("Ё", "Е")


def _place(text: str, rng: Random) -> int:
    """A letter of a word of four or more letters, after its first one: a slip, not another name."""
    places = [
        at for at in range(1, len(text)) if text[at].isalpha() and text[at - 1].isalpha() and _word_length(text, at) > 3
    ]
    return rng.choice(places) if places else -1


def _word_length(text: str, at: int) -> int:
    start = text.rfind(" ", 0, at) + 1
    end = text.find(" ", at)
    return (end if end >= 0 else len(text)) - start


def letter_missing(text: str, rng: Random) -> str:
    """One letter left out."""
    at = _place(text, rng)
    return text if at < 0 else text[:at] + text[at + 1 :]


def letter_doubled(text: str, rng: Random) -> str:
    """One letter typed twice."""
    at = _place(text, rng)
    return text if at < 0 else text[:at] + text[at].lower() + text[at:]


def letters_swapped(text: str, rng: Random) -> str:
    """Two neighbouring letters in the wrong order."""
    at = _place(text, rng)
    return text if at < 0 else text[: at - 1] + text[at].lower() + text[at - 1].lower() + text[at + 1 :]


def letter_wrong(text: str, rng: Random) -> str:
    """One letter for another of the same alphabet."""
    at = _place(text, rng)
    letters = "абвгдежзиклмнопрстуфхцчш" if "а" <= text[at].lower() <= "я" else "abcdefghijklmnoprstuvwz"
    return text if at < 0 else text[:at] + rng.choice([one for one in letters if one != text[at]]) + text[at + 1 :]


def words_turned(text: str, rng: Random) -> str:
    """The words in another order and another case."""
    parts = text.split()
    turned = [*parts[1:], parts[0]]
    return rng.choice((str.lower, str.upper))(" ".join(turned))


def phone_said(number: str, rng: Random) -> str:
    """An international number in one of the ways it is dictated or pasted."""
    bare = number.removeprefix("+")
    tail = bare[-10:]
    ways = [
        bare,
        f"00{bare}",
        f"+{bare[:-10]} ({tail[:2]}) {tail[2:6]}-{tail[6:]}",
        f"+{bare[:-10]} {tail[:3]} {tail[3:6]} {tail[6:8]} {tail[8:]}",
        f"{tail[:3]}.{tail[3:6]}.{tail[6:]}",
        f"0{tail}",
    ]
    if bare.startswith("7"):
        ways += [f"8{tail}", f"8 ({tail[:3]}) {tail[3:6]}-{tail[6:8]}-{tail[8:]}"]
    return rng.choice(ways)


def last_digits(number: str, rng: Random) -> str:
    """The end of a number, as read off a display."""
    tail = number[-7:]
    return rng.choice((tail, f"{tail[:3]}-{tail[3:5]}-{tail[5:]}", f"{tail[:3]} {tail[3:]}"))


def hex_said(serial: str, rng: Random) -> str:
    """A certificate's serial as different tools show it."""
    bare = serial.replace(":", "")
    pairs = [bare[at : at + 2] for at in range(0, len(bare), 2)]
    ways = (bare, bare.upper(), " ".join(pairs), "-".join(pairs).upper(), f"0x{bare.lstrip('0')}", serial.upper())
    return rng.choice((*ways, str(int(bare, 16))))


def code_said(code: str, rng: Random) -> str:
    """A serial or a tag without its dash, its zeros or its capitals."""
    label, dash, number = code.partition("-")
    ways = [code.lower(), code.replace("-", ""), code.replace("-", " "), f" {code} "]
    if dash and number.isdigit():
        ways += [f"{label}{int(number)}", f"{label.lower()}-{int(number)}", f"{label} {int(number)}"]
    return rng.choice(ways)
