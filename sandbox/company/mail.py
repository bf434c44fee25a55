"""Mailboxes: people's own, shared ones, and those left behind."""

from datetime import UTC, datetime, time, timedelta

from sandbox.company.cast import Cast, ago
from sandbox.company.model import Mailbox, OutOfOffice
from sandbox.company.people import MAIL_DOMAIN
from sandbox.company.person import Language, Person

_GIGABYTE = 1024**3
_QUOTA, _VIP_QUOTA = 10 * _GIGABYTE, 50 * _GIGABYTE
_AWAY: dict[Language, str] = {
    "en": "Hello! I am away until {until} and will answer when I am back.",
    "ru": "Здравствуйте! Меня не будет до {until}, отвечу по возвращении.",
    "es": "¡Hola! Estaré ausente hasta el {until}; responderé a mi regreso.",
    "pt": "Olá! Estarei ausente até {until} e responderei quando voltar.",
    "fr": "Bonjour ! Je suis absent jusqu'au {until} et répondrai à mon retour.",
}
_SHARED = ("office", "invoices", "press", "jobs", "reception")


def build_mailboxes(cast: Cast) -> tuple[Mailbox, ...]:
    """All mailboxes by address. Whoever lacks an account lacks a mailbox; some belong to nobody any more."""
    rng, now = cast.stream("mail"), cast.now
    taken = {person.email for person in cast.people}
    aliased: set[str] = set()
    boxes = []
    for person in cast.alive(cast.oddities.account_outlives):
        if person.employee_id in cast.oddities.without_account:
            continue
        showcase = person is cast.showcase
        quota = _VIP_QUOTA if person.vip else _QUOTA
        share = 0.97 if showcase else min(1.0, rng.betavariate(1.6, 2.6) * 1.1)
        aliases = []
        for wish in _aliases(person, usual=showcase or rng.random() < 0.3):
            if wish not in taken and wish not in aliased:
                aliased.add(wish)
                aliases.append(wish)
        forwards = person.status == "TERMINATED" or rng.random() < 0.02
        boxes.append(
            Mailbox(
                address=person.email,
                owner_login=person.login,
                display_name=person.directory_display_name,
                aliases=tuple(aliases),
                quota_bytes=quota,
                used_bytes=int(quota * share),
                out_of_office=_away(person, now.date().isoformat(), chance=rng.random(), always=showcase),
                forwarding=rng.choice(cast.working).email if forwards and not cast.is_demo(person) else None,
                last_access_at=ago(now, rng, 1.5 if rng.random() < 0.9 else 90),
            )
        )
    for number in range(cast.oddities.orphan_mailboxes):
        name = _SHARED[number] if number < len(_SHARED) else f"project-{number:03d}"
        seen = ago(now, rng, 400, least=100) if rng.random() < 0.7 else None
        used = rng.randrange(_QUOTA)
        boxes.append(Mailbox(f"{name}@{MAIL_DOMAIN}", None, name, (), _QUOTA, used, None, None, seen))
    return tuple(sorted(boxes, key=lambda box: box.address))


def _aliases(person: Person, *, usual: bool) -> list[str]:
    found = []
    if person.previous_login:
        found.append(f"{person.previous_login}@{MAIL_DOMAIN}")
    if usual:
        full = f"{person.given_latin}.{person.family_latin}".lower().replace(" ", "-").replace("'", "")
        found.append(f"{full}@{MAIL_DOMAIN}")
    if person.email != f"{person.login}@{MAIL_DOMAIN}":
        found.append(f"{person.login}@{MAIL_DOMAIN}")
    return found


def _away(person: Person, today: str, *, chance: float, always: bool) -> OutOfOffice | None:
    """Most of those away say so; the showcase forgot to switch off the answer of the last holiday."""
    for absence in person.absences:
        if absence.starts.isoformat() <= today <= absence.ends.isoformat() and chance < 0.7:
            starts = datetime.combine(absence.starts, time(0, 0), UTC)
            ends = datetime.combine(absence.ends, time(23, 59), UTC)
            return OutOfOffice(
                True, _AWAY[person.preferred_language].format(until=absence.ends.isoformat()), starts, ends
            )
    if not always:
        return None
    ends = datetime.fromisoformat(today).replace(tzinfo=UTC) - timedelta(days=1)
    text = _AWAY[person.preferred_language].format(until=ends.date().isoformat())
    return OutOfOffice(True, text, ends - timedelta(days=10), ends)
