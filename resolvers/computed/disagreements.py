"""Disagreements: what two systems say differently about one employee, since when, and what mends it.

Nothing is told here that the blocks would not: each rule names the fields it reads and says, and is not even tried for
those who may not read all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from authz.labels import Coordinate
from resolvers.asking import Asking
from resolvers.computed.gathering import PARTS, Dossier, Eyes, Gathering, places
from resolvers.computed.registry import computes
from resolvers.search.normalise import fold
from sources.ports.accounts import Account
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


class Finding(NamedTuple):
    """What a rule found. Shape: `of` is the object in question, None where it is the employee."""

    of: Any
    about: str
    statements: tuple[Statement, ...]
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How disagreements of one code are found.

    Shape: `reads` are the fields that the rule looks at or that its statements show; `dated` those that `since` follows
    from beside them.
    """

    code: str
    gravity: str
    mended_by: str | None
    reads: tuple[Coordinate, ...]
    find: Callable[[Dossier, datetime], Iterator[Finding]]
    dated: tuple[Coordinate, ...] = ()

    def __call__(self, dossier: Dossier, now: datetime, eyes: Eyes | None = None) -> Iterator[Disagreement]:
        """Those that the records of a dossier show; with eyes, those of them that these may see."""
        for of, about, statements, since in self.find(dossier, now):
            if eyes is None or eyes.see(self.reads, of):
                when = since if eyes is None or eyes.see(self.dated, of) else None
                yield Disagreement(self.code, self.gravity, about, statements, when, self.mended_by)


_GRAVITIES: Final = ("HIGH", "MEDIUM", "LOW")


@computes("Employee.disagreements")
async def disagreements(person: Person, asking: Asking, info: Any) -> list[Disagreement]:
    """The gravest first. What a failing source would have said is not guessed: it is named in an error."""
    eyes = Eyes(person, asking.sight)
    tellable = [rule for rule in RULES if eyes.see(rule.reads)]
    wanted = {place for rule in tellable for place in rule.reads if place in PARTS}
    dossier = await Gathering(person, asking, info, eyes).dossier(wanted)
    found = [each for rule in tellable for each in rule(dossier, asking.now, eyes)]
    return sorted(found, key=lambda each: (_GRAVITIES.index(each.gravity), each.code, each.about))


Living = Iterator[tuple[Any, str, str]]
"""What of somebody's still works: the record, what it is called, what its source says of it."""


def _of_a_leaver(living: Callable[[Dossier, datetime], Living]) -> Callable[[Dossier, datetime], Iterator[Finding]]:
    """HR says somebody has left, and something of theirs still works."""

    def find(dossier: Dossier, now: datetime) -> Iterator[Finding]:
        hr = dossier.employment
        if hr is None or hr.terminated_on is None or _start(hr.terminated_on) >= now:
            return
        left = Statement(hr.source, f"left on {hr.terminated_on.isoformat()}")
        for record, about, says in living(dossier, now):
            yield Finding(record, about, (left, Statement(record.source, says)), _start(hr.terminated_on))

    return find


def _enabled_accounts(dossier: Dossier, _now: datetime) -> Living:
    return ((each, _named(each), "enabled") for each in dossier.accounts if each.enabled)


def _valid_certificates(dossier: Dossier, now: datetime) -> Living:
    for each in dossier.certificates:
        if each.status_at(now) == "VALID":
            yield each, each.serial, f"valid until {each.not_after.date().isoformat()}"


def _active_badges(dossier: Dossier, now: datetime) -> Living:
    return ((each, each.number, "active") for each in dossier.badges if each.status_at(now) == "ACTIVE")


def _open_tunnels(dossier: Dossier, _now: datetime) -> Living:
    return ((each, each.login, "connected") for each in dossier.vpn_sessions)


def _open_sessions(dossier: Dossier, _now: datetime) -> Living:
    return ((each, each.application, "signed in") for each in dossier.sessions)


def _active_factors(dossier: Dossier, _now: datetime) -> Living:
    return ((each, each.serial, "active") for each in dossier.second_factors if each.active)


def _assigned_devices(dossier: Dossier, _now: datetime) -> Living:
    return ((each, each.tag, "assigned") for each in dossier.devices if each.status == "ASSIGNED")


def _active_in_the_directory(dossier: Dossier, _now: datetime) -> Living:
    return ((each, each.login, "active") for each in (dossier.person,) if each.active)


def barred_by_account(dossier: Dossier, _now: datetime) -> Iterator[Finding]:
    """HR says somebody works here, and an account of theirs does not let them in."""
    hr = dossier.employment
    if hr is None or hr.status != "ACTIVE":
        return
    for account in dossier.accounts:
        if account.kind == "PERSONAL" and not account.enabled:
            statements = (Statement(hr.source, "active"), Statement(account.source, "disabled"))
            yield Finding(account, _named(account), statements)


def barred_by_directory(dossier: Dossier, _now: datetime) -> Iterator[Finding]:
    """HR says somebody works here, and the directory says they do not."""
    hr, person = dossier.employment, dossier.person
    if hr is not None and hr.status == "ACTIVE" and not person.active:
        statements = (Statement(hr.source, "active"), Statement(person.source, "not active"))
        yield Finding(None, person.login, statements)


def not_yet_but_open(dossier: Dossier, now: datetime) -> Iterator[Finding]:
    """HR says somebody starts later, and an account of theirs is open already."""
    hr = dossier.employment
    if hr is None or hr.hired_on is None or _start(hr.hired_on) <= now:
        return
    later = Statement(hr.source, f"starts on {hr.hired_on.isoformat()}")
    for account in dossier.accounts:
        if account.enabled:
            statements = (later, Statement(account.source, "enabled"))
            yield Finding(account, _named(account), statements, account.created_at)


def names_differ(dossier: Dossier, _now: datetime) -> Iterator[Finding]:
    """HR writes another family name than the directory: changed, and not everywhere yet."""
    hr, person = dossier.employment, dossier.person
    if hr is None or hr.family_name is None or person.name.family is None:
        return
    if fold(hr.family_name) != fold(person.name.family):
        statements = (Statement(hr.source, hr.family_name), Statement(person.source, person.name.family))
        yield Finding(None, person.login, statements)


def address_differs_in_hr(dossier: Dossier, _now: datetime) -> Iterator[Finding]:
    """The directory knows another mail address than HR."""
    if dossier.employment is not None:
        yield from _other_address(dossier, None, dossier.employment.source, dossier.employment.email)


def address_differs_in_domain(dossier: Dossier, _now: datetime) -> Iterator[Finding]:
    """The directory knows another mail address than the domain."""
    for account in dossier.accounts:
        if account.kind == "PERSONAL":
            yield from _other_address(dossier, account, account.source, account.email)


def _other_address(dossier: Dossier, of: Any, source: str, address: str | None) -> Iterator[Finding]:
    person = dossier.person
    if person.email is None or address is None or "mail" in dossier.failed:
        # without the mailbox's aliases no other address can be told from an alias
        return
    aliases = dossier.mailbox.aliases if dossier.mailbox else ()
    if address.casefold() not in {each.casefold() for each in (person.email, *aliases)}:
        yield Finding(of, person.email, (Statement(person.source, person.email), Statement(source, address)))


def devices_differ(dossier: Dossier, _now: datetime) -> Iterator[Finding]:
    """Equipment says the device is this employee's, device management sees somebody else on it."""
    if "accounts" in dossier.failed:
        # a stranger on the device may be this employee by an account that is not told
        return
    own = {dossier.person.login.casefold(), *(account.login.casefold() for account in dossier.accounts)}
    for device, management in dossier.management:
        user = management.user_login
        if user is not None and user.casefold() not in own:
            statements = (Statement(device.source, dossier.person.login), Statement(management.source, user))
            yield Finding(device, device.tag, statements, management.last_seen_at)


def lost_but_seen(dossier: Dossier, _now: datetime) -> Iterator[Finding]:
    """Equipment says lost, device management still hears from it unlocked."""
    for device, management in dossier.management:
        if device.status == "LOST" and management.enrolled and not management.locked:
            statements = (Statement(device.source, "lost"), Statement(management.source, "not locked"))
            yield Finding(device, device.tag, statements, device.changed_at)


def _leaver(code: str, gravity: str, mended_by: str, reads: str, living: Callable[[Dossier, datetime], Living]) -> Rule:
    return _rule(code, gravity, mended_by, f"{_LEFT} {reads}", _of_a_leaver(living))


def _rule(
    code: str,
    gravity: str,
    mended_by: str | None,
    reads: str,
    find: Callable[[Dossier, datetime], Iterator[Finding]],
    dated: str = "",
) -> Rule:
    return Rule(code, gravity, mended_by, places(reads), find, places(dated))


_LEFT: Final = "Employee.employment Employment.terminatedOn"
_WORKS: Final = "Employee.employment Employment.status"
_ACCOUNT: Final = "Employee.accounts Account.domain Account.login Account.enabled"
_MANAGED: Final = "Employee.devices Device.tag Device.management"
_ADDRESS: Final = "Employee.email Employee.mailbox Mailbox.aliases"

RULES: Final[tuple[Rule, ...]] = (
    _leaver("leaver.account_enabled", "HIGH", "disableAccount", _ACCOUNT, _enabled_accounts),
    _leaver("leaver.certificate_valid", "HIGH", "revokeCertificate", "Employee.certificates Certificate.serial Certificate.status Certificate.notAfter", _valid_certificates),
    _leaver("leaver.badge_active", "HIGH", "blockBadge", "Employee.badges Badge.number Badge.status", _active_badges),
    _leaver("leaver.vpn_connected", "HIGH", "disconnectVpn", "Employee.vpnSessions VpnSession.login", _open_tunnels),
    _leaver("leaver.session_open", "HIGH", "terminateSessions", "Employee.sessions IdentitySession.application", _open_sessions),
    _leaver("leaver.second_factor_active", "MEDIUM", "removeSecondFactor", "Employee.secondFactors SecondFactor.serial SecondFactor.active", _active_factors),
    _leaver("leaver.device_assigned", "MEDIUM", "returnDevice", "Employee.devices Device.tag Device.status", _assigned_devices),
    _leaver("leaver.directory_active", "MEDIUM", "updateContact", "Employee.login Employee.active", _active_in_the_directory),
    _rule("employee.account_disabled", "MEDIUM", "enableAccount", f"{_WORKS} {_ACCOUNT} Account.kind", barred_by_account),
    _rule("employee.directory_inactive", "MEDIUM", None, f"{_WORKS} Employee.login Employee.active", barred_by_directory),
    _rule("newcomer.account_enabled", "LOW", "disableAccount", f"Employee.employment Employment.hiredOn {_ACCOUNT}", not_yet_but_open, "Account.createdAt"),
    _rule("name.differs", "LOW", "updateContact", "Employee.employment Employment.familyName Employee.login Employee.name PersonName.family", names_differ),
    # The other address is no field of its own: it is for those who may read the name or login that stands beside it.
    _rule("email.differs", "LOW", "updateContact", f"{_ADDRESS} Employee.accounts Account.login Account.kind", address_differs_in_domain),
    _rule("email.differs", "LOW", "updateContact", f"{_ADDRESS} Employee.employment Employment.familyName", address_differs_in_hr),
    _rule("device.user_differs", "LOW", "assignDevice", f"{_MANAGED} DeviceManagement.userLogin Employee.login Employee.accounts Account.login", devices_differ, "DeviceManagement.lastSeenAt"),
    _rule("device.lost_not_locked", "HIGH", "lockDevice", f"{_MANAGED} Device.status DeviceManagement.enrolled DeviceManagement.locked", lost_but_seen),
)  # fmt: skip
"""Every rule there is, with what it reads and says."""


def _named(account: Account) -> str:
    return f"{account.domain}\\{account.login}"


def _start(day: date) -> datetime:
    """The end of a last day, or the beginning of a first one, as midnight in UTC."""
    return datetime.combine(day, time(), UTC)
