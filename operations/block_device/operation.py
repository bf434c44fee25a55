"""Block a device."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """Which device."""

    device: NodeId = asked("The device.", node="Device")


class BlockDevice(Operation[Given]):
    """Mark a device as lost, so that it is kept out of the company's network."""

    name = "block_device"
    event = "device.blocked"
    ports = ("equipment",)
    given = Given
    undone_by = "block_device"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the device's status, taken back by handing it out to the same person again."""
        device = await look.device(employee, given.device)
        block = write("equipment", device.source, "block", tag=device.tag)
        hand = write("equipment", device.source, "assign", tag=device.tag, owner=employee.ref)
        found = hand.showing(shows("owner_id", employee.employee_id), shows("status", "ASSIGNED"))
        return Draft.of(step("block", "Device", block.showing(shows("status", "LOST")), found), about=device)
