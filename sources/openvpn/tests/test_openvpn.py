"""Tunnels over the management interface: one command for everyone, nothing half heard, nothing smuggled in."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.openvpn.client import OpenVpnConcentrator, quoted
from sources.openvpn.mapping import clients
from sources.openvpn.twin import Client, OpenVpnTwin
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING

IVAN = EmployeeRef("0000001", "ipetrov")
ANA = EmployeeRef("0000002", "asouza")
NOBODY = EmployeeRef("0000003", "nobody")


def tunnel(number: int, name: str, since: int = 1_795_384_360) -> Client:
    return Client(name, f"198.51.100.{number}:4{number:04}", f"10.8.0.{number + 2}", 2776, 2780, since, number)


def a_call(permit: WritePermit | None = None, within: float = 2.0) -> CallContext:
    return CallContext("test", time.monotonic() + within, "t", "tester", permit=permit)


def leave(write: str) -> WritePermit:
    return WritePermit("disconnect_vpn", "close", "vpn", write, time.monotonic() + 5)


def code(answer: object) -> str:
    assert isinstance(answer, SourceError)
    return answer.code


def connect(twin: OpenVpnTwin, **settings: str) -> OpenVpnConcentrator:
    return OpenVpnConcentrator(Instance("vpn", "openvpn", systems()["openvpn"], {**twin.settings(), **settings}))


@pytest.fixture
async def twin() -> AsyncIterator[OpenVpnTwin]:
    twin = OpenVpnTwin(
        [tunnel(7, "IPETROV", 1_795_384_999), tunnel(3, "ipetrov"), tunnel(5, "asouza"), tunnel(9, "UNDEF")]
    )
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def source(twin: OpenVpnTwin) -> AsyncIterator[OpenVpnConcentrator]:
    source = connect(twin)
    yield source
    await source.close()


async def ask(source: OpenVpnConcentrator, *keys: EmployeeRef, call: CallContext | None = None) -> list[Any]:
    return list(await Line(source).ask("vpn_sessions_of", keys, EVERYTHING, call or a_call()))


async def test_one_command_answers_everyone(twin: OpenVpnTwin, source: OpenVpnConcentrator) -> None:
    call = a_call()
    strangers = [EmployeeRef(f"1{number:06}", f"stranger{number}") for number in range(500)]
    answers = await ask(source, IVAN, NOBODY, ANA, *strangers, call=call)
    assert [[each.session_id for each in answer] for answer in answers[:3]] == [["3", "7"], [], ["5"]]
    assert answers[3:] == [()] * 500
    assert twin.seen == {"status 3": 1} and call.ledger.of("vpn").calls == 1
    first = answers[0][0]
    assert (first.login, first.real_address, first.virtual_address) == ("ipetrov", "198.51.100.3:40003", "10.8.0.5")
    assert (first.received_bytes, first.sent_bytes) == (2776, 2780)
    assert first.connected_at.isoformat() == "2026-11-22T21:52:40+00:00"


async def test_several_processes_share_a_socket_that_serves_one_client_at_a_time(twin: OpenVpnTwin) -> None:
    processes = [connect(twin) for _ in range(3)]
    try:
        for _ in range(2):
            answers = await asyncio.gather(*(ask(each, IVAN, call=a_call(within=10)) for each in processes))
            assert [[each.session_id for each in answer] for (answer,) in answers] == [["3", "7"]] * 3
    finally:
        for each in processes:
            await each.close()


async def test_a_name_leads_to_a_login_behind_a_prefix(twin: OpenVpnTwin) -> None:
    twin.clients = {1: tunnel(1, "vpn-ipetrov"), 2: tunnel(2, "asouza")}
    source = connect(twin, prefix="vpn-")
    mine, hers = await ask(source, IVAN, ANA)
    assert [each.login for each in mine] == ["ipetrov"] and hers == ()
    await source.close()


async def test_a_concentrator_may_know_people_by_user_name(twin: OpenVpnTwin) -> None:
    twin.clients = {1: Client("laptop-17", "198.51.100.1:4000", "10.8.0.2", 1, 2, 1_795_384_360, 1, username="asouza")}
    source = connect(twin, login_from="username")
    (hers,) = await ask(source, ANA)
    assert [each.session_id for each in hers] == ["1"]
    await source.close()


def test_a_name_that_openvpn_lacks_is_refused_at_start(twin: OpenVpnTwin) -> None:
    with pytest.raises(ValueError, match="login_from: expected one of common_name, username"):
        connect(twin, login_from="email")


def test_the_comma_form_reads_the_same(twin: OpenVpnTwin) -> None:
    tabs = clients(twin._report("\t").split("\r\n")[:-1])
    commas = clients(twin._report(",").split("\r\n")[:-1])
    assert tabs == commas and len(tabs) == 4


async def test_a_row_of_another_shape_puts_the_unfound_in_doubt_only(
    twin: OpenVpnTwin, source: OpenVpnConcentrator
) -> None:
    twin.clients[5] = tunnel(5, "asouza\tand more")
    mine, hers = await ask(source, IVAN, ANA)
    assert isinstance(mine, tuple) and len(mine) == 2
    assert code(hers) == "BAD_SOURCE_DATA"


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
@pytest.mark.parametrize("connected", [True, False])
async def test_garbage_is_never_an_empty_list(twin: OpenVpnTwin, kind: str, connected: bool) -> None:
    if not connected:
        twin.clients.clear()
    source = connect(twin)
    await twin.break_with(Fault("garbage", garbage=kind))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, IVAN, NOBODY)] == ["BAD_SOURCE_DATA"] * 2
    await twin.break_with(None)
    assert [isinstance(each, tuple) for each in await ask(source, IVAN, NOBODY)] == [True, True]
    await source.close()


class Endless(OpenVpnTwin):
    """A report whose end mark never comes."""

    async def answer(self, request: bytes) -> bytes:
        return (await super().answer(request)).replace(b"END\r\n", b"")


async def test_a_report_without_an_end_times_out() -> None:
    twin = Endless([tunnel(1, "ipetrov")])
    await twin.start()
    source = connect(twin)
    source.manifest = source.manifest.model_copy(update={"timeout": 0.2})
    assert [code(each) for each in await ask(source, IVAN)] == ["SOURCE_TIMEOUT"]
    await source.close()
    await twin.stop()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [("refused", "SOURCE_UNAVAILABLE"), ("cut", "SOURCE_UNAVAILABLE"), ("hang", "SOURCE_TIMEOUT"),
     ("unavailable", "SOURCE_UNAVAILABLE"), ("busy", "SOURCE_UNAVAILABLE"), ("denied", "SOURCE_REJECTED")],
)  # fmt: skip
async def test_a_failing_concentrator_is_coded_and_comes_back(
    twin: OpenVpnTwin, source: OpenVpnConcentrator, fault: str, expected: str
) -> None:
    source.manifest = source.manifest.model_copy(update={"timeout": 0.3})
    assert isinstance((await ask(source, IVAN))[0], tuple)
    await twin.break_with(Fault(fault))  # type: ignore[arg-type]
    assert [code(each) for each in await ask(source, IVAN)] == [expected]
    await twin.break_with(None)
    assert isinstance((await ask(source, IVAN))[0], tuple)


async def test_a_cancelled_command_leaves_nothing_for_the_next(twin: OpenVpnTwin, source: OpenVpnConcentrator) -> None:
    await twin.break_with(Fault("slow", latency=0.15))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await source.management.ask("status 3", "END", a_call())
    await twin.break_with(None)
    twin.clients = {1: tunnel(1, "asouza")}
    await asyncio.sleep(0.2)
    mine, hers = await ask(source, IVAN, ANA)
    assert mine == () and [each.session_id for each in hers] == ["1"]


async def test_a_password_is_asked_for_and_checked() -> None:
    twin = OpenVpnTwin([tunnel(1, "ipetrov")], password="open sesame")
    await twin.start()
    good, bad = connect(twin), connect(twin, password="guess")
    none = OpenVpnConcentrator(Instance("vpn", "openvpn", systems()["openvpn"], {"address": f"127.0.0.1:{twin.port}"}))
    assert [each.session_id for each in (await ask(good, IVAN))[0]] == ["1"]
    assert [code((await ask(each, IVAN))[0]) for each in (bad, none)] == ["SOURCE_REJECTED"] * 2
    assert twin.seen == {"status 3": 1}
    for each in (good, bad, none):
        await each.close()
    await twin.stop()


@pytest.mark.parametrize(
    "command", ["status 3\nkill ipetrov", "status 3\r", "status\x003", "", "status 3 " + "x" * 1000]
)
async def test_two_commands_cannot_travel_as_one(twin: OpenVpnTwin, source: OpenVpnConcentrator, command: str) -> None:
    with pytest.raises(SourceError) as refused:
        await source.management.ask(command, "END", a_call())
    assert refused.value.code == "SOURCE_REJECTED"
    permit = leave("disconnect_all")
    with pytest.raises(SourceError):
        await source.management.send(
            f"kill {command}" if command else "", "SUCCESS:", a_call(permit), write="disconnect_all"
        )
    assert twin.calls == 0


@pytest.mark.parametrize("command", ["kill ipetrov", "client-kill 3", "signal SIGTERM", "status 3 now", "status"])
async def test_a_command_that_is_no_declared_read_does_not_leave(
    twin: OpenVpnTwin, source: OpenVpnConcentrator, command: str
) -> None:
    with pytest.raises(WriteRefused):
        await source.management.ask(command, "SUCCESS:", a_call())
    with pytest.raises(WriteRefused):
        await source.management.send(command, "SUCCESS:", a_call(), write="disconnect")
    assert twin.calls == 0 and len(twin.clients) == 4


async def test_a_permit_closes_one_tunnel_once(twin: OpenVpnTwin, source: OpenVpnConcentrator) -> None:
    call = a_call(leave("disconnect"))
    assert await source.management.send("client-kill 3", "SUCCESS:", call, write="disconnect") == [
        "SUCCESS: client-kill command succeeded"
    ]
    with pytest.raises(WriteRefused):
        await source.management.send("client-kill 5", "SUCCESS:", call, write="disconnect")
    assert sorted(twin.clients) == [5, 7, 9] and twin.seen == {"client-kill": 1}


async def test_a_name_with_spaces_and_quotes_is_one_argument(twin: OpenVpnTwin, source: OpenVpnConcentrator) -> None:
    name = 'Ana "A" \\ Souza'
    twin.clients[11] = tunnel(11, name)
    await source.management.send(
        f"kill {quoted(name)}", "SUCCESS:", a_call(leave("disconnect_all")), write="disconnect_all"
    )
    assert 11 not in twin.clients and len(twin.clients) == 4


async def write(source: OpenVpnConcentrator, name: str, *arguments: object) -> None:
    await SourceDesk([Line(source)]).write("vpn", name, arguments, a_call(leave(name)))


async def test_one_tunnel_is_closed_and_closing_it_again_sends_nothing(
    twin: OpenVpnTwin, source: OpenVpnConcentrator
) -> None:
    for _ in range(2):
        await write(source, "disconnect", IVAN, "3")
    assert [each.session_id for each in (await ask(source, IVAN))[0]] == ["7"]
    assert twin.seen["client-kill"] == 1


@pytest.mark.parametrize("session", ["5", "9", "99", "3 HALT", "*"])
async def test_a_tunnel_of_somebody_else_is_not_closed(
    twin: OpenVpnTwin, source: OpenVpnConcentrator, session: str
) -> None:
    await write(source, "disconnect", IVAN, session)
    assert twin.seen == {"status 3": 1} and len(twin.clients) == 4


async def test_a_client_may_return_after_it_was_closed_under_a_new_number(
    twin: OpenVpnTwin, source: OpenVpnConcentrator
) -> None:
    twin.returns = True
    await write(source, "disconnect", ANA, "5")
    (hers,) = await ask(source, ANA, call=a_call())
    assert [each.session_id for each in hers] == ["10"]


async def test_all_tunnels_of_one_name_are_closed_at_once(twin: OpenVpnTwin, source: OpenVpnConcentrator) -> None:
    twin.clients[11] = tunnel(11, "asouza")
    for _ in range(2):
        await write(source, "disconnect_all", ANA)
    assert await ask(source, ANA) == [()]
    assert sorted(twin.clients) == [3, 7, 9] and twin.seen["kill"] == 1


async def test_tunnels_under_several_names_cannot_be_closed_by_one_command(
    twin: OpenVpnTwin, source: OpenVpnConcentrator
) -> None:
    with pytest.raises(SourceError) as refused:
        await write(source, "disconnect_all", IVAN)
    assert refused.value.code == "SOURCE_REJECTED" and len(twin.clients) == 4


async def test_a_certificate_that_several_people_share_is_not_cut_off_for_one_of_them(twin: OpenVpnTwin) -> None:
    twin.clients = {each: replace(tunnel(each, "office"), username=f"user{each}") for each in (1, 2)}
    source = connect(twin, login_from="username")
    with pytest.raises(SourceError) as refused:
        await write(source, "disconnect_all", EmployeeRef("0000001", "user1"))
    assert refused.value.code == "SOURCE_REJECTED" and sorted(twin.clients) == [1, 2]
    await write(source, "disconnect", EmployeeRef("0000001", "user1"), "1")
    assert sorted(twin.clients) == [2]
    await source.close()
