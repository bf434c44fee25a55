"""Timeline: the events that records tell, of all systems, in one order. Nothing is asked for that blocks do not ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from resolvers.asking import Asking
from resolvers.computed.gathering import Dossier, Gathering
from resolvers.computed.registry import computes
from resolvers.windows import Listed, check_first, window
from sources.ports.directory import Person


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Shape: `code` is `noun.past`."""

    source: str
    at: datetime
    kind: str
    code: str
    about: str

    @property
    def identity(self) -> str:
        """What tells it from the others."""
        return f"{self.at.timestamp()} {self.code} {self.about} {self.source}"


@computes("Employee.timeline")
async def timeline(
    person: Person, asking: Asking, info: Any, first: int, kinds: list[Any] | None = None, after: str | None = None
) -> Listed:
    """The newest first. A source that failed is named in an error; the others' events are there."""
    check_first(first)
    dossier = await Gathering(person, asking, info).dossier(tickets=True, management=False, jobs=True, licences=True)
    wanted = {each.value for each in kinds} if kinds is not None else None
    events = {event for event in events_of(dossier) if event.at <= asking.now}
    chosen = sorted(
        (event for event in events if wanted is None or event.kind in wanted),
        key=lambda event: (-event.at.timestamp(), event.identity),
    )
    return window(chosen, first, after)


def events_of(dossier: Dossier) -> Iterator[Event]:
    """Every event that the records of a dossier tell, in no order."""
    for source, kind, code, about, at in _told(dossier):
        if at is not None:
            yield Event(source, _moment(at), kind, code, about)


Told = tuple[str, str, str, str, datetime | date | None]


def _told(dossier: Dossier) -> Iterator[Told]:
    yield from _employment(dossier)
    for account in dossier.accounts:
        about = f"{account.domain}\\{account.login}"
        yield account.source, "ACCOUNT", "account.created", about, account.created_at
        yield account.source, "ACCOUNT", "account.locked", about, account.locked_since
        yield account.source, "ACCOUNT", "password.set", about, account.password_set_at
        yield account.source, "ACCOUNT", "password.expired", about, account.password_expires_at
        yield account.source, "ACCOUNT", "account.signed_in", about, account.last_sign_in_at
        yield account.source, "ACCOUNT", "account.expired", about, account.expires_at
    for certificate in dossier.certificates:
        yield certificate.source, "CERTIFICATE", "certificate.issued", certificate.serial, certificate.not_before
        yield certificate.source, "CERTIFICATE", "certificate.expired", certificate.serial, certificate.not_after
        yield certificate.source, "CERTIFICATE", "certificate.revoked", certificate.serial, certificate.revoked_at
    for device in dossier.devices:
        yield device.source, "DEVICE", "device.assigned", device.tag, device.assigned_at
        yield device.source, "DEVICE", "device.bought", device.tag, device.purchased_on
    for job in dossier.jobs:
        done = {"SUCCEEDED": "done", "FAILED": "failed", "RUNNING": "started"}[job.state]
        about = f"{job.product} on {job.hostname}"
        yield job.source, "SOFTWARE", f"{job.action.lower()}.{done}", about, job.ended_at or job.started_at
    for licence in dossier.licences:
        yield licence.source, "SOFTWARE", "licence.granted", licence.product, licence.granted_at
        yield licence.source, "SOFTWARE", "licence.expired", licence.product, licence.expires_at
    yield from _access(dossier)
    for ticket in dossier.tickets:
        yield ticket.source, "TICKET", "ticket.opened", f"#{ticket.number} {ticket.subject}", ticket.created_at
        yield ticket.source, "TICKET", "ticket.resolved", f"#{ticket.number} {ticket.subject}", ticket.resolved_at


def _employment(dossier: Dossier) -> Iterator[Told]:
    employment = dossier.employment
    if employment is None:
        return
    source = employment.source
    yield source, "EMPLOYMENT", "employee.hired", employment.position or "", employment.hired_on
    yield source, "EMPLOYMENT", "employee.left", employment.position or "", employment.terminated_on
    for step in employment.positions:
        if step.since != employment.hired_on:
            yield source, "EMPLOYMENT", "position.changed", step.title, step.since
    for absence in employment.absences:
        yield source, "EMPLOYMENT", "absence.began", "", absence.starts  # why is for fewer eyes than when


def _access(dossier: Dossier) -> Iterator[Told]:
    for badge in dossier.badges:
        yield badge.source, "BADGE", "badge.issued", badge.number, badge.issued_at
        yield badge.source, "BADGE", "badge.blocked", badge.number, badge.blocked_at
        yield badge.source, "BADGE", "badge.expired", badge.number, badge.valid_until
        for passage in badge.passages:
            code = "door.opened" if passage.granted else "door.refused"
            yield badge.source, "BADGE", code, passage.door, passage.at
    for factor in dossier.second_factors:
        yield factor.source, "SECOND_FACTOR", "second_factor.enrolled", factor.serial, factor.enrolled_at
        yield factor.source, "SECOND_FACTOR", "second_factor.used", factor.serial, factor.last_used_at
    if dossier.mailbox is not None:
        mailbox = dossier.mailbox
        yield mailbox.source, "MAIL", "mailbox.opened", mailbox.address, mailbox.last_opened_at
        if mailbox.out_of_office is not None and mailbox.out_of_office.enabled:
            yield mailbox.source, "MAIL", "out_of_office.began", mailbox.address, mailbox.out_of_office.starts_at
    for tunnel in dossier.vpn_sessions:
        yield tunnel.source, "VPN", "vpn.connected", tunnel.real_address or tunnel.login, tunnel.connected_at
    for session in dossier.sessions:
        yield session.source, "SESSION", "session.started", session.application, session.started_at


def _moment(at: datetime | date) -> datetime:
    """A day counts from its midnight in UTC."""
    return at if isinstance(at, datetime) else datetime.combine(at, time(), UTC)
