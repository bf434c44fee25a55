"""Remove software."""

from operations.kit.drafting import Draft, step, write
from operations.kit.expecting import shows
from operations.kit.given import asked, given
from operations.kit.looking import Look
from operations.kit.node import NodeId
from operations.kit.operation import Operation
from sources.ports.directory import Person


@given
class Given:
    """Which product, on which device."""

    device: NodeId = asked("The device.", node="Device")
    product: str = asked("The product, by its name in the catalogue.", most=120)


class RemoveSoftware(Operation[Given]):
    """Take a product off a computer."""

    name = "remove_software"
    event = "software.removed"
    ports = ("software", "equipment")
    given = Given

    async def draft(self, employee: Person, given: Given, look: Look) -> Draft:
        """One call that begins a job; proven when the computer's list of programs shows it."""
        device = await look.device(employee, given.device)
        source = look.only_source("software", "remove_software")
        call = write("software", source, "remove_software", device=device.ref, product=given.product)
        done = call.showing(where=(shows("name", given.product),), exists=False, within=90.0)
        return Draft.of(step("remove", "InstalledSoftware", done), about=device)
