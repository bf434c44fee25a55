"""Logins as they grew over the years: each part of the world made them in its own way."""

from random import Random

from sandbox.company.names.pool import Name, to_latin
from sandbox.company.person import Language

LONGEST = 20  # what a domain of the older kind accepts
_STYLES: dict[Language, tuple[str, ...]] = {
    "ru": ("{family}.{g}", "{family}.{g}", "{g}{family}", "{family}{g}{p}"),
    "pt": ("{g}{family}", "{given}.{family}"),
    "es": ("{g}{family}", "{g}{family}{second}", "{family}.{g}"),
    "fr": ("{g}.{family}", "{g}{family}"),
    "en": ("{given}.{family}", "{g}{family}", "{family}{g}"),
}


class Logins:
    """Hands out logins nobody has."""

    def __init__(self, taken: tuple[str, ...]) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def take(self, wish: str) -> str:
        """The wish itself, or the wish with the first free number behind it."""
        wish = wish[: LONGEST - 3]
        login = wish
        while login in self._taken:
            self._last[wish] = self._last.get(wish, 1) + 1
            login = f"{wish}{self._last[wish]}"
        self._taken.add(login)
        return login


def login_style(language: Language, rng: Random) -> str:
    """One of the ways a login is made there."""
    return rng.choice(_STYLES[language])


def style_login(style: str, name: Name, family: str) -> str:
    """The login such a name gets, possibly taken; ё is written e here, whatever a passport says."""
    given = _plain(name.given)
    families = [part for part in (_plain(word) for word in family.split()) if part]
    # Particles stay with what follows ("van der merwe"); only a second Spanish surname is set apart by its initial.
    main, second = (families[0], families[1][0]) if name_has_two(family) else ("".join(families), "")
    return style.format(given=given, g=given[:1], family=main, second=second, p=_plain(name.patronymic or "")[:1])


def name_has_two(family: str) -> bool:
    """Two surnames, not one with a particle in front."""
    parts = family.split()
    return len(parts) == 2 and all(part[0].isupper() and len(part) > 2 for part in parts)


def _plain(text: str) -> str:
    latin = to_latin(text.replace("ё", "е").replace("Ё", "Е")).lower()
    return "".join(letter for letter in latin if letter.isalpha())
