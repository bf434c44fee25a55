"""Questions: what a new installation has to be told, each with what a good answer is."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from authz.known import is_name
from gateway.identity.login_settings import is_safe_address
from gateway.settings import Language
from sources.kit.manifest import Setting, systems

_REFERENCE: Final = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*)")
_LOGIN: Final = re.compile(r"[^\s,]{1,200}")
_SOURCE: Final = re.compile(r"[a-z][a-z0-9_]{0,30}")
SIGN_IN: Final = ("oidc", "sandbox", "none")
SIGN_INS: Final = (
    "oidc: a provider of OpenID Connect; sandbox: `okno token` for anyone, to try things; none: programs only"
)


class WrongAnswer(Exception):
    """An answer that cannot be taken. Shape: `key` as in a file of answers; the text says what was expected."""

    def __init__(self, key: str, expected: str) -> None:
        super().__init__(f"{key}: {expected}")
        self.key = key
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Shape: `key` as in a file of answers, by dots; `several` takes a list, in a terminal divided by commas;
    without a default an answer is required. `good` returns the answer as it is written down, and raises ValueError.
    """

    key: str
    text: str
    good: Callable[[str], str]
    default: str | None = None
    several: bool = False

    def taken(self, said: object) -> Any:
        """An answer, checked. Raises: WrongAnswer."""
        if self.several:
            parts = said.split(",") if isinstance(said, str) else said
            if not isinstance(parts, list | tuple):
                raise WrongAnswer(self.key, "expected a list")
            found = [self._one(each) for each in parts if str(each).strip()]
            if not found and self.default != "":
                raise WrongAnswer(self.key, "expected at least one")
            return found
        return self._one(said)

    def _one(self, said: object) -> str:
        if not isinstance(said, str | int | float) or isinstance(said, bool):
            raise WrongAnswer(self.key, "expected a single value")
        try:
            return self.good(str(said).strip())
        except ValueError as problem:
            raise WrongAnswer(self.key, str(problem)) from None


def general() -> Sequence[Question]:
    """What every installation is asked first."""
    return (
        Question("name", "What is the installation called?", _some),
        Question("language", "Language of the screen", _one_of(get_args(Language)), "en"),
        Question("database", "Database: sqlite:///PATH, or postgresql://…", _database, "sqlite:///.okno/okno.db"),
        Question("sign_in", f"How do people sign in? ({SIGN_INS})", _one_of(SIGN_IN), "oidc"),
    )


def of_provider() -> Sequence[Question]:
    """What is asked of an OpenID Connect provider."""
    return (
        Question("oidc.issuer", "The provider's issuer, https://…", _address),
        Question("oidc.address", "Where browsers reach this gateway, https://…", _address),
        Question("oidc.client_id", "Our client id there", _some, "okno"),
        Question(
            "oidc.client_secret", "Its secret, as env:NAME or file:PATH; empty for a public client", _secret_or_none, ""
        ),
    )


def of_people() -> Sequence[Question]:
    """What is asked of regions, teams and people."""
    return (
        Question("regions", "The regions there are, divided by commas", _word, several=True),
        Question("team.id", "Id of the first team, for example helpdesk", _word, "helpdesk"),
        Question("team.title", "Its title", _some, "Help desk"),
        Question("team.region", "The region it works for, or all", _word),
        Question("operators", "Logins of its operators, divided by commas", _login, several=True),
        Question("officers", "Logins of security officers; a change of rights takes two people", _login, several=True),
    )


def of_sources() -> Question:
    """Which systems there are. Shape: an answer is SYSTEM, or NAME=SYSTEM where it is to be called otherwise."""
    listed = ", ".join(systems())
    return Question(
        "sources", f"Systems, divided by commas, as SYSTEM or NAME=SYSTEM ({listed})", _system, several=True
    )


def of_source(name: str, settings: Mapping[str, Setting]) -> Sequence[Question]:
    """What a system's manifest requires. Others are left to okno.yaml."""
    return [
        Question(f"sources.{name}.{key}", each.about + _SAID[each.secret], _reference if each.secret else _some)
        for key, each in settings.items()
        if each.required and each.default is None
    ]


_SAID: Final = {True: " (env:NAME or file:PATH)", False: ""}


def _some(said: str) -> str:
    if not said or "\n" in said:
        raise ValueError("expected an answer of one line")
    return said


def _one_of(words: Sequence[str]) -> Callable[[str], str]:
    def good(said: str) -> str:
        if said not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return said

    return good


def _database(said: str) -> str:
    if not re.fullmatch(r"(sqlite:///|postgresql://).+", said):
        raise ValueError("expected sqlite:///PATH or postgresql://…")
    if re.match(r"postgresql://[^/@]*:[^/@]+@", said):
        raise ValueError("expected no password in it: give that by PGPASSWORD or a password file")
    return said


def _address(said: str) -> str:
    if not is_safe_address(said):
        raise ValueError("expected https://…, or http:// on this machine's own address")
    return said


def _word(said: str) -> str:
    if not is_name(said):
        raise ValueError("expected small Latin letters, digits and underscores, beginning with a letter")
    return said


def _login(said: str) -> str:
    if not _LOGIN.fullmatch(said):
        raise ValueError("expected a login without blanks")
    return said


def _reference(said: str) -> str:
    if not _REFERENCE.fullmatch(said):
        raise ValueError("expected a reference (env:NAME or file:PATH): secrets do not stand in configuration")
    return said


def _secret_or_none(said: str) -> str:
    return _reference(said) if said else ""


def _system(said: str) -> str:
    name, equals, system = said.partition("=")
    system = system if equals else name
    if system not in systems():
        raise ValueError(f"expected one of {', '.join(systems())}")
    if not _SOURCE.fullmatch(name):
        raise ValueError("expected a name of small letters, digits and underscores before the =")
    return f"{name}={system}"
