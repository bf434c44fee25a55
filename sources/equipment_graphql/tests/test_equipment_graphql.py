"""Many keys by aliases, numbers without zeros, registers with fewer fields, pages of the sweep, garbage."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from sources.equipment_graphql import client
from sources.equipment_graphql.tests.conftest import asset, context
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.ports.equipment import Device
from sources.ports.errors import SourceError
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import EVERYTHING, Need


def ref(employee_id: str) -> EmployeeRef:
    return EmployeeRef(employee_id, f"login-{employee_id}")


async def test_a_device_is_read_whole(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    (found,) = await house.line.ask("device_by_tag", ["NB-1"], EVERYTHING, context())
    changed_at = found.changed_at
    assert found == Device(
        source="assets",
        tag="NB-1",
        kind="LAPTOP",
        status="ASSIGNED",
        model="Korsa",
        serial_number="S-NB-1",
        hostname="host-NB-1",
        ip="10.0.0.1",
        mac="02:00:00:00:00:01",
        owner_id="0001001",
        assigned_at=datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC),
        purchased_on=date(2024, 1, 2),
        warranty_until=date(2027, 1, 2),
        location="desk 1",
        changed_at=changed_at,
    )
    assert changed_at is not None


async def test_devices_come_by_tag_and_nobody_has_none(opened: Any) -> None:
    house = await opened(asset("NB-2", "1001"), asset("MN-1", "1001", kind="monitor"), asset("NB-3", "1002"))
    keys = [ref("0001001"), ref("0009999"), ref("0001003")]
    mine, unknown, empty = await house.line.ask("devices_of", keys, EVERYTHING, context())
    assert [device.tag for device in mine] == ["MN-1", "NB-2"]
    assert (unknown, empty) == ((), ())
    assert house.twin.calls == 1


async def test_a_shorter_number_with_other_zeros_is_somebody_else(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    assert await house.line.ask("devices_of", [ref("01001"), ref("1001")], EVERYTHING, context()) == [(), ()]


async def test_120_people_cost_three_calls(opened: Any) -> None:
    house = await opened(*(asset(f"NB-{number}", str(number)) for number in range(1001, 1121)))
    people = await house.line.ask("devices_of", [ref(f"{n:07}") for n in range(1001, 1121)], EVERYTHING, context())
    assert [devices[0].tag for devices in people] == [f"NB-{number}" for number in range(1001, 1121)]
    assert house.twin.calls == 3
    house.twin.seen.clear()
    found = await house.line.ask("device_by_tag", [f"NB-{n}" for n in range(1001, 1121)], EVERYTHING, context())
    assert all(found)
    assert house.twin.calls == 3


async def test_the_schema_is_introspected_once(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"), ready=False)
    for tag in ("NB-1", "NB-2", "NB-3"):
        await house.line.ask("device_by_tag", [tag], EVERYTHING, context())
    assert house.twin.calls == 4


async def test_fields_a_poorer_register_lacks_stay_empty(opened: Any) -> None:
    lacking = frozenset(
        {"hostname", "serialNumber", "ip", "mac", "warrantyUntil", "location", "assignedAt", "updatedAt"}
    )
    house = await opened(asset("NB-1", "1001"), lacking=lacking)
    (found,) = await house.line.ask("device_by_tag", ["NB-1"], EVERYTHING, context())
    assert (found.hostname, found.serial_number, found.warranty_until, found.changed_at) == (None, None, None, None)
    assert (found.model, found.owner_id) == ("Korsa", "0001001")
    assert await house.source.identifiers(context()) == [Identifier("ASSET_TAG", "NB-1", "Device", "NB-1")]


async def test_only_what_is_needed_is_asked_for(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    (found,) = await house.line.ask("device_by_tag", ["NB-1"], Need(frozenset({"model"})), context())
    assert (found.model, found.location, found.owner_id) == ("Korsa", None, None)


@pytest.mark.parametrize(
    ("kind", "status", "read"),
    [
        ("Laptop", "in-use", ("LAPTOP", "ASSIGNED")),
        ("toaster", "lost", ("OTHER", "LOST")),
        ("phone", "on the moon", ("PHONE", "OTHER")),
    ],
)
async def test_words_nobody_knows_do_not_break(opened: Any, kind: str, status: str, read: tuple[str, str]) -> None:
    house = await opened(asset("NB-1", kind=kind, status=status))
    (found,) = await house.line.ask("device_by_tag", ["NB-1"], EVERYTHING, context())
    assert (found.kind, found.status) == read


@pytest.mark.parametrize("key", ['"){id}} mutation{x', 'NB-1") { tag } k9: assetByTag(tag: "NB-2', "$k0", "\\", "\n}"])
async def test_a_key_is_a_variable_and_never_a_document(opened: Any, key: str) -> None:
    house = await opened(asset("NB-1", "1001"), asset("NB-2"))
    assert await house.line.ask("device_by_tag", [key], EVERYTHING, context()) == [None]
    assert await house.line.ask("devices_of", [ref(key)], EVERYTHING, context()) == [()]


async def test_an_error_with_a_path_costs_only_its_own_key(opened: Any) -> None:
    house = await opened(asset("NB-1", kind={"not": "a string"}), asset("NB-2"))
    broken, good = await house.line.ask("device_by_tag", ["NB-1", "NB-2"], EVERYTHING, context())
    assert isinstance(broken, SourceError) and broken.code == "SOURCE_REJECTED"
    assert good.tag == "NB-2"


async def test_the_sweep_turns_every_page(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PAGE", 2)
    house = await opened(*(asset(f"NB-{number}") for number in range(5)))
    found = await house.line.sweep(context())
    assert {each.text for each in found if each.kind == "ASSET_TAG"} == {f"NB-{number}" for number in range(5)}
    assert {each.kind for each in found} == {"ASSET_TAG", "SERIAL", "HOST", "IP"}
    assert house.twin.calls == 3


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("garbage", GARBAGE_KINDS)
async def test_garbage_is_bad_data(opened: Any, garbage: Any, ready: bool) -> None:
    house = await opened(asset("NB-1", "1001"), ready=ready)
    await house.twin.break_with(Fault("garbage", garbage=garbage))
    answers = await house.line.ask("devices_of", [ref("0001001"), ref("0001002")], EVERYTHING, context())
    answers += await house.line.ask("device_by_tag", ["NB-1"], EVERYTHING, context())
    answers += await house.line.ask("device_by_tag", ["nobody's"], EVERYTHING, context())
    assert {answer.code for answer in answers} == {"BAD_SOURCE_DATA"}
    with pytest.raises(SourceError, match="cannot be read"):
        await house.line.sweep(context())


async def test_a_wrong_token_is_a_refusal(opened: Any) -> None:
    house = await opened(asset("NB-1"))
    house.source._graphql._http.set_header("Authorization", "Bearer nobody")
    (answer,) = await house.line.ask("device_by_tag", ["NB-1"], EVERYTHING, context())
    assert isinstance(answer, SourceError) and answer.code == "SOURCE_REJECTED"


async def test_what_can_be_nobodys_key_is_not_sent_and_harms_nobody(opened: Any) -> None:
    house = await opened(asset("NB-1", "1001"))
    unfit = ["\ud800", "NB-1\0", "", "x" * 5000]
    answers = await house.line.ask("device_by_tag", ["NB-1", *unfit], EVERYTHING, context())
    assert [answer and answer.tag for answer in answers] == ["NB-1", None, None, None, None]
    assert house.twin.calls == 1
    assert await house.line.ask("device_by_tag", unfit, EVERYTHING, context()) == [None] * 4
    assert house.twin.calls == 1
