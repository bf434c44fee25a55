"""Equipment: what people sit at and carry, what waits in storerooms, and what was booked to nobody that exists."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sandbox.company.cast import Cast, ago
from sandbox.company.model import Device, DeviceKind, DeviceStatus
from sandbox.company.person import Person
from sandbox.company.places import OFFICES

MODELS: dict[DeviceKind, tuple[tuple[str, str], ...]] = {
    "LAPTOP": (("Lumen", "Slate 14 G3"), ("Lumen", "Slate 16 G2"), ("Korsa", "Voyager X"), ("Pomona", "Book Air 13")),
    "DESKTOP": (("Korsa", "Tower 500"), ("Lumen", "Block Mini")),
    "PHONE": (("Pomona", "Phone 12"), ("Zvezda", "A54"), ("Zvezda", "Note 9")),
    "MONITOR": (("Vidar", "U27"), ("Vidar", "P24"), ("Korsa", "View 32")),
    "TABLET": (("Pomona", "Tab 10"), ("Zvezda", "Tab S8")),
}
_HOST: dict[DeviceKind, str] = {"LAPTOP": "lt", "DESKTOP": "ws"}
_SERIAL_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
_STOCK = 0.06  # of all people
_KINDS: tuple[DeviceKind, ...] = ("LAPTOP", "DESKTOP", "PHONE", "MONITOR", "TABLET")
_OFFICE_NUMBER = {office.code: number for number, office in enumerate(OFFICES, start=1)}


@dataclass(slots=True)
class _Books:
    """Gives out tags, serial numbers and addresses in turn."""

    cast: Cast
    rng: Random
    devices: list[Device]

    def add(
        self,
        kind: DeviceKind,
        office: str,
        owner_id: str | None,
        status: DeviceStatus,
        location: str,
        served: int = 1500,
    ) -> None:
        """One more device; `served` is how many days ago its owner could have been given it at the earliest."""
        rng, number, now = self.rng, len(self.devices) + 1, self.cast.now
        maker, model = rng.choice(MODELS[kind])
        bought = now.date() - timedelta(days=rng.randint(20, 1700))
        networked = kind != "MONITOR"
        prefix = _HOST.get(kind)
        handed = ago(now, rng, min(served, (now.date() - bought).days - 5))
        place = _OFFICE_NUMBER[office]
        mac = f"02:4f:{place:02x}:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
        self.devices.append(
            Device(
                asset_tag=f"NB-{number:06d}",
                kind=kind,
                manufacturer=maker,
                model=model,
                serial_number="".join(rng.choices(_SERIAL_LETTERS, k=3)) + f"{number * 7919 % 9999991:07d}",
                hostname=f"{office.lower()}-{prefix}-{number:05d}" if prefix else None,
                ip=f"10.{place}.{number // 250 % 256}.{number % 250 + 2}" if networked else None,
                mac=mac if networked else None,
                status=status,
                owner_id=owner_id,
                assigned_at=handed if owner_id else None,
                purchased_on=bought,
                warranty_until=bought + timedelta(days=1095),
                office=office,
                location=location,
            )
        )

    def equip(self, person: Person) -> None:
        rng, demo = self.rng, self.cast.is_demo(person)
        showcase = person is self.cast.showcase
        self.give(person, "LAPTOP" if demo or rng.random() < 0.78 else "DESKTOP")
        if showcase or rng.random() < 0.38:
            self.give(person, "PHONE")
        if not showcase and rng.random() < 0.36:
            self.give(person, "MONITOR")
        if rng.random() < 0.05:
            self.give(person, "TABLET")
        if not demo and rng.random() < 0.03:
            self.give(person, "LAPTOP")

    def give(self, person: Person, kind: DeviceKind) -> None:
        chance = 0.0 if self.cast.is_demo(person) else self.rng.random()
        status: DeviceStatus = "LOST" if chance > 0.993 else "REPAIR" if chance > 0.975 else "ASSIGNED"
        self.add(kind, person.office, person.employee_id, status, f"desk {person.desk}", self.cast.served(person))


def build_devices(cast: Cast) -> tuple[Device, ...]:
    """All devices by asset tag. Whoever works has a computer; the showcase has a laptop and a telephone."""
    books = _Books(cast, cast.stream("devices"), [])
    for person in cast.alive(cast.oddities.device_outlives):
        if person.status == "TERMINATED":
            books.give(person, "LAPTOP")
        else:
            books.equip(person)
    rng = books.rng
    for number in range(cast.oddities.unknown_owner_devices):
        unknown = f"{9000001 + number:07d}"
        books.add("LAPTOP", rng.choice(OFFICES).code, unknown, "ASSIGNED", "desk unknown")
    for _ in range(max(5, int(_STOCK * len(cast.people)))):
        office = rng.choice(OFFICES).code
        status: DeviceStatus = "REPAIR" if rng.random() < 0.1 else "IN_STOCK"
        books.add(rng.choices(_KINDS, (5, 2, 3, 4, 1))[0], office, None, status, f"storeroom {office}")
    return tuple(books.devices)


def computers_by_owner(devices: tuple[Device, ...]) -> dict[str, list[str]]:
    """Names of the computers of each employee number."""
    found: dict[str, list[str]] = {}
    for device in devices:
        if device.owner_id and device.hostname:
            found.setdefault(device.owner_id, []).append(device.hostname)
    return found
