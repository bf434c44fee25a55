"""Device: equipment, with its managed state and what is installed on it."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.connection import After, Connection, First
from schema.declare import CONFIDENTIAL, PERSONAL, Lookup, boundary, noun, value
from schema.node import Node
from schema.software import InstalledSoftware, SoftwareJob

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="What a device is.")
class DeviceKind(Enum):
    LAPTOP = strawberry.enum_value("LAPTOP", description="A laptop.")
    DESKTOP = strawberry.enum_value("DESKTOP", description="A desktop computer.")
    PHONE = strawberry.enum_value("PHONE", description="A phone.")
    TABLET = strawberry.enum_value("TABLET", description="A tablet.")
    MONITOR = strawberry.enum_value("MONITOR", description="A monitor.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else.")


@strawberry.enum(description="Where a device stands in its life.")
class DeviceStatus(Enum):
    ASSIGNED = strawberry.enum_value("ASSIGNED", description="Somebody answers for it.")
    IN_STOCK = strawberry.enum_value("IN_STOCK", description="Waiting to be given out.")
    REPAIR = strawberry.enum_value("REPAIR", description="Being repaired.")
    LOST = strawberry.enum_value("LOST", description="Lost or stolen.")
    RETIRED = strawberry.enum_value("RETIRED", description="Written off.")
    OTHER = strawberry.enum_value("OTHER", description="The register uses a word of its own.")


@strawberry.enum(description="The operating system's family.")
class Platform(Enum):
    WINDOWS = strawberry.enum_value("WINDOWS", description="Windows.")
    MACOS = strawberry.enum_value("MACOS", description="macOS.")
    LINUX = strawberry.enum_value("LINUX", description="Linux.")
    ANDROID = strawberry.enum_value("ANDROID", description="Android.")
    IOS = strawberry.enum_value("IOS", description="iOS or iPadOS.")
    OTHER = strawberry.enum_value("OTHER", description="Another system.")


@noun(domain="device_management")
class DeviceManagement:
    """The managed state of a device, as device management last heard from it."""

    enrolled: bool = value("Whether it is under management now.")
    platform: Platform = value("Operating system's family.")
    os_version: str | None = value("Operating system's version.")
    compliant: bool | None = value("Whether it meets the rules for company devices.")
    issues: list[str] = value("Rules it breaks, by their codes.")
    encrypted: bool | None = value("Whether its disk is encrypted.")
    locked: bool | None = value("Whether it was locked from afar.")
    recovery_key_held: bool | None = value("Whether a key to its disk is kept.", CONFIDENTIAL)
    user_login: str | None = value("Who uses it, as device management sees it.")
    last_seen_at: datetime | None = value("When it last called in.", PERSONAL)
    pending: list[str] = value("Commands that it has not obeyed yet: LOCK, WIPE, RECOVERY_KEY.")
    wiped_at: datetime | None = value("When it told that it had erased itself.")
    recovery_key_shown_at: datetime | None = value("When the key to its disk was last shown to anybody.", CONFIDENTIAL)

    @boundary("directory", "people_by_login", key="user_login")
    def user(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Who uses it, as device management sees it."""


@noun(domain="device", keys=("id",), lookup=Lookup("equipment", "device_by_tag", "tag"), owner="owner")
class Device(Node):
    """A piece of equipment."""

    tag: str = value("Asset tag.")
    kind: DeviceKind = value("What it is.")
    status: DeviceStatus = value("Where it stands in its life.")
    model: str | None = value("Maker and model.")
    serial_number: str | None = value("Maker's serial number.")
    hostname: str | None = value("Name in the network.")
    ip: str | None = value("Last known address.")
    mac: str | None = value("Hardware address.", CONFIDENTIAL)
    assigned_at: datetime | None = value("Since when the owner answers for it.")
    purchased_on: date | None = value("When it was bought.")
    warranty_until: date | None = value("Until when its maker repairs it.")
    location: str | None = value("Where it stands.")

    @boundary("directory", "people_by_id", key="owner_id")
    def owner(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Who answers for it."""

    @boundary("device_management", "management_of", domain="device_management")
    def management(self) -> DeviceManagement | None:
        """Its managed state; null where it is not managed."""

    @boundary("software", "installed_on", domain="software")
    def software(self, first: First = 50, after: After = None) -> Connection[InstalledSoftware] | None:
        """Programs installed on it, by name."""

    @boundary("software", "jobs_on", domain="software")
    def software_jobs(self, first: First = 25, after: After = None) -> Connection[SoftwareJob] | None:
        """Attempts to install or remove programs, the newest first."""
