"""Show a recovery key."""

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


class ShowRecoveryKey(Operation[Given]):
    """Show the key that opens the disk of a device; it is replaced by a new one."""

    name = "show_recovery_key"
    event = "recovery_key.shown"
    ports = ("device_management", "equipment")
    given = Given
    mark = Mark("device_management", "management_of", "recovery_key_shown_at", "serial_number", through="devices_of")
    reveals = True
    limit = 10

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call; proven by what device management shows afterwards."""
        device = await look.device(employee, given.device)
        management = await look.management(device)
        call = write("device_management", management.source, "recovery_key", device=device.ref)
        done = call.showing(later("recovery_key_shown_at", management.recovery_key_shown_at), within=20.0)
        return Draft.of(
            step("recovery_key", "Management", done),
            about=device,
            side_effects=("The key that is shown is replaced by a new one.",),
        )
