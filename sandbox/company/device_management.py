"""What device management knows of the devices, and where it disagrees with the books."""

from datetime import timedelta

from sandbox.company.cast import Cast, ago
from sandbox.company.model import Device, DeviceManagement, Platform

_SYSTEMS: dict[Platform, tuple[str, ...]] = {
    "WINDOWS": ("11 23H2", "11 24H2", "10 22H2"),
    "MACOS": ("14.6", "15.1", "13.7"),
    "LINUX": ("Debian 12", "Ubuntu 24.04"),
    "ANDROID": ("13", "14", "15"),
    "IOS": ("17.6", "18.1"),
}
_REASONS = ("disk not encrypted", "system out of date", "antivirus off", "screen lock off", "not seen for 30 days")


def build_device_management(cast: Cast, devices: tuple[Device, ...]) -> tuple[DeviceManagement, ...]:
    """Nearly every device but monitors and what lies in storerooms, by serial number."""
    rng, now = cast.stream("device_management"), cast.now
    login_of = {person.employee_id: person.login for person in cast.people}
    working = cast.working
    found = []
    for device in devices:
        owner = device.owner_id
        login = login_of.get(owner or "")
        demo = owner in cast.demo_ids
        if device.kind == "MONITOR" or (device.status == "IN_STOCK" and rng.random() < 0.8):
            continue
        if not demo and owner not in cast.oddities.other_managed_owner and rng.random() < 0.03:
            continue
        if owner in cast.oddities.other_managed_owner or (owner and login is None):
            login = rng.choice([person.login for person in rng.sample(working, 2) if person.login != login])
        showcase = owner == cast.showcase.employee_id
        reasons: tuple[str, ...] = ()
        if showcase and device.kind == "LAPTOP":
            reasons = ("system out of date", "screen lock off")
        elif rng.random() < 0.09:
            reasons = tuple(sorted(rng.sample(_REASONS, rng.randint(1, 2))))
        if "not seen for 30 days" in reasons:
            seen = ago(now, rng, 120, least=31)
        else:
            seen = ago(now, rng, 3 if rng.random() < 0.9 else 25)
        platform = _platform(device, rng.random())
        found.append(
            DeviceManagement(
                serial_number=device.serial_number,
                hostname=device.hostname,
                enrolled=demo or rng.random() < 0.98,
                enrolled_at=(device.assigned_at or now - timedelta(days=400)) + timedelta(hours=3),
                platform=platform,
                os_version=rng.choice(_SYSTEMS[platform]),
                compliant=not reasons,
                compliance_reasons=reasons,
                encrypted="disk not encrypted" not in reasons,
                last_seen_at=seen,
                locked=device.status == "LOST",
                recovery_key_escrowed="disk not encrypted" not in reasons and rng.random() < 0.95,
                owner_login=login,
            )
        )
    return tuple(sorted(found, key=lambda record: record.serial_number))


def _platform(device: Device, chance: float) -> Platform:
    if device.kind in ("PHONE", "TABLET"):
        return "IOS" if device.manufacturer == "Pomona" else "ANDROID"
    if device.manufacturer == "Pomona":
        return "MACOS"
    return "LINUX" if chance < 0.12 else "WINDOWS"
