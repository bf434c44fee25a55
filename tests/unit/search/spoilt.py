"""The queries of the test by kind: for each, whom or what it means and how it was said."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from sandbox.company.model import Company
from sandbox.company.person import Person
from tests.unit.search import spoil

T = TypeVar("T")

QUERIES_OF_A_KIND = 25
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A query and the node it means. Shape: found if the node is among the first `within` matches."""

    kind: str
    text: str
    node_type: str
    node_key: str
    within: int = SHOWN


@dataclass(frozen=True, slots=True)
class _Way:
    kind: str
    pick: Callable[[Person], bool]
    say: Callable[[Person, Random], str]


def full_name(person: Person) -> str:
    """Surname and given name in the person's own letters."""
    return f"{person.family_name} {person.given_name}"


def latin_name(person: Person) -> str:
    """Given name and surname in Latin letters."""
    return f"{person.given_latin} {person.family_latin}"


def _cyrillic(person: Person) -> bool:
    return any("а" <= letter.lower() <= "я" for letter in person.family_name)


def _latin(person: Person) -> bool:
    return not _cyrillic(person)


def _any(_: Person) -> bool:
    return True


def _on_keys(person: Person) -> bool:
    return _cyrillic(person) and spoil.fits_russian_keys(full_name(person))


def _marked(person: Person) -> bool:
    return _latin(person) and spoil.without_accents(full_name(person), Random(0)) != full_name(person)


def _with_yo(person: Person) -> bool:
    return "ё" in full_name(person).lower()


def _slipped(slip: Callable[[str, Random], str]) -> Callable[[Person, Random], str]:
    return lambda person, rng: slip(full_name(person), rng)


_WAYS = (
    _Way("name as it is", _any, lambda person, _: full_name(person)),
    _Way("Russian on the Latin layout", _on_keys, _slipped(spoil.on_english_keys)),
    _Way("Latin on the Russian layout", _any, lambda person, rng: spoil.on_russian_keys(latin_name(person), rng)),
    _Way("login on the Russian layout", _any, lambda person, rng: spoil.on_russian_keys(person.login, rng)),
    _Way("Cyrillic name in Latin", _cyrillic, _slipped(spoil.in_latin)),
    _Way(
        "Latin name in Cyrillic",
        _latin,
        lambda person, _: spoil.in_cyrillic(full_name(person), person.preferred_language),
    ),
    _Way("letter missing", _any, _slipped(spoil.letter_missing)),
    _Way("letter doubled", _any, _slipped(spoil.letter_doubled)),
    _Way("letters swapped", _any, _slipped(spoil.letters_swapped)),
    _Way("letter wrong", _any, _slipped(spoil.letter_wrong)),
    _Way("ё as е", _with_yo, _slipped(spoil.without_yo)),
    _Way("accents dropped", _marked, _slipped(spoil.without_accents)),
    _Way("words turned, case lost", _any, _slipped(spoil.words_turned)),
    _Way(
        "wrong layout and a slip",
        _on_keys,
        lambda person, rng: spoil.on_english_keys(spoil.letter_missing(full_name(person), rng), rng),
    ),
    _Way(
        "other alphabet and a slip",
        _cyrillic,
        lambda person, rng: spoil.letters_swapped(spoil.in_latin(full_name(person), rng), rng),
    ),
    _Way("login with a slip", _any, lambda person, rng: spoil.letter_missing(person.login, rng)),
    _Way("mail address", _any, lambda person, rng: rng.choice((person.email.upper(), person.email.partition("@")[0]))),
    _Way("phone in any format", _any, lambda person, rng: spoil.phone_said(person.mobile, rng)),
    _Way("last digits of a phone", _any, lambda person, rng: spoil.last_digits(person.mobile, rng)),
    _Way("extension", _any, lambda person, _: person.extension),
    _Way("personnel number without zeros", _any, lambda person, _: person.employee_id.lstrip("0")),
)


def spoilt_queries(company: Company, seed: int) -> list[Spoilt]:
    """All queries, the same for the same company and seed.

    A name that more people bear than are shown cannot single anybody out and is left out of the kinds by name.
    Namesakes are a kind of their own: said with the login or the last digits of the phone, as an operator would ask,
    and then the one meant must come first.
    """
    bearers = Counter(_sounding(full_name(person)) for person in company.people)
    found: list[Spoilt] = []
    for way in _WAYS:
        rng = Random(f"{seed}:{way.kind}")
        by_name = way.kind not in _NOT_BY_NAME
        fitting = [person for person in company.people if way.pick(person)]
        for person in _some(fitting, rng):
            if by_name and bearers[_sounding(full_name(person))] > SHOWN:
                continue
            found.append(Spoilt(way.kind, way.say(person, rng), "Employee", person.employee_id))
    found.extend(_namesakes(company, bearers, seed))
    found.extend(_initials(company, seed))
    found.extend(_things(company, seed))
    return found


_NOT_BY_NAME = frozenset({
    "login on the Russian layout", "login with a slip", "mail address", "phone in any format", "last digits of a phone",
    "extension", "personnel number without zeros",
})  # fmt: skip


def _sounding(text: str) -> str:
    return spoil.without_accents(spoil.without_yo(text, Random(0)), Random(0)).lower()


def _some(among: Sequence[T], rng: Random) -> Sequence[T]:
    return rng.sample(among, min(QUERIES_OF_A_KIND, len(among)))


def _namesakes(company: Company, bearers: Counter[str], seed: int) -> Iterator[Spoilt]:
    rng = Random(f"{seed}:namesakes")
    slips = (spoil.without_yo, spoil.letter_missing, spoil.letter_doubled, spoil.words_turned)
    many = [person for person in company.people if bearers[_sounding(full_name(person))] > 1]
    for person in _some(many, rng):
        said = rng.choice(slips)(full_name(person), rng)
        teller = rng.choice((person.login, person.mobile[-4:]))
        yield Spoilt("namesakes told apart", f"{said} {teller}", "Employee", person.employee_id, within=1)


def _initials(company: Company, seed: int) -> Iterator[Spoilt]:
    rng = Random(f"{seed}:initials")

    def short(person: Person) -> str:
        return f"{person.family_name} {person.given_name[0]}"

    alike = Counter(_sounding(short(person)) for person in company.people)
    for person in _some([one for one in company.people if alike[_sounding(short(one))] <= SHOWN], rng):
        yield Spoilt("surname and initial", short(person), "Employee", person.employee_id)


def _things(company: Company, seed: int) -> Iterator[Spoilt]:
    rng = Random(f"{seed}:things")
    for one in _some(company.certificates, rng):
        yield Spoilt("certificate serial", spoil.hex_said(one.serial, rng), "Certificate", one.serial)
    for device in _some(company.devices, rng):
        yield Spoilt("device serial", spoil.code_said(device.serial_number, rng), "Device", device.asset_tag)
    for device in _some(company.devices, rng):
        yield Spoilt("asset tag", spoil.code_said(device.asset_tag, rng), "Device", device.asset_tag)
    named = [device for device in company.devices if device.hostname]
    for device in _some(named, rng):
        short = (device.hostname or "").partition(".")[0]
        text = rng.choice((short.lower(), short.replace("-", ""), f"{short}.corp.{company.mail_domain}"))
        yield Spoilt("host, short or in full", text, "Device", device.asset_tag)
    for device in _some([device for device in company.devices if device.ip], rng):
        ip = device.ip or ""
        text = rng.choice((ip, ip.replace(".", ","), spoil.on_russian_keys(ip, rng)))
        yield Spoilt("IP address", text, "Device", device.asset_tag)
    for group in _some(company.groups, rng):
        text = rng.choice((group.name.lower(), group.name.replace("-", " "), spoil.letter_missing(group.name, rng)))
        yield Spoilt("group name", text, "Group", f"{group.domain}:{group.name}")
