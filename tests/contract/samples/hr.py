"""Samples of the port's writes: another address to live at and to write to."""

from typing import Any

from tests.contract.keys import employees
from tests.contract.subjects import Source
from tests.contract.writing import Sample

EMAIL, HOME = "somebody.new@mail.example", "12 Quince Lane, Examplestadt"


async def update_personal(source: Source) -> Sample:
    person = employees(source.company)[0]

    def shows(after: Any) -> bool:
        return after is not None and (after.personal_email, after.home_address) == (EMAIL, HOME)

    return Sample((person, EMAIL, HOME), shows)


SAMPLES = {"update_personal": update_personal}
