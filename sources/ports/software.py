"""Port `software`: what is installed where, what is licensed to whom, and what jobs did about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import DeviceRef, EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class InstalledSoftware:
    """One program on one device."""

    source: str
    hostname: str
    name: str
    version: str
    publisher: str | None = None
    installed_at: datetime | None = None

    @property
    def identity(self) -> str:
        """What tells this program from the device's others."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class SoftwareJob:
    """One attempt to install or remove. Shape: `action` is INSTALL or REMOVE; `state` is RUNNING, SUCCEEDED, FAILED."""

    source: str
    job_id: str
    hostname: str
    action: str
    product: str
    state: str
    started_at: datetime
    ended_at: datetime | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Licence:
    """A seat of a product granted to an employee."""

    source: str
    licence_id: str
    product: str
    granted_at: datetime
    expires_at: datetime | None = None


class Software(Protocol):
    """Software distribution and licences."""

    @question(key=DeviceRef, record=InstalledSoftware, many=True)
    async def installed_on(
        self, keys: Sequence[DeviceRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[InstalledSoftware, ...]]]:
        """Programs on each device, by name; a device without a host name has none."""
        ...

    @question(key=DeviceRef, record=SoftwareJob, many=True)
    async def jobs_on(
        self, keys: Sequence[DeviceRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[SoftwareJob, ...]]]:
        """Jobs of each device, the newest first."""
        ...

    @question(key=EmployeeRef, record=Licence, many=True)
    async def licences_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Licence, ...]]]:
        """Licences of each, by product."""
        ...

    @write(readback="installed_on", key="device")
    async def install_software(self, device: DeviceRef, product: str, call: CallContext) -> Written:
        """Begin to install a product. Shape: the key of what was made is the job's id."""
        ...

    @write(readback="installed_on", key="device")
    async def remove_software(self, device: DeviceRef, product: str, call: CallContext) -> Written:
        """Begin to remove a product. Shape: the key of what was made is the job's id."""
        ...

    @write(readback="licences_of", key="holder")
    async def grant_licence(self, holder: EmployeeRef, product: str, call: CallContext) -> Written:
        """Give a seat of a product. Shape: the seat's id is the key of what was made."""
        ...

    @write(readback="licences_of", key="holder")
    async def revoke_licence(self, holder: EmployeeRef, licence_id: str, call: CallContext) -> Written:
        """Take a seat of the holder's back."""
        ...
