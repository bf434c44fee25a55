"""Managed devices, as the device management service shows them."""

import hashlib
import uuid
from datetime import timedelta
from typing import Final

from sandbox.company.model import Company, DeviceManagement
from sources.device_management.twin import Device, DeviceManagementTwin

_PLATFORMS: Final = {"WINDOWS": "Windows", "MACOS": "macOS", "LINUX": "Linux", "ANDROID": "Android", "IOS": "iOS"}
_WHISPERED: Final = 5
"""Every so many devices tell their serial number in lower case, unlike the books."""
_SILENT: Final = timedelta(days=30)


def twin(company: Company) -> DeviceManagementTwin:
    """The service's twin, filled."""
    return DeviceManagementTwin(seed(company))


def seed(company: Company) -> list[Device]:
    """Devices by an id of the service's own; users carry the domain before the login."""
    return [_device(record, number, company) for number, record in enumerate(company.device_management)]


def _device(record: DeviceManagement, number: int, company: Company) -> Device:
    whispered = number % _WHISPERED == _WHISPERED - 1
    return Device(
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, record.serial_number)),
        serialNumber=record.serial_number.lower() if whispered else record.serial_number,
        deviceName=record.hostname,
        enrollmentState="ENROLLED" if record.enrolled else "UNENROLLED",
        platform=_PLATFORMS[record.platform],
        osVersion=record.os_version,
        compliance={
            "state": "COMPLIANT" if record.compliant else "NON_COMPLIANT",
            "reasons": list(record.compliance_reasons),
        },
        encryption="FULL" if record.encrypted else "NONE",
        lockState="LOCKED" if record.locked else "UNLOCKED",
        recoveryKeyEscrowed=record.recovery_key_escrowed,
        assignedUser={"userName": f"CORP\\{record.owner_login}"} if record.owner_login else None,
        lastCheckIn=int(record.last_seen_at.timestamp() * 1000),
        reachable=company.now - record.last_seen_at < _SILENT,
        recoveryKey=_recovery_key(record.serial_number) if record.recovery_key_escrowed else None,
    )


def _recovery_key(serial: str) -> str:
    """Eight groups of six digits, always the same for a device."""
    digits = str(int.from_bytes(hashlib.sha256(serial.encode()).digest(), "big"))
    return "-".join(digits[start : start + 6] for start in range(0, 48, 6))
