"""What is said, made comparable: one plain form for the many ways of typing the same name.

Two forms: *folded* keeps the alphabet and drops case, accents, ё, apostrophes; the *skeleton* also leads every common
transliteration, in both directions, to one Latin spelling. Skeletons are for comparing only, nobody reads them.
"""

import re
import unicodedata
from functools import lru_cache

from resolvers.search.alphabets import (
    APOSTROPHES,
    CARONS,
    CYRILLIC_TO_LATIN,
    HYPHENS,
    LETTERS_WITHOUT_MARK,
    TYPED_ON_LATIN_KEYS,
    TYPED_ON_RUSSIAN_KEYS,
)

LONGEST_TEXT = 200

NORMALISER_VERSION = 1
"""Raised with any change of a form, so that a stored index made by other rules is thrown away."""

_UNTYPED = str.maketrans("", "", "'`")
_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile(r"[A-Za-z]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")

# Longest spellings first where one begins another. The order of the list is the order of work.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"shch|sch|stch", "sh"),  # щ
        (r"tch", "ch"),
        (r"kh", "h"),  # х
        (r"dzh|dj", "zh"),
        (r"ph", "f"),
        (r"th", "t"),
        (r"tz", "ts"),  # ц
        (r"ck", "k"),
        (r"qu(?=[eiy])|q", "k"),  # Henrique, Энрике
        (r"gu(?=[eiy])", "g"),  # Guilherme, Гильерме
        (r"(?<=[ln])h", ""),  # Portuguese lh, nh
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"x", "ks"),
        (r"w", "v"),
        (r"[yj]", "i"),
        (r"eau", "o"),
        (r"ou", "u"),  # Moussa, Муса
        (r"(\D)\1+", r"\1"),
        (r"ie", "e"),  # Yelena, Elena
        (r"(?<=[bdfghklmnprstvz])io(?=[bdfghklmnprstvz])", "e"),  # Kovalyov, Ковалев
        (r"(\D)\1+", r"\1"),
    )
)

_TWO_READINGS = (
    (re.compile(r"(?<!d)j"), "zh"),  # Juravlev, Журавлев
    (re.compile(r"x"), "h"),  # Xachaturyan, Хачатурян
    (re.compile(r"c(?!h)"), "ts"),  # Kuznecov, Кузнецов
    (re.compile(r"w"), "u"),  # Williams, Уильямс
    (re.compile(r"(?<![scztkplnd])h"), "g"),  # Hryhoriy, Григорий
)


@lru_cache(maxsize=1024)
def clean(text: str) -> str:
    """The text as data: compatible forms made one, control and invisible characters made spaces, bounded in length."""
    # Bounded before and after: one compatibility character may unfold into eighteen.
    plain = text[:LONGEST_TEXT]
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain.translate(APOSTROPHES)).translate(HYPHENS)[:LONGEST_TEXT]
    if not plain.isprintable():
        plain = "".join(sign if sign.isprintable() else " " for sign in plain)
    return " ".join(plain.split())


@lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """The folded form: NFKC, no case, no accents, ё as е, й as и, no apostrophes."""
    return _unmarked(_lowered(text))


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text: runs of letters and digits."""
    return tuple(_WORD.findall(fold(text)))


def skeletons(text: str) -> tuple[str, ...]:
    """The skeletons of the words of a text, in their order; a word of soft signs alone has none."""
    found = (_skeleton(word) for word in _WORD.findall(_lowered(text)))
    return tuple(word for word in found if word)


def skeleton(word: str) -> str:
    """One Latin spelling of a word in any alphabet and any common transliteration.

    Shape: `Щербаков`, `Shcherbakov`, `Scherbakov` -> `sherbakov`; a word with nothing to rewrite comes back folded.
    """
    return _skeleton(_lowered(word))


def skeleton_variants(word: str) -> tuple[str, ...]:
    """Other skeletons of a Latin spelling that reads in two ways: `j` as й or ж, `x` as кс or х, `c` as к or ц."""
    folded = _unmarked(_lowered(word).translate(CARONS))
    found: list[str] = []
    for spelling, other in _TWO_READINGS:
        respelt = spelling.sub(other, folded)
        if respelt != folded:
            found.append(_rewritten(respelt))
    return tuple(dict.fromkeys(found))


def _lowered(text: str) -> str:
    return clean(text).casefold().translate(_UNTYPED)


def _unmarked(lowered: str) -> str:
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFD", lowered)
    return "".join(sign for sign in apart if unicodedata.category(sign) != "Mn").translate(LETTERS_WITHOUT_MARK)


@lru_cache(maxsize=4096)
def _skeleton(lowered: str) -> str:
    return _rewritten(_unmarked(lowered.translate(CARONS)).translate(CYRILLIC_TO_LATIN))


def _rewritten(latin: str) -> str:
    for pattern, plain in _RULES:
        latin = pattern.sub(plain, latin)
    return latin


def repair_layout(text: str) -> tuple[str, ...]:
    """What was meant if the keyboard was in the other layout: Russian for Latin letters, Latin for Russian ones.

    Shape: `ghbdtn` -> (`привет`,), `руддщ` -> (`hello`,); a text with neither alphabet, such as a phone, has no repair.
    """
    repaired: list[str] = []
    if _LATIN.search(text):
        repaired.append(text.translate(TYPED_ON_RUSSIAN_KEYS))
    if _CYRILLIC.search(text):
        repaired.append(text.translate(TYPED_ON_LATIN_KEYS))
    return tuple(repaired)
