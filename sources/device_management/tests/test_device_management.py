"""Managed devices by serial number: one query a batch, every serial accounted for, writes only with a permit."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sources.device_management.client import DeviceManagementService
from sources.device_management.twin import Device, DeviceManagementTwin
from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import DeviceRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need
from sources.ports.write import Written

QUERY = "POST /api/v2/devices/query"
LOGIN = "POST /oauth/token"


def device(serial: str, **changes: Any) -> Device:
    row = Device(
        id=f"id-{serial}", serialNumber=serial, deviceName="WS-1", enrollmentState="ENROLLED", platform="Windows",
        osVersion="11 24H2", compliance={"state": "COMPLIANT", "reasons": []}, encryption="FULL", lockState="UNLOCKED",
        recoveryKeyEscrowed=True, assignedUser={"userName": "CORP\\ipetrov"}, lastCheckIn=1_795_384_360_250,
        reachable=True, recoveryKey="111111-222222",
    )  # fmt: skip
    return Device(**{**row, **changes})  # type: ignore[typeddict-item]


def ref(number: int, serial: str | None) -> DeviceRef:
    return DeviceRef(f"NB-{number:06}", serial)


def a_call(permit: WritePermit | None = None) -> CallContext:
    return CallContext("test", time.monotonic() + 3, "t", "tester", permit=permit)


def leave(write: str) -> WritePermit:
    return WritePermit("lock_device", "lock", "mdm", write, time.monotonic() + 5)


def code(answer: object) -> str:
    assert isinstance(answer, SourceError)
    return answer.code


async def ask(source: DeviceManagementService, *keys: DeviceRef, need: Need = EVERYTHING) -> list[Any]:
    return list(await Line(source).ask("management_of", keys, need, a_call()))


@pytest.fixture
async def twin() -> AsyncIterator[DeviceManagementTwin]:
    twin = DeviceManagementTwin(
        [
            device("0012345", lockState="LOCKED"),
            device("abc-77", platform="Plan9", compliance={"state": "NON_COMPLIANT", "reasons": ["antivirus off"]}),
            device("GONE1", enrollmentState="UNENROLLED", encryption="UNKNOWN", assignedUser=None, lastCheckIn=0),
        ],
        delay=0.05,
    )
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def source(twin: DeviceManagementTwin) -> AsyncIterator[DeviceManagementService]:
    source = DeviceManagementService(
        Instance("mdm", "device_management", systems()["device_management"], twin.settings())
    )
    yield source
    await source.close()


async def test_a_device_is_told_in_the_words_of_the_port(source: DeviceManagementService) -> None:
    locked, odd, gone = await ask(source, ref(1, "0012345"), ref(2, "ABC-77"), ref(3, "GONE1"))
    assert (locked.serial_number, locked.locked, locked.enrolled, locked.platform) == ("0012345", True, True, "WINDOWS")
    assert (locked.user_login, locked.encrypted, locked.recovery_key_held) == ("ipetrov", True, True)
    assert locked.last_seen_at.isoformat() == "2026-11-22T21:52:40.250000+00:00"
    assert (odd.platform, odd.compliant, odd.issues) == ("OTHER", False, ("antivirus off",))
    assert (gone.enrolled, gone.encrypted, gone.user_login, gone.last_seen_at) == (False, None, None, None)


async def test_serials_keep_leading_zeros_and_ignore_case(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    answers = await ask(source, ref(1, "12345"), ref(2, "0012345"), ref(3, "Abc-77"), ref(4, "unknown"), ref(5, None))
    assert [each and each.serial_number for each in answers] == [None, "0012345", "abc-77", None, None]
    assert twin.seen == {LOGIN: 1, QUERY: 1}


async def test_devices_without_a_serial_cost_no_call(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    assert await ask(source, ref(1, None), ref(2, "")) == [None, None]
    assert twin.calls == 0


async def test_120_devices_cost_two_queries_and_one_login(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    await source.start(a_call())
    call = a_call()
    await Line(source).ask("management_of", [ref(number, f"S{number}") for number in range(120)], EVERYTHING, call)
    assert twin.seen == {LOGIN: 1, QUERY: 2} and call.ledger.of("mdm").calls == 2


async def test_only_what_is_needed_is_asked_for(source: DeviceManagementService) -> None:
    (answer,) = await ask(source, ref(1, "0012345"), need=Need(frozenset({"locked"})))
    assert answer.locked is True and (answer.enrolled, answer.platform) == (True, "WINDOWS")
    assert (answer.os_version, answer.user_login, answer.compliant) == (None, None, None)


async def test_a_serial_is_a_value_and_nothing_else(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    nasty = ['"], "fields": ["*', "0012345' or '1'='1", "../commands", "*", "\r\nX-Evil: 1", "0012345\x00"]
    assert await ask(source, *(ref(number, serial) for number, serial in enumerate(nasty))) == [None] * len(nasty)
    assert twin.seen == {LOGIN: 1, QUERY: 1}


async def test_a_bad_row_costs_its_own_key_only(twin: DeviceManagementTwin, source: DeviceManagementService) -> None:
    twin.devices["id-abc-77"]["osVersion"] = 11
    good, bad = await ask(source, ref(1, "0012345"), ref(2, "ABC-77"))
    assert good.serial_number == "0012345" and code(bad) == "BAD_SOURCE_DATA"


class Forgetful(DeviceManagementTwin):
    """Answers for half of what it is asked."""

    async def _query(self, request: Any) -> Any:
        wanted = await request.json()
        wanted["serialNumbers"] = wanted["serialNumbers"][:1]

        async def json() -> Any:
            return wanted

        request.json = json
        return await super()._query(request)


async def test_a_device_lost_on_the_way_is_not_called_unmanaged() -> None:
    twin = Forgetful([device("A1"), device("B2")])
    await twin.start()
    source = DeviceManagementService(
        Instance("mdm", "device_management", systems()["device_management"], twin.settings())
    )
    first, second = await ask(source, ref(1, "A1"), ref(2, "B2"))
    assert first.serial_number == "A1" and code(second) == "BAD_SOURCE_DATA"
    await source.close()
    await twin.stop()


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("kind", GARBAGE_KINDS)
async def test_garbage_is_coded(
    twin: DeviceManagementTwin, source: DeviceManagementService, kind: str, signed_in: bool
) -> None:
    if signed_in:
        await source.start(a_call())
    await twin.break_with(Fault("garbage", garbage=kind))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, ref(1, "0012345"), ref(2, "nope"))] == ["BAD_SOURCE_DATA"] * 2


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("refused", "SOURCE_UNAVAILABLE"), ("unavailable", "SOURCE_UNAVAILABLE"), ("hang", "SOURCE_TIMEOUT"),
     ("busy", "SOURCE_UNAVAILABLE"), ("denied", "SOURCE_REJECTED")],
)  # fmt: skip
async def test_failures_are_coded(
    twin: DeviceManagementTwin, source: DeviceManagementService, fault: str, expected: str
) -> None:
    source.manifest = source.manifest.model_copy(update={"timeout": 0.2})
    await twin.break_with(Fault(fault))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, ref(1, "0012345"))] == [expected]


async def test_a_refused_token_is_fetched_anew_once(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    await ask(source, ref(1, "0012345"))
    twin.tokens.revoke()
    assert (await ask(source, ref(1, "0012345")))[0].locked is True
    assert twin.seen == {LOGIN: 2, QUERY: 3}


async def test_a_token_that_never_works_is_not_fetched_for_ever(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    twin.tokens.life = 0
    assert [code(each) for each in await ask(source, ref(1, "0012345"))] == ["SOURCE_REJECTED"]
    assert twin.seen == {LOGIN: 2, QUERY: 2}


async def test_a_token_is_renewed_before_it_ends(twin: DeviceManagementTwin, source: DeviceManagementService) -> None:
    twin.tokens.life = 1
    await ask(source, ref(1, "0012345"))
    await asyncio.sleep(0.85)
    await ask(source, ref(1, "0012345"))
    assert twin.seen == {LOGIN: 2, QUERY: 2}


async def test_batches_that_come_together_share_one_login(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    await asyncio.gather(*(ask(source, ref(number, f"S{number}")) for number in range(6)))
    assert twin.seen == {LOGIN: 1, QUERY: 6}


async def test_wrong_credentials_are_a_refusal(twin: DeviceManagementTwin) -> None:
    settings = {**twin.settings(), "client_secret": "guess"}
    source = DeviceManagementService(Instance("mdm", "device_management", systems()["device_management"], settings))
    assert [code(each) for each in await ask(source, ref(1, "0012345"))] == ["SOURCE_REJECTED"]
    assert twin.seen == {LOGIN: 1}
    await source.close()


@pytest.mark.parametrize("write", [None, "lock"])
async def test_a_write_without_a_permit_does_not_leave(
    twin: DeviceManagementTwin, source: DeviceManagementService, write: str | None
) -> None:
    await source.start(a_call())
    seen = twin.calls
    with pytest.raises(WriteRefused):
        await source.api.request(
            "POST", "/api/v2/devices/id-abc-77/commands", a_call(), json={"command": "WIPE"}, write=write
        )
    with pytest.raises(WriteRefused):
        await source.api.request("POST", "/oauth/token", a_call(), json={"grant_type": "password"}, write=write)
    assert twin.calls == seen and twin.commands == {}


async def test_a_write_refused_for_its_token_may_be_tried_again_but_is_not_by_itself(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    await source.start(a_call())
    twin.tokens.revoke()
    with pytest.raises(SourceError) as refused:
        await source.api.request(
            "POST", "/api/v2/devices/id-abc-77/commands", a_call(leave("lock")), json={"command": "LOCK"}, write="lock"
        )
    assert refused.value.code == "SOURCE_REJECTED" and refused.value.retryable
    assert twin.commands == {} and twin.seen["POST /api/v2/devices/id-abc-77/commands"] == 1


async def write(source: DeviceManagementService, name: str, key: DeviceRef, call: CallContext | None = None) -> Written:
    return await SourceDesk([Line(source)]).write("mdm", name, [key], call or a_call(leave(name)))


async def test_a_lock_is_pending_until_the_device_has_called_in(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    call = a_call(leave("lock"))
    written = await write(source, "lock", ref(2, "ABC-77"), call)
    (before,) = await ask(source, ref(2, "abc-77"))
    assert (written.key, before.locked, before.pending) == ("c-1", False, ("LOCK",))
    await asyncio.sleep(0.06)
    (after,) = await ask(source, ref(2, "abc-77"))
    assert (after.locked, after.pending) == (True, ())
    with pytest.raises(WriteRefused):
        await write(source, "lock", ref(2, "abc-77"), call)
    assert len(twin.commands) == 1


async def test_a_recovery_key_is_told_once_replaced_and_noted(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    (before,) = await ask(source, ref(2, "abc-77"))
    written = await write(source, "recovery_key", ref(2, "abc-77"))
    assert written.secret is not None and written.secret.text == "111111-222222"
    assert "111111" not in f"{written!r} {written}"
    assert twin.devices["id-abc-77"]["recoveryKey"] != "111111-222222"
    (after,) = await ask(source, ref(2, "abc-77"))
    assert before.recovery_key_shown_at is None and after.recovery_key_shown_at is not None
    assert len(twin.commands) == 1


async def test_a_key_that_does_not_come_in_time_leaves_open_whether_it_was_given(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    twin.devices["id-abc-77"]["reachable"] = False
    call = CallContext("test", time.monotonic() + 0.5, "t", "tester", permit=leave("recovery_key"))
    with pytest.raises(SourceError) as late:
        await write(source, "recovery_key", ref(2, "abc-77"), call)
    assert late.value.code in ("SOURCE_TIMEOUT", "DEADLINE_EXCEEDED")
    assert len(twin.commands) == 1


async def test_a_device_that_does_not_obey_gives_no_key(
    twin: DeviceManagementTwin, source: DeviceManagementService
) -> None:
    twin.refuses.add("id-abc-77")
    with pytest.raises(SourceError) as refused:
        await write(source, "recovery_key", ref(2, "abc-77"))
    assert refused.value.code == "SOURCE_REJECTED"
    assert twin.devices["id-abc-77"]["recoveryKey"] == "111111-222222"


async def test_a_wipe_shows_when_it_was_done(twin: DeviceManagementTwin, source: DeviceManagementService) -> None:
    twin.devices["id-abc-77"]["reachable"] = False
    await write(source, "wipe", ref(2, "abc-77"))
    await asyncio.sleep(0.06)
    (before,) = await ask(source, ref(2, "abc-77"))
    assert (before.enrolled, before.pending, before.wiped_at) == (True, ("WIPE",), None)
    twin.devices["id-abc-77"]["reachable"] = True
    (after,) = await ask(source, ref(2, "abc-77"))
    assert (after.enrolled, after.pending) == (False, ())
    assert after.wiped_at == after.last_seen_at
    with pytest.raises(SourceError) as again:
        await write(source, "wipe", ref(2, "abc-77"))
    assert again.value.code == "SOURCE_REJECTED" and len(twin.commands) == 1


@pytest.mark.parametrize("name", ["lock", "wipe", "recovery_key"])
@pytest.mark.parametrize("serial", ["GONE1", "nobody's", None])
async def test_a_device_that_takes_no_commands_is_a_refusal(
    twin: DeviceManagementTwin, source: DeviceManagementService, name: str, serial: str | None
) -> None:
    with pytest.raises(SourceError) as refused:
        await write(source, name, ref(3, serial))
    assert refused.value.code == "SOURCE_REJECTED" and twin.commands == {}
