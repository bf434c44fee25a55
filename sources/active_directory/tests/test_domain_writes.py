"""What is peculiar to writes in Active Directory: bits of one number, password rules, who is told by which id."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sources.active_directory.client import ActiveDirectory
from sources.active_directory.tests.test_active_directory import SEED, call, key, permit, staff
from sources.active_directory.twin import DONT_EXPIRE, ActiveDirectoryTwin
from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.errors import SourceError
from sources.ports.write import TAKEN, Secret, Written


@pytest.fixture
async def twin() -> AsyncIterator[ActiveDirectoryTwin]:
    twin = ActiveDirectoryTwin(SEED)
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def desk(twin: ActiveDirectoryTwin) -> AsyncIterator[SourceDesk]:
    instance = Instance("ad", "active_directory", systems()["active_directory"], twin.settings())
    desk = SourceDesk([Line(ActiveDirectory(instance))])
    yield desk
    await desk.close()


async def send(desk: SourceDesk, write: str, *arguments: Any) -> Written:
    return await desk.write("ad", write, arguments, call(permit(write)))


async def refused(desk: SourceDesk, write: str, *arguments: Any) -> SourceError:
    with pytest.raises(SourceError) as told:
        await send(desk, write, *arguments)
    assert told.value.code == "SOURCE_REJECTED"
    return told.value


async def test_disabling_and_enabling_leave_the_other_bits(twin: ActiveDirectoryTwin, desk: SourceDesk) -> None:
    entry = twin.tree.get(staff("anna"))
    entry.set("useraccountcontrol", [str(512 | DONT_EXPIRE)])
    await send(desk, "disable", str(key("anna")))
    assert entry.first("useraccountcontrol") == str(514 | DONT_EXPIRE)
    await send(desk, "enable", str(key("anna")))
    assert entry.first("useraccountcontrol") == str(512 | DONT_EXPIRE)


async def test_a_weak_password_is_refused_and_stands_in_no_text(twin: ActiveDirectoryTwin, desk: SourceDesk) -> None:
    told = await refused(desk, "reset_password", str(key("anna")), Secret("tooweakly"))
    assert "0000052D" in told.detail
    assert "tooweakly" not in f"{told!r} {told.detail}"
    assert twin.passwords == {}


async def test_a_new_password_signs_in_and_is_not_to_be_changed_until_it_is_required(
    twin: ActiveDirectoryTwin, desk: SourceDesk
) -> None:
    await send(desk, "reset_password", str(key("boris")), Secret("Second-Pass2!"))
    assert twin.sign_in("boris@corp.example", "Second-Pass2!") == "boris@corp.example"
    await send(desk, "require_change", str(key("boris")))
    assert twin.tree.get(staff("boris")).first("pwdlastset") == "0"


async def test_membership_that_is_so_already_is_taken(twin: ActiveDirectoryTwin, desk: SourceDesk) -> None:
    before = twin.state()
    assert await send(desk, "add_to_group", str(key("readers")), "anna") == TAKEN
    assert await send(desk, "remove_from_group", str(key("readers")), "carl") == TAKEN
    assert twin.state() == before


@pytest.mark.parametrize("login", ["*", "nobody", "", "anna)(objectClass=*", "readers"])
async def test_a_login_of_nobody_changes_nothing(twin: ActiveDirectoryTwin, desk: SourceDesk, login: str) -> None:
    await refused(desk, "add_to_group", str(key("VPN-Admins")), login)
    assert twin.writes == 0


@pytest.mark.parametrize("account_id", ["", "*", "anna", str(key("nobody")), str(key("readers"))])
async def test_an_id_of_no_account_changes_nothing(
    twin: ActiveDirectoryTwin, desk: SourceDesk, account_id: str
) -> None:
    await refused(desk, "disable", account_id)
    assert twin.writes == 0
