"""What is peculiar to writes in OpenLDAP: one attribute is both the lock and the end, and a group is never empty."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sources.kit.desk import SourceDesk
from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.openldap.client import OpenLdap
from sources.openldap.mapping import FOR_GOOD
from sources.openldap.tests.test_openldap import SEED, call, group_of, permit, person
from sources.openldap.twin import OpenLdapTwin
from sources.ports.errors import SourceError
from sources.ports.write import TAKEN, Secret, Written

ANNA, BORIS, CARL = (f"{login:0<8}-0000-0000-0000-000000000000" for login in ("anna", "boris", "carl"))
LOCK = "pwdaccountlockedtime"


@pytest.fixture
async def twin() -> AsyncIterator[OpenLdapTwin]:
    twin = OpenLdapTwin([*SEED, group_of("alone", person("carl"))])
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def desk(twin: OpenLdapTwin) -> AsyncIterator[SourceDesk]:
    desk = SourceDesk([Line(OpenLdap(Instance("lab", "openldap", systems()["openldap"], twin.settings())))])
    yield desk
    await desk.close()


async def send(desk: SourceDesk, write: str, *arguments: Any) -> Written:
    return await desk.write("lab", write, arguments, call(permit(write)))


async def refused(desk: SourceDesk, write: str, *arguments: Any) -> SourceError:
    with pytest.raises(SourceError) as told:
        await send(desk, write, *arguments)
    assert told.value.code == "SOURCE_REJECTED"
    return told.value


@pytest.mark.parametrize(
    ("write", "more"), [("unlock", ()), ("reset_password", (Secret("Second-Pass2"),))], ids=["unlock", "reset_password"]
)
async def test_nothing_but_enabling_lets_a_disabled_account_in(
    twin: OpenLdapTwin, desk: SourceDesk, write: str, more: tuple[Any, ...]
) -> None:
    await refused(desk, write, BORIS, *more)
    assert (twin.tree.get(person("boris")).first(LOCK), twin.writes) == (FOR_GOOD, 0)


async def test_enabling_does_not_lift_a_lock_by_wrong_passwords(twin: OpenLdapTwin, desk: SourceDesk) -> None:
    assert await send(desk, "enable", ANNA) == TAKEN
    assert twin.tree.get(person("anna")).first(LOCK) == "20260304050607Z"
    await send(desk, "enable", BORIS)
    assert LOCK not in twin.tree.get(person("boris")).attributes


async def test_unlocking_what_is_not_locked_is_taken_without_a_call(twin: OpenLdapTwin, desk: SourceDesk) -> None:
    assert await send(desk, "unlock", CARL) == TAKEN
    assert twin.writes == 0


async def test_membership_that_is_so_already_is_taken(twin: OpenLdapTwin, desk: SourceDesk) -> None:
    before = twin.state()
    assert await send(desk, "add_to_group", "group-readers", "anna") == TAKEN
    assert await send(desk, "remove_from_group", "group-readers", "carl") == TAKEN
    assert twin.state() == before


async def test_the_last_member_stays_and_the_refusal_is_told(twin: OpenLdapTwin, desk: SourceDesk) -> None:
    told = await refused(desk, "remove_from_group", "group-alone", "carl")
    assert "65" in told.detail
    assert twin.tree.get("cn=alone,ou=groups,dc=lab,dc=example").values("member") == [person("carl")]


async def test_a_weak_password_stands_in_no_text(twin: OpenLdapTwin, desk: SourceDesk) -> None:
    told = await refused(desk, "reset_password", CARL, Secret("shorty"))
    assert "shorty" not in f"{told!r} {told.detail}"
    assert twin.passwords == {}
