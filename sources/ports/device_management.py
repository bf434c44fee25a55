"""Port `device_management`: the managed state of a device, as the management system last heard from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import DeviceRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class Management:
    """What device management says. Shape: `platform` is WINDOWS, MACOS, LINUX, ANDROID, IOS, OTHER.

    `pending` are commands the device has not obeyed yet: LOCK, WIPE, RECOVERY_KEY. `wiped_at` and `recovery_key_shown_at`
    are the last time that each was done, as the system noted it.
    """

    source: str
    serial_number: str
    enrolled: bool
    platform: str
    os_version: str | None = None
    compliant: bool | None = None
    issues: tuple[str, ...] = ()
    encrypted: bool | None = None
    locked: bool | None = None
    recovery_key_held: bool | None = None
    user_login: str | None = None
    last_seen_at: datetime | None = None
    pending: tuple[str, ...] = ()
    wiped_at: datetime | None = None
    recovery_key_shown_at: datetime | None = None


class DeviceManagement(Protocol):
    """A device management system."""

    @question(key=DeviceRef, record=Management)
    async def management_of(
        self, keys: Sequence[DeviceRef], need: Need, call: CallContext
    ) -> Sequence[Answer[Management]]:
        """The managed state of each device; None where it is not managed."""
        ...

    @write(readback="management_of", key="device")
    async def lock(self, device: DeviceRef, call: CallContext) -> Written:
        """Have the screen of a device locked once it calls in. Shape: the key of what was made is the command's id."""
        ...

    @write(readback="management_of", key="device")
    async def wipe(self, device: DeviceRef, call: CallContext) -> Written:
        """Have a device erased once it calls in. Shape: the key of what was made is the command's id."""
        ...

    @write(readback="management_of", key="device")
    async def recovery_key(self, device: DeviceRef, call: CallContext) -> Written:
        """Give out the key that opens the disk, and have it replaced. Shape: the key is the secret."""
        ...
