"""The asset register: employee numbers without their leading zeros, and holders that nobody else knows."""

from typing import Any

from sandbox.company.model import Company, Device
from sources.equipment_graphql.twin import EquipmentSeed, EquipmentTwin


def twin(company: Company) -> EquipmentTwin:
    """The asset register's twin, filled."""
    return EquipmentTwin(seed(company))


def seed(company: Company) -> EquipmentSeed:
    """Everybody who may hold something, and everything there is to hold."""
    employees: list[dict[str, Any]] = [
        {
            "id": _written(person.employee_id),
            "login": person.login,
            "full_name": f"{person.given_latin} {person.directory_family_latin}",
        }
        for person in company.people
    ]
    holders = {device.owner_id for device in company.devices if device.owner_id is not None}
    strangers = sorted(holders - company.person_by_id.keys())
    # the register keeps a row for whoever once signed for a device, known elsewhere or not
    employees += [{"id": _written(each), "login": f"unknown-{_written(each)}", "full_name": None} for each in strangers]
    return EquipmentSeed(tuple(employees), tuple(_asset(device) for device in company.devices))


def _asset(device: Device) -> dict[str, Any]:
    return {
        "tag": device.asset_tag,
        "kind": device.kind.lower(),
        "model": f"{device.manufacturer} {device.model}",
        "status": device.status.lower(),
        "assigned_to": _written(device.owner_id) if device.owner_id else None,
        "serial_number": device.serial_number,
        "hostname": device.hostname,
        "ip": device.ip,
        "mac": device.mac,
        "assigned_at": device.assigned_at.isoformat() if device.assigned_at else None,
        "purchased_on": device.purchased_on.isoformat(),
        "warranty_until": device.warranty_until.isoformat(),
        "location": device.location,
    }


def _written(employee_id: str) -> str:
    return employee_id.lstrip("0") or "0"
