"""Disagreements: what two systems say differently about one employee, since when, and what mends it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from resolvers.asking import Asking
from resolvers.computed.gathering import Dossier, Gathering
from resolvers.computed.registry import computes
from resolvers.search.normalise import fold
from sources.ports.directory import Person


@dataclass(frozen=True, slots=True)
class Statement:
    """What one source says."""

    source: str
    says: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What two systems say differently. Shape: `gravity` is HIGH, MEDIUM or LOW."""

    code: str
    gravity: str
    about: str
    statements: tuple[Statement, ...]
    since: datetime | None = None
    mended_by: str | None = None


Rule = Callable[[Dossier, datetime], Iterator[Disagreement]]
_GRAVITIES: Final = ("HIGH", "MEDIUM", "LOW")


@computes("Employee.disagreements")
async def disagreements(person: Person, asking: Asking, info: Any) -> list[Disagreement]:
    """The gravest first. What a failing source would have said is not guessed: it is named in an error."""
    dossier = await Gathering(person, asking, info).dossier(tickets=False, management=True, jobs=False, licences=False)
    found = [each for rule in RULES for each in rule(dossier, asking.now)]
    return sorted(found, key=lambda each: (_GRAVITIES.index(each.gravity), each.code, each.about))


def left_but_lives(dossier: Dossier, now: datetime) -> Iterator[Disagreement]:
    """HR says somebody has left, and something of theirs still works."""
    hr = dossier.employment
    if hr is None or hr.terminated_on is None or _start(hr.terminated_on) >= now:
        return
    left = Statement(hr.source, f"left on {hr.terminated_on.isoformat()}")
    since = _start(hr.terminated_on)

    def lives(code: str, gravity: str, about: str, source: str, says: str, mended_by: str) -> Disagreement:
        return Disagreement(code, gravity, about, (left, Statement(source, says)), since, mended_by)

    for account in dossier.accounts:
        if account.enabled:
            about = f"{account.domain}\\{account.login}"
            yield lives("leaver.account_enabled", "HIGH", about, account.source, "enabled", "disableAccount")
    for certificate in dossier.certificates:
        if certificate.status_at(now) == "VALID":
            says = f"valid until {certificate.not_after.date().isoformat()}"
            yield lives(
                "leaver.certificate_valid", "HIGH", certificate.serial, certificate.source, says, "revokeCertificate"
            )
    for badge in dossier.badges:
        if badge.status_at(now) == "ACTIVE":
            yield lives("leaver.badge_active", "HIGH", badge.number, badge.source, "active", "blockBadge")
    for tunnel in dossier.vpn_sessions:
        yield lives("leaver.vpn_connected", "HIGH", tunnel.login, tunnel.source, "connected", "disconnectVpn")
    for session in dossier.sessions:
        yield lives(
            "leaver.session_open", "HIGH", session.application, session.source, "signed in", "terminateSessions"
        )
    for factor in dossier.second_factors:
        if factor.active:
            yield lives(
                "leaver.second_factor_active", "MEDIUM", factor.serial, factor.source, "active", "removeSecondFactor"
            )
    for device in dossier.devices:
        if device.status == "ASSIGNED":
            yield lives("leaver.device_assigned", "MEDIUM", device.tag, device.source, "assigned", "returnDevice")
    if dossier.person.active:
        directory = dossier.person.source
        yield lives("leaver.directory_active", "MEDIUM", dossier.person.login, directory, "active", "updateContact")


def works_but_barred(dossier: Dossier, now: datetime) -> Iterator[Disagreement]:
    """HR says somebody works here, and no account of theirs lets them in."""
    hr = dossier.employment
    if hr is None or hr.status != "ACTIVE":
        return
    works = Statement(hr.source, "active")
    personal = [account for account in dossier.accounts if account.kind == "PERSONAL"]
    for account in personal:
        if not account.enabled:
            about = f"{account.domain}\\{account.login}"
            statements = (works, Statement(account.source, "disabled"))
            yield Disagreement("employee.account_disabled", "MEDIUM", about, statements, None, "enableAccount")
    if not dossier.person.active:
        directory = Statement(dossier.person.source, "not active")
        yield Disagreement("employee.directory_inactive", "MEDIUM", dossier.person.login, (works, directory))


def not_yet_but_open(dossier: Dossier, now: datetime) -> Iterator[Disagreement]:
    """HR says somebody starts later, and an account of theirs is open already."""
    hr = dossier.employment
    if hr is None or hr.hired_on is None or _start(hr.hired_on) <= now:
        return
    later = Statement(hr.source, f"starts on {hr.hired_on.isoformat()}")
    for account in dossier.accounts:
        if account.enabled:
            about = f"{account.domain}\\{account.login}"
            statements = (later, Statement(account.source, "enabled"))
            yield Disagreement(
                "newcomer.account_enabled", "LOW", about, statements, account.created_at, "disableAccount"
            )


def names_differ(dossier: Dossier, now: datetime) -> Iterator[Disagreement]:
    """HR writes another family name than the directory: changed, and not everywhere yet."""
    hr, person = dossier.employment, dossier.person
    if hr is None or hr.family_name is None or person.name.family is None:
        return
    if fold(hr.family_name) != fold(person.name.family):
        statements = (Statement(hr.source, hr.family_name), Statement(person.source, person.name.family))
        yield Disagreement("name.differs", "LOW", person.login, statements, None, "updateContact")


def addresses_differ(dossier: Dossier, now: datetime) -> Iterator[Disagreement]:
    """The directory knows another mail address than HR or the domain."""
    person = dossier.person
    if person.email is None or "mail" in dossier.failed:
        # without the mailbox's aliases no other address can be told from an alias
        return
    mine = person.email.casefold()
    others = [(account.source, account.email) for account in dossier.accounts if account.kind == "PERSONAL"]
    if dossier.employment is not None:
        others.append((dossier.employment.source, dossier.employment.email))
    aliases = {alias.casefold() for alias in dossier.mailbox.aliases} if dossier.mailbox else set()
    for source, address in others:
        if address is not None and address.casefold() not in {mine, *aliases}:
            statements = (Statement(person.source, person.email), Statement(source, address))
            yield Disagreement("email.differs", "LOW", person.email, statements, None, "updateContact")


def devices_differ(dossier: Dossier, now: datetime) -> Iterator[Disagreement]:
    """Equipment says the device is this employee's, device management sees somebody else on it."""
    if "accounts" in dossier.failed:
        # a stranger on the device may be this employee by an account that is not told
        return
    own = {dossier.person.login.casefold(), *(account.login.casefold() for account in dossier.accounts)}
    for device, management in dossier.management:
        user = management.user_login
        if user is not None and user.casefold() not in own:
            statements = (Statement(device.source, dossier.person.login), Statement(management.source, user))
            yield Disagreement(
                "device.user_differs", "LOW", device.tag, statements, management.last_seen_at, "assignDevice"
            )


def lost_but_seen(dossier: Dossier, now: datetime) -> Iterator[Disagreement]:
    """Equipment says lost, device management still hears from it unlocked."""
    for device, management in dossier.management:
        if device.status == "LOST" and management.enrolled and not management.locked:
            statements = (Statement(device.source, "lost"), Statement(management.source, "not locked"))
            yield Disagreement(
                "device.lost_not_locked", "HIGH", device.tag, statements, device.changed_at, "lockDevice"
            )


RULES: Final[tuple[Rule, ...]] = (
    left_but_lives,
    works_but_barred,
    not_yet_but_open,
    names_differ,
    addresses_differ,
    devices_differ,
    lost_but_seen,
)


def _start(day: date) -> datetime:
    """The end of a last day, or the beginning of a first one, as midnight in UTC."""
    return datetime.combine(day, time(), UTC)
