"""What is peculiar to writes of the personal file: what is left alone, columns that are not there, who may write."""

from typing import Any

import pytest

from sources.odata_hr.tests.conftest import House, context, employee, permit_for
from sources.ports.errors import SourceError
from sources.ports.keys import EmployeeRef

ANN = EmployeeRef("0001001", "ann")


async def update(house: House, email: str | None, home: str | None, who: EmployeeRef = ANN) -> None:
    call = context(permit=permit_for("update_personal"))
    await house.line.write("update_personal", [who, email, home], call)


async def refused(house: House, email: str | None, home: str | None, who: EmployeeRef = ANN) -> SourceError:
    before = house.twin.state()
    with pytest.raises(SourceError) as told:
        await update(house, email, home, who)
    assert (told.value.code, house.twin.state()) == ("SOURCE_REJECTED", before)
    return told.value


async def test_none_leaves_and_an_empty_text_takes_away(opened: Any) -> None:
    house = await opened(employee(1001, personalEmail="a@x.example", homeAddress="Here 1", birthDate="1990-01-02"))
    await update(house, "b@x.example", None)
    row = house.twin.tables.employees["1001"]
    assert (row["personalEmail"], row["homeAddress"]) == ("b@x.example", "Here 1")
    await update(house, None, "")
    assert (row["personalEmail"], row["homeAddress"], row["birthDate"]) == ("b@x.example", None, "1990-01-02")


async def test_nothing_and_nobody_are_refused_before_anything_is_sent(opened: Any) -> None:
    house = await opened(employee(1001))
    await refused(house, None, None)
    await refused(house, "b@x.example", None, EmployeeRef("0009999", "nobody"))
    await refused(house, "b@x.example", None, EmployeeRef("1001", "ann"))
    await refused(house, "b@x.example", None, EmployeeRef("'", "quote"))
    assert house.twin.writes == 0


async def test_a_column_that_the_service_has_not_is_refused_before_anything_is_sent(opened: Any) -> None:
    house = await opened(employee(1001), lacking=frozenset({"Employees.homeAddress"}))
    await refused(house, None, "Here 2")
    assert house.twin.writes == 0
    await update(house, "b@x.example", None)
    assert house.twin.tables.employees["1001"]["personalEmail"] == "b@x.example"


async def test_an_account_that_may_only_read_changes_nothing(opened: Any) -> None:
    house = await opened(employee(1001))
    house.source._writes = house.source._service
    await refused(house, "b@x.example", None)
    assert house.twin.writes == 1
