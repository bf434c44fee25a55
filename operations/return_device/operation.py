"""Return a device."""

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


class ReturnDevice(Operation[Given]):
    """Take a device back into stock."""

    name = "return_device"
    event = "device.returned"
    ports = ("equipment",)
    given = Given
    undone_by = "assign_device"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the device's status, taken back by handing it out to the same person."""
        device = await look.device(employee, given.device)
        back = write("equipment", device.source, "return_to_stock", tag=device.tag)
        hand = write("equipment", device.source, "assign", tag=device.tag, owner=employee.ref)
        again = hand.showing(shows("owner_id", employee.employee_id), shows("status", "ASSIGNED"))
        return Draft.of(step("return", "Device", back.showing(shows("status", "IN_STOCK")), again), about=device)
