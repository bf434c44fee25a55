"""What the bare endpoint shows of each record: the dictionaries that the measured documents ask for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resolvers import ids
from sources.ports.accounts import Account
from sources.ports.badges import Badge
from sources.ports.certificates import Certificate
from sources.ports.device_management import Management
from sources.ports.directory import Person
from sources.ports.equipment import Device
from sources.ports.groups import Membership
from sources.ports.hr import Employment, PersonalDetails
from sources.ports.mail import Mailbox
from sources.ports.second_factors import SecondFactor
from sources.ports.sessions import IdentitySession
from sources.ports.software import InstalledSoftware, Licence
from sources.ports.tickets import Ticket
from sources.ports.vpn import VpnSession
from tests.sandbox import NOW

Shown = dict[str, Any]


def _edges(nodes: Iterable[Shown]) -> Shown:
    return {"edges": [{"node": node} for node in nodes]}


def directory(person: Person) -> Shown:
    """What the directory says."""
    name, place = person.name, person.workplace
    return {
        "id": ids.encode("Employee", person.source, person.employee_id),
        "login": person.login,
        "personnelNumber": person.employee_id,
        "active": person.active,
        "email": person.email,
        "timeZone": person.time_zone,
        "languages": person.languages,
        "name": {"display": name.display, "given": name.given, "family": name.family, "latin": name.latin},
        "phones": [{"kind": phone.kind, "number": phone.number} for phone in person.phones],
        "workplace": {
            "region": place.region,
            "country": place.country,
            "city": place.city,
            "office": place.office,
            "floor": place.floor,
            "desk": place.desk,
        }
        if place
        else None,
    }


def employment(hr: Employment, managers: Mapping[str, Person]) -> Shown:
    """Position, department, absence and manager."""
    own, today = hr.department, NOW.date()
    away = next((each for each in hr.absences if each.starts <= today <= (each.ends or today)), None)
    manager = managers.get(hr.manager_id) if hr.manager_id else None
    return {
        "status": hr.status,
        "position": hr.position,
        "kind": hr.kind,
        "hiredOn": hr.hired_on,
        "department": {"code": own.code, "name": own.name} if own else None,
        "absence": {"kind": away.kind, "starts": away.starts, "ends": away.ends} if away else None,
        "manager": {
            "id": ids.encode("Employee", manager.source, manager.employee_id),
            "login": manager.login,
            "name": {"display": manager.name.display},
        }
        if manager
        else None,
    }


def personal(file: PersonalDetails) -> Shown:
    """The restricted part of the file."""
    return {"legalName": file.legal_name, "birthDate": file.birth_date}


def account(record: Account) -> Shown:
    """The own account."""
    return {
        "login": record.login,
        "domain": record.domain,
        "enabled": record.enabled,
        "locked": record.locked,
        "lockedSince": record.locked_since,
        "passwordExpiresAt": record.password_expires_at,
        "lastSignInAt": record.last_sign_in_at,
    }


def groups(records: Sequence[Membership]) -> Shown:
    """Twenty groups, and how many there are."""
    edges = [
        {
            "direct": each.direct,
            "node": {"name": each.group.name, "kind": each.group.kind, "privileged": each.group.privileged},
        }
        for each in records[:20]
    ]
    return {"edges": edges, "totalCount": len(records)}


def certificates(records: Sequence[Certificate]) -> Shown:
    """Ten certificates."""
    return _edges(
        {"serial": each.serial, "status": each.status_at(NOW), "purpose": each.purpose, "notAfter": each.not_after}
        for each in records[:10]
    )


def devices(records: Sequence[tuple[Device, Management | None, Sequence[InstalledSoftware] | None]]) -> Shown:
    """Devices with what manages them and five programs each."""
    return _edges(
        {
            "tag": device.tag,
            "kind": device.kind,
            "model": device.model,
            "serialNumber": device.serial_number,
            "status": device.status,
            "management": {
                "enrolled": state.enrolled,
                "platform": state.platform,
                "osVersion": state.os_version,
                "compliant": state.compliant,
                "encrypted": state.encrypted,
            }
            if state
            else None,
            "software": None
            if programs is None
            else _edges({"name": each.name, "version": each.version} for each in programs[:5]),
        }
        for device, state, programs in records
    )


def licences(records: Sequence[Licence]) -> Shown:
    """Ten licences."""
    return _edges(
        {"product": each.product, "grantedAt": each.granted_at, "expiresAt": each.expires_at} for each in records[:10]
    )


def second_factors(records: Sequence[SecondFactor]) -> Shown:
    """Ten second factors."""
    return _edges(
        {"serial": each.serial, "kind": each.kind, "active": each.active, "locked": each.locked}
        for each in records[:10]
    )


def badges(records: Sequence[Badge]) -> Shown:
    """Five badges."""
    return _edges(
        {"number": each.number, "kind": each.kind, "status": each.status_at(NOW), "zones": each.zones}
        for each in records[:5]
    )


def mailbox(record: Mailbox) -> Shown:
    """The mailbox."""
    away = record.out_of_office
    return {
        "address": record.address,
        "quotaBytes": record.quota_bytes,
        "usedBytes": record.used_bytes,
        "outOfOffice": {"enabled": away.enabled} if away else None,
    }


def vpn_sessions(records: Sequence[VpnSession]) -> Shown:
    """Open tunnels."""
    return _edges({"connectedAt": each.connected_at, "virtualAddress": each.virtual_address} for each in records[:25])


def sessions(records: Sequence[IdentitySession]) -> Shown:
    """Five sessions."""
    return _edges({"application": each.application, "startedAt": each.started_at} for each in records[:5])


def tickets(records: Sequence[Ticket]) -> Shown:
    """Ten tickets."""
    return _edges(
        {
            "number": each.number,
            "subject": each.subject,
            "status": each.status,
            "queue": each.queue,
            "createdAt": each.created_at,
        }
        for each in records[:10]
    )
