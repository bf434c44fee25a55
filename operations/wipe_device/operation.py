"""Wipe a device."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import later
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.mark import Mark
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """Which device."""

    device: NodeId = asked("The device.", node="Device")


class WipeDevice(Operation[Given]):
    """Erase everything on a device."""

    name = "wipe_device"
    event = "device.wiped"
    ports = ("device_management", "equipment")
    given = Given
    mark = Mark("device_management", "management_of", "wiped_at", "serial_number", through="devices_of")
    notifies = True
    limit = 10

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by what device management shows afterwards."""
        device = await look.device(employee, given.device)
        management = await look.management(device)
        call = write("device_management", management.source, "wipe", device=device.ref)
        done = call.showing(later("wiped_at", management.wiped_at), within=20.0)
        return Draft.of(
            step("wipe", "Management", done),
            about=device,
            side_effects=("Everything on it is lost, and nothing brings it back.",),
        )
