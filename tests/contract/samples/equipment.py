"""Samples of the port's writes: a device in somebody's hands, another employee to take it."""

from sources.ports.equipment import Device
from sources.ports.keys import EmployeeRef
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Sample, asked


async def held(source: Source) -> tuple[Device, EmployeeRef]:
    """A device that is assigned, and an employee who has it not."""
    people = employees(source.company)
    answers = await asked(source, "equipment", "devices_of", people)
    found = next(each for answer in answers for each in answer if each.status == "ASSIGNED")
    return found, next(each for each in people if each.employee_id != found.owner_id)


async def assign(source: Source) -> Sample:
    device, other = await held(source)
    return Sample((device.tag, other), lambda after: (after.owner_id, after.status) == (other.employee_id, "ASSIGNED"))


async def return_to_stock(source: Source) -> Sample:
    device, _ = await held(source)
    return Sample((device.tag,), lambda after: (after.owner_id, after.status) == (None, "IN_STOCK"))


async def block(source: Source) -> Sample:
    device, _ = await held(source)
    return Sample((device.tag,), lambda after: after.status == "LOST")


SAMPLES = {"assign": assign, "return_to_stock": return_to_stock, "block": block}
