"""Assign a device."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from operations.kit.problems import problem
from sources.ports.directory import Person
from sources.ports.equipment import Device


@given
class Given:
    """Which device."""

    device: NodeId = asked("The device.", node="Device")


class AssignDevice(Operation[Given]):
    """Hand a device out of stock to somebody."""

    name = "assign_device"
    event = "device.assigned"
    ports = ("equipment",)
    given = Given
    mark = Mark("equipment", "devices_of", "assigned_at", "tag", everyday=True)
    undone_by = "return_device"

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by the device's owner, taken back into stock."""
        device = await look.node(Device, "equipment", "device_by_tag", given.device, "device")
        if device.status != "IN_STOCK" and device.owner_id != employee.employee_id:
            raise problem("NotPossible", "the device is not in stock", path=("input", "device"))
        hand = write("equipment", device.source, "assign", tag=device.tag, owner=employee.ref)
        back = write("equipment", device.source, "return_to_stock", tag=device.tag)
        call = hand.showing(shows("owner_id", employee.employee_id), shows("status", "ASSIGNED"))
        return Draft.of(step("assign", "Device", call, back.showing(shows("status", "IN_STOCK"))), about=device)
