"""Timeline: the events that records tell, of all systems, in one order. Nothing is asked for that blocks do not ask.

Nothing is told here that the blocks would not: each event names the fields it follows from and those it shows.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from authz.labels import Coordinate
from resolvers.activity import deeds_of
from resolvers.asking import Asking
from resolvers.computed.gathering import PARTS, Dossier, Eyes, Gathering, places
from resolvers.computed.registry import computes
from resolvers.windows import Listed, check_first, window
from sources.ports.activity import OURSELVES
from sources.ports.directory import Person
from sources.ports.errors import SourceError


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Shape: `code` is `noun.past`; `run` the key of the run that it was, if it was one."""

    source: str
    at: datetime
    kind: str
    code: str
    about: str
    run: str | None = None

    @property
    def identity(self) -> str:
        """What tells it from the others."""
        return f"{self.at.timestamp()} {self.code} {self.about} {self.source} {self.run or ''}".rstrip()


@dataclass(frozen=True, slots=True)
class Telling:
    """Where an event of one code comes from.

    Shape: `reads` are the fields without any of which it is not told; `about` the fields of each wording of what it
    happened to, the fullest wording first, in the order in which the records' wordings come; of the wordings whose
    fields may be read the first is shown.
    """

    kind: str
    reads: tuple[Coordinate, ...]
    about: tuple[tuple[Coordinate, ...], ...]


def _of(kind: str, reads: str, *about: str) -> Telling:
    return Telling(kind, places(reads), tuple(places(each) for each in about))


_OURS: Final = "OPERATION"
_ACCOUNT: Final = "Account.domain Account.login"
_JOB: Final = "Employee.devices Device.softwareJobs SoftwareJob.action SoftwareJob.state SoftwareJob.startedAt SoftwareJob.endedAt"
_PASSAGE: Final = "Employee.badges Badge.passages Passage.at Passage.granted"

TELLINGS: Final[Mapping[str, Telling]] = {
    "employee.hired": _of("EMPLOYMENT", "Employee.employment Employment.hiredOn", "Employment.position", ""),
    "employee.left": _of("EMPLOYMENT", "Employee.employment Employment.terminatedOn", "Employment.position", ""),
    "position.changed": _of("EMPLOYMENT", "Employee.employment Employment.positions Employment.hiredOn PositionStep.since", "PositionStep.title", ""),
    "absence.began": _of("EMPLOYMENT", "Employee.employment Employment.absences Absence.starts", ""),
    "account.created": _of("ACCOUNT", "Employee.accounts Account.createdAt", _ACCOUNT),
    "account.locked": _of("ACCOUNT", "Employee.accounts Account.lockedSince", _ACCOUNT),
    "account.signed_in": _of("ACCOUNT", "Employee.accounts Account.lastSignInAt", _ACCOUNT),
    "account.expired": _of("ACCOUNT", "Employee.accounts Account.expiresAt", _ACCOUNT),
    "password.set": _of("ACCOUNT", "Employee.accounts Account.passwordSetAt", _ACCOUNT),
    "password.expired": _of("ACCOUNT", "Employee.accounts Account.passwordExpiresAt", _ACCOUNT),
    "certificate.issued": _of("CERTIFICATE", "Employee.certificates Certificate.notBefore", "Certificate.serial"),
    "certificate.expired": _of("CERTIFICATE", "Employee.certificates Certificate.notAfter", "Certificate.serial"),
    "certificate.revoked": _of("CERTIFICATE", "Employee.certificates Certificate.revokedAt", "Certificate.serial"),
    "device.assigned": _of("DEVICE", "Employee.devices Device.assignedAt", "Device.tag"),
    "device.bought": _of("DEVICE", "Employee.devices Device.purchasedOn", "Device.tag"),
    "install.started": _of("SOFTWARE", _JOB, "SoftwareJob.product Device.hostname", "SoftwareJob.product"),
    "install.done": _of("SOFTWARE", _JOB, "SoftwareJob.product Device.hostname", "SoftwareJob.product"),
    "install.failed": _of("SOFTWARE", _JOB, "SoftwareJob.product Device.hostname", "SoftwareJob.product"),
    "remove.started": _of("SOFTWARE", _JOB, "SoftwareJob.product Device.hostname", "SoftwareJob.product"),
    "remove.done": _of("SOFTWARE", _JOB, "SoftwareJob.product Device.hostname", "SoftwareJob.product"),
    "remove.failed": _of("SOFTWARE", _JOB, "SoftwareJob.product Device.hostname", "SoftwareJob.product"),
    "licence.granted": _of("SOFTWARE", "Employee.licences Licence.grantedAt", "Licence.product"),
    "licence.expired": _of("SOFTWARE", "Employee.licences Licence.expiresAt", "Licence.product"),
    "badge.issued": _of("BADGE", "Employee.badges Badge.issuedAt", "Badge.number"),
    "badge.blocked": _of("BADGE", "Employee.badges Badge.blockedAt", "Badge.number"),
    "badge.expired": _of("BADGE", "Employee.badges Badge.validUntil", "Badge.number"),
    "door.opened": _of("BADGE", _PASSAGE, "Passage.door"),
    "door.refused": _of("BADGE", _PASSAGE, "Passage.door"),
    "second_factor.enrolled": _of("SECOND_FACTOR", "Employee.secondFactors SecondFactor.enrolledAt", "SecondFactor.serial"),
    "second_factor.used": _of("SECOND_FACTOR", "Employee.secondFactors SecondFactor.lastUsedAt", "SecondFactor.serial"),
    "mailbox.opened": _of("MAIL", "Employee.mailbox Mailbox.lastOpenedAt", "Mailbox.address"),
    "out_of_office.began": _of("MAIL", "Employee.mailbox Mailbox.outOfOffice OutOfOffice.enabled OutOfOffice.startsAt", "Mailbox.address"),
    "vpn.connected": _of("VPN", "Employee.vpnSessions VpnSession.connectedAt", "VpnSession.realAddress", "VpnSession.login"),
    "session.started": _of("SESSION", "Employee.sessions IdentitySession.startedAt", "IdentitySession.application"),
    "ticket.opened": _of("TICKET", "Employee.tickets Ticket.createdAt", "Ticket.number Ticket.subject", "Ticket.number"),
    "ticket.resolved": _of("TICKET", "Employee.tickets Ticket.resolvedAt", "Ticket.number Ticket.subject", "Ticket.number"),
}  # fmt: skip
"""Every event that systems tell, by its code. One that is not here is not told to anybody."""


@computes("Employee.timeline")
async def timeline(
    person: Person, asking: Asking, info: Any, first: int, kinds: list[Any] | None = None, after: str | None = None
) -> Listed:
    """The newest first. A source that failed is named in an error; the others' events are there."""
    check_first(first)
    eyes = Eyes(person, asking.sight)
    named = frozenset(each.value for each in kinds) if kinds is not None else None
    chosen = tellable(eyes, named)
    wanted = {place for code in chosen for place in TELLINGS[code].reads if place in PARTS}
    dossier, deeds = await asyncio.gather(
        Gathering(person, asking, info, eyes).dossier(wanted),
        _deeds(person, asking, info) if named is None or _OURS in named else _nothing(),
    )
    events = {event for event in events_of(dossier, eyes, chosen) if event.at <= asking.now} | deeds
    return window(sorted(events, key=lambda event: (-event.at.timestamp(), event.identity)), first, after)


async def _deeds(person: Person, asking: Asking, info: Any) -> set[Event]:
    """What was done through Okno: told to whoever may know of the run."""
    try:
        deeds = await deeds_of(person, asking)
    except SourceError as failure:
        asking.missing(failure, info)
        return set()
    return {Event(OURSELVES, each.at, _OURS, each.code, each.name, each.run) for each in deeds}


async def _nothing() -> set[Event]:
    return set()


def tellable(eyes: Eyes, kinds: frozenset[str] | None) -> frozenset[str]:
    """Codes of the events that are wanted and might be told of this employee; kinds None: of every kind."""
    return frozenset(
        code
        for code, telling in TELLINGS.items()
        if (kinds is None or telling.kind in kinds)
        and eyes.see(telling.reads)
        and any(eyes.see(wording) for wording in telling.about)
    )


def events_of(dossier: Dossier, eyes: Eyes, codes: frozenset[str]) -> Iterator[Event]:
    """The events of these codes that the records of a dossier tell and the viewer may be told, in no order."""
    for code, source, at, wordings, of in told(dossier):
        if at is None or code not in codes or not eyes.see(TELLINGS[code].reads, of):
            continue
        for fields, wording in zip(TELLINGS[code].about, wordings, strict=True):
            if wording is not None and eyes.see(fields, of):
                yield Event(source, _moment(at), TELLINGS[code].kind, code, wording)
                break


class Told(NamedTuple):
    """What a record tells. Shape: `wordings` as `Telling.about`, None where there is nothing to say; `of` is the object."""

    code: str
    source: str
    at: datetime | date | None
    wordings: tuple[str | None, ...]
    of: Any = None


def told(dossier: Dossier) -> Iterator[Told]:
    """Everything that records tell, to whomever."""
    yield from _employment(dossier)
    for account in dossier.accounts:
        about = (f"{account.domain}\\{account.login}",)
        yield Told("account.created", account.source, account.created_at, about, account)
        yield Told("account.locked", account.source, account.locked_since, about, account)
        yield Told("password.set", account.source, account.password_set_at, about, account)
        yield Told("password.expired", account.source, account.password_expires_at, about, account)
        yield Told("account.signed_in", account.source, account.last_sign_in_at, about, account)
        yield Told("account.expired", account.source, account.expires_at, about, account)
    for each in dossier.certificates:
        yield Told("certificate.issued", each.source, each.not_before, (each.serial,), each)
        yield Told("certificate.expired", each.source, each.not_after, (each.serial,), each)
        yield Told("certificate.revoked", each.source, each.revoked_at, (each.serial,), each)
    for device in dossier.devices:
        yield Told("device.assigned", device.source, device.assigned_at, (device.tag,), device)
        yield Told("device.bought", device.source, device.purchased_on, (device.tag,), device)
    for device, job in dossier.jobs:
        done = {"SUCCEEDED": "done", "FAILED": "failed", "RUNNING": "started"}[job.state]
        wordings = (f"{job.product} on {job.hostname}", job.product)
        yield Told(f"{job.action.lower()}.{done}", job.source, job.ended_at or job.started_at, wordings, device)
    for licence in dossier.licences:
        yield Told("licence.granted", licence.source, licence.granted_at, (licence.product,))
        yield Told("licence.expired", licence.source, licence.expires_at, (licence.product,))
    yield from _access(dossier)
    for ticket in dossier.tickets:
        wordings = (f"#{ticket.number} {ticket.subject}", f"#{ticket.number}")
        yield Told("ticket.opened", ticket.source, ticket.created_at, wordings, ticket)
        yield Told("ticket.resolved", ticket.source, ticket.resolved_at, wordings, ticket)


def _employment(dossier: Dossier) -> Iterator[Told]:
    employment = dossier.employment
    if employment is None:
        return
    source = employment.source
    yield Told("employee.hired", source, employment.hired_on, (employment.position, ""))
    yield Told("employee.left", source, employment.terminated_on, (employment.position, ""))
    for step in employment.positions:
        if step.since != employment.hired_on:
            yield Told("position.changed", source, step.since, (step.title, ""))
    for absence in employment.absences:
        yield Told("absence.began", source, absence.starts, ("",))  # why is for fewer eyes than when


def _access(dossier: Dossier) -> Iterator[Told]:
    for badge in dossier.badges:
        yield Told("badge.issued", badge.source, badge.issued_at, (badge.number,))
        yield Told("badge.blocked", badge.source, badge.blocked_at, (badge.number,))
        yield Told("badge.expired", badge.source, badge.valid_until, (badge.number,))
        for passage in badge.passages:
            code = "door.opened" if passage.granted else "door.refused"
            yield Told(code, badge.source, passage.at, (passage.door,))
    for factor in dossier.second_factors:
        yield Told("second_factor.enrolled", factor.source, factor.enrolled_at, (factor.serial,))
        yield Told("second_factor.used", factor.source, factor.last_used_at, (factor.serial,))
    if dossier.mailbox is not None:
        mailbox = dossier.mailbox
        yield Told("mailbox.opened", mailbox.source, mailbox.last_opened_at, (mailbox.address,))
        if mailbox.out_of_office is not None and mailbox.out_of_office.enabled:
            yield Told("out_of_office.began", mailbox.source, mailbox.out_of_office.starts_at, (mailbox.address,))
    for tunnel in dossier.vpn_sessions:
        yield Told("vpn.connected", tunnel.source, tunnel.connected_at, (tunnel.real_address, tunnel.login))
    for session in dossier.sessions:
        yield Told("session.started", session.source, session.started_at, (session.application,))


def _moment(at: datetime | date) -> datetime:
    """A day counts from its midnight in UTC."""
    return at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
