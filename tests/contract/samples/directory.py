"""Samples of the port's writes: another telephone and desk."""

from typing import Any

from sources.ports.directory import Phone
from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Sample

PHONES = (Phone("MOBILE", "+4930555010199"), Phone("WORK", "+4930555010200"))


async def update_contact(source: Source) -> Sample:
    person = employees(source.company)[0]

    def shows(after: Any) -> bool:
        return after.phones == PHONES and after.workplace is not None and after.workplace.desk == "Z-99"

    return Sample((person.employee_id, PHONES, "Z-99"), shows)


SAMPLES = {"update_contact": update_contact}
