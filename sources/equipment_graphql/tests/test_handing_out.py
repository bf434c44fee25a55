"""What is peculiar to writes in the register: its own functions or the plain update, and refusals inside a 200."""

from typing import Any

import pytest

from sources.equipment_graphql.tests.conftest import House, asset, context, permit_for
from sources.ports.errors import SourceError
from sources.ports.keys import EmployeeRef


async def send(house: House, write: str, *arguments: Any) -> None:
    await house.line.write(write, arguments, context(permit=permit_for(write)))


@pytest.mark.parametrize("functions", [True, False])
async def test_a_device_goes_from_hand_to_hand_and_into_stock(opened: Any, functions: bool) -> None:
    house = await opened(asset("NB-1", "1001"), functions=functions)
    row = house.twin.assets["NB-1"]
    await send(house, "assign", "NB-1", EmployeeRef("0001002", "login1002"))
    assert (row["assigned_to"], row["status"]) == ("1002", "assigned")
    await send(house, "block", "NB-1")
    assert (row["assigned_to"], row["status"]) == ("1002", "lost")
    await send(house, "return_to_stock", "NB-1")
    assert (row["assigned_to"], row["status"], row["assigned_at"]) == (None, "in_stock", None)
    assert house.twin.owned("1002") == []
    assert house.twin.writes == 3


@pytest.mark.parametrize("functions", [True, False])
async def test_what_the_register_does_not_know_is_refused(opened: Any, functions: bool) -> None:
    house = await opened(asset("NB-1", "1001"), functions=functions)
    before = house.twin.state()
    for write, arguments in (
        ("assign", ("NB-1", EmployeeRef("0009999", "nobody"))),
        ("assign", ("NB-404", EmployeeRef("0001002", "login1002"))),
        ("return_to_stock", ("NB-404",)),
        ("block", ("",)),
    ):
        with pytest.raises(SourceError) as told:
            await send(house, write, *arguments)
        assert told.value.code == "SOURCE_REJECTED"
    assert house.twin.state() == before


async def test_the_reading_token_may_not_write(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    house.source._writes = house.source._graphql
    before = house.twin.state()
    with pytest.raises(SourceError) as told:
        await send(house, "block", "NB-1")
    assert (told.value.code, house.twin.state()) == ("SOURCE_REJECTED", before)
    assert "permission denied" in told.value.detail
