"""Lock a device."""

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


class LockDevice(Operation[Given]):
    """Lock the screen of a device."""

    name = "lock_device"
    event = "device.locked"
    ports = ("device_management", "equipment")
    given = Given

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by what device management shows afterwards."""
        device = await look.device(employee, given.device)
        management = await look.management(device)
        call = write("device_management", management.source, "lock", device=device.ref)
        done = call.showing(shows("locked", True), within=20.0)
        return Draft.of(
            step("lock", "Management", done, passes=True), about=device, side_effects=("It locks once it calls in.",)
        )
