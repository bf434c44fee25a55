"""Port `equipment`: devices the company owns and who answers for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.identifiers import Identifier
from sources.ports.keys import DeviceRef, EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class Device:
    """One asset. Shape: `kind` is LAPTOP, DESKTOP, PHONE, TABLET, MONITOR, OTHER; `status` is ASSIGNED, IN_STOCK,
    REPAIR, LOST, RETIRED; `owner_id` is an employee id.
    """

    source: str
    tag: str
    kind: str
    status: str
    model: str | None = None
    serial_number: str | None = None
    hostname: str | None = None
    ip: str | None = None
    mac: str | None = None
    owner_id: str | None = None
    assigned_at: datetime | None = None
    purchased_on: date | None = None
    warranty_until: date | None = None
    location: str | None = None
    changed_at: datetime | None = None
    ref: DeviceRef = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", DeviceRef(self.tag, self.serial_number, self.hostname))


class Equipment(Protocol):
    """The asset register."""

    @question(key=EmployeeRef, record=Device, many=True)
    async def devices_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Device, ...]]]:
        """Devices each answers for, by asset tag."""
        ...

    @question(key=str, record=Device)
    async def device_by_tag(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Device]]:
        """Devices by asset tag."""
        ...

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Tags, serials, host names and addresses of all devices."""
        ...

    @write(readback="device_by_tag", key="tag")
    async def assign(self, tag: str, owner: EmployeeRef, call: CallContext) -> Written:
        """Hand a device out."""
        ...

    @write(readback="device_by_tag", key="tag")
    async def return_to_stock(self, tag: str, call: CallContext) -> Written:
        """Take a device back into stock."""
        ...

    @write(readback="device_by_tag", key="tag")
    async def block(self, tag: str, call: CallContext) -> Written:
        """Mark a device as lost."""
        ...
