"""Drawing a name from a pool, and writing it in Latin letters."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

from sandbox.company.person import Language

Sex = Literal["m", "f"]

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "ә": "a", "ғ": "g", "қ": "q", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h", "і": "i",
}  # fmt: skip
_UNFOLDED = {"đ": "dj", "Đ": "Dj", "’": "'", "ø": "o", "ł": "l", "ß": "ss", "Œ": "Oe", "œ": "oe"}


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in its own script and in plain Latin letters."""

    sex: Sex
    given: str
    family: str
    patronymic: str | None
    given_latin: str
    family_latin: str
    patronymic_latin: str | None
    family_first: bool

    @property
    def display(self) -> str:
        """The name as its bearer writes it."""
        if self.family_first:
            return " ".join(part for part in (self.family, self.given, self.patronymic) if part)
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class NamePool:
    """Names of one part of the world; `fathers` pairs the patronymics of a son and of a daughter."""

    code: str
    language: Language
    male: tuple[str, ...]
    female: tuple[str, ...]
    families: tuple[str, ...]
    fathers: tuple[tuple[str, str], ...] = ()
    two_surnames: bool = False
    slavic: bool = False  # a surname has a female form


def words(text: str) -> tuple[str, ...]:
    """A pool is written as one string of words; `_` stands for a space inside a word."""
    return tuple(word.replace("_", " ") for word in text.split())


@lru_cache(maxsize=4096)
def to_latin(text: str) -> str:
    """Plain ASCII letters: Cyrillic transliterated, accents dropped, apostrophes and hyphens kept."""
    if text.isascii():
        return text
    pieces = []
    for letter in text:
        if letter.lower() in _CYRILLIC:
            latin = _CYRILLIC[letter.lower()]
            pieces.append(latin.capitalize() if letter.isupper() else latin)
        else:
            pieces.append(_UNFOLDED.get(letter, letter))
    folded = unicodedata.normalize("NFKD", "".join(pieces))
    return "".join(letter for letter in folded if letter.isascii())


def draw_family(pool: NamePool, sex: Sex, rng: Random) -> str:
    """A surname (two where the country has two) in the form its bearer uses."""
    if pool.two_surnames:
        first, second = rng.sample(pool.families, 2)
        return f"{first} {second}"
    family = rng.choice(pool.families)
    return female_surname(family) if pool.slavic and sex == "f" else family


def female_surname(family: str) -> str:
    """`Ковалёв` is `Ковалёва`, `Вишневский` is `Вишневская`; others do not change."""
    if family.endswith(("ов", "ев", "ёв", "ин", "ын")):
        return family + "а"
    if family.endswith(("ский", "цкий", "ой", "ый")):
        return family[:-2] + "ая"
    return family


def draw_name(pool: NamePool, rng: Random, *, sex: Sex | None = None) -> Name:
    """A whole name, its parts of one sex."""
    chosen: Sex = sex or ("m" if rng.random() < 0.5 else "f")
    given = rng.choice(pool.male if chosen == "m" else pool.female)
    patronymic = rng.choice(pool.fathers)[0 if chosen == "m" else 1] if pool.fathers else None
    return make_name(chosen, given, draw_family(pool, chosen, rng), patronymic)


def make_name(sex: Sex, given: str, family: str, patronymic: str | None = None) -> Name:
    """A name from known parts; Cyrillic names put the surname first."""
    return Name(
        sex=sex,
        given=given,
        family=family,
        patronymic=patronymic,
        given_latin=to_latin(given),
        family_latin=to_latin(family),
        patronymic_latin=to_latin(patronymic) if patronymic else None,
        family_first="\u0400" <= family[0] <= "\u04ff",
    )
