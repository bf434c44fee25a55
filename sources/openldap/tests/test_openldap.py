"""What is peculiar to OpenLDAP: locks that are times, disabling for good, members by DN, resets by RFC 3062."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sources.kit.desk import SourceDesk
from sources.kit.ldap import LdapTransport
from sources.kit.ldap_wire import Change
from sources.kit.manifest import systems
from sources.kit.reads import ReadRules
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.kit.twin.ldap import WRITER_PASSWORD
from sources.kit.twin.ldap_tree import Row
from sources.openldap.client import OpenLdap
from sources.openldap.mapping import FOR_GOOD
from sources.openldap.twin import BASE, FIRST_PASSWORD, WRITER, OpenLdapTwin
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need

ANNA, BORIS = EmployeeRef("0001001", "anna"), EmployeeRef("0001002", "boris")


def person(login: str) -> str:
    return f"uid={login},ou=people,{BASE}"


def group(name: str) -> str:
    return f"cn={name},ou=groups,{BASE}"


def account(login: str, number: str | None, **more: Any) -> Row:
    return person(login), {
        "objectClass": ["inetOrgPerson"], "uid": [login], "cn": [login.title()], "sn": [login],
        "employeeNumber": [number] if number else [], "entryUUID": [f"{login:0<8}-0000-0000-0000-000000000000"],
        "pwdChangedTime": ["20260101000000Z"], **more,
    }  # fmt: skip


def group_of(name: str, *members: str, **more: Any) -> Row:
    return group(name), {
        "objectClass": ["groupOfNames"], "cn": [name], "entryUUID": [f"group-{name}"], "member": list(members), **more,
    }  # fmt: skip


SEED: list[Row] = [
    (BASE, {"objectClass": ["organization"]}),
    *((f"ou={unit},{BASE}", {"objectClass": ["organizationalUnit"]}) for unit in ("people", "admins", "groups")),
    account("anna", "0001001", pwdAccountLockedTime=["20260304050607Z"], pwdFailureTime=["20260304050607Z"]),
    account("boris", None, pwdAccountLockedTime=[FOR_GOOD], pwdReset=["TRUE"]),
    account("carl", "0001003"),
    group_of("readers", person("anna"), person("boris")),
    group_of("writers", group("readers"), owner=[person("carl")]),
    group_of("lab-root", group("writers")),
]


def call(permit: WritePermit | None = None) -> CallContext:
    return CallContext("test", time.monotonic() + 5, "t", "tester", permit=permit)


def permit(write: str) -> WritePermit:
    return WritePermit("operation", "step", "lab", write, time.monotonic() + 5)


@pytest.fixture
async def twin() -> AsyncIterator[OpenLdapTwin]:
    twin = OpenLdapTwin(SEED)
    await twin.start()
    yield twin
    await twin.stop()


@pytest.fixture
async def desk(twin: OpenLdapTwin) -> AsyncIterator[SourceDesk]:
    desk = SourceDesk([Line(OpenLdap(Instance("lab", "openldap", systems()["openldap"], twin.settings())))])
    yield desk
    await desk.close()


@pytest.fixture
async def ldap(twin: OpenLdapTwin) -> AsyncIterator[LdapTransport]:
    ldap = LdapTransport("lab", twin.url, ReadRules("lab"), user=WRITER, password=WRITER_PASSWORD)
    yield ldap
    await ldap.close()


async def test_a_lock_is_a_time_and_the_first_moment_means_disabled(desk: SourceDesk, twin: OpenLdapTwin) -> None:
    anna, boris, unknown = await desk.ask(
        "accounts", "accounts_of", [ANNA, BORIS, EmployeeRef("0009999", "*")], EVERYTHING, call()
    )
    assert (anna[0].locked_since, anna[0].enabled) == (datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC), True)
    assert (boris[0].locked_since, boris[0].enabled, boris[0].must_change_password) == (None, False, True)
    assert (anna[0].employee_id, anna[0].wrong_passwords, unknown) == ("0001001", 1, ())
    assert anna[0].password_expires_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert twin.seen == {"search": 1}


async def test_direct_groups_cost_two_searches_and_nested_ones_one_more_a_level(
    desk: SourceDesk, twin: OpenLdapTwin
) -> None:
    (direct,) = await desk.ask("groups", "memberships_of", [ANNA], EVERYTHING, call())
    assert ([each.group.name for each in direct], twin.calls) == (["readers"], 2)
    (nested,) = await desk.ask("groups", "memberships_of", [ANNA], Need(args=(("nested", True),)), call())
    assert [(each.group.name, each.direct, each.group.privileged) for each in nested] == [
        ("lab-root", False, True), ("readers", True, False), ("writers", False, False),
    ]  # fmt: skip
    assert twin.calls == 2 + 4
    assert nested[2].group.owner_login == "carl"


async def test_members_of_several_groups_cost_two_searches(desk: SourceDesk, twin: OpenLdapTwin) -> None:
    readers, writers, unknown = await desk.ask(
        "groups", "members_of", ["group-readers", "group-writers", "group-x"], EVERYTHING, call()
    )
    assert [(each.login, each.employee_id) for each in readers] == [("anna", "0001001"), ("boris", None)]
    assert (writers, unknown, twin.calls) == ((), (), 2)


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
async def test_garbage_is_bad_data(desk: SourceDesk, twin: OpenLdapTwin, kind: Any) -> None:
    await twin.break_with(Fault("garbage", garbage=kind))
    (answer,) = await desk.ask("accounts", "accounts_of", [ANNA], EVERYTHING, call())
    assert isinstance(answer, SourceError) and answer.code == "BAD_SOURCE_DATA"


async def test_a_reset_unlocks_and_must_be_changed(twin: OpenLdapTwin, ldap: LdapTransport) -> None:
    with pytest.raises(SourceError):
        await ldap.check(person("anna"), FIRST_PASSWORD, call())
    await ldap.modify_password(person("anna"), "Second-Pass2", call(permit("reset_password")), write="reset_password")
    await ldap.check(person("anna"), "Second-Pass2", call())
    assert twin.tree.get(person("anna")).first("pwdreset") == "TRUE"


async def test_wrong_passwords_lock_and_deleting_the_time_opens(twin: OpenLdapTwin, ldap: LdapTransport) -> None:
    for _ in range(5):
        with pytest.raises(SourceError):
            await ldap.check(person("carl"), "wrong", call())
    with pytest.raises(SourceError):
        await ldap.check(person("carl"), FIRST_PASSWORD, call())
    unlock = [Change("delete", "pwdAccountLockedTime")]
    await ldap.modify(person("carl"), unlock, call(permit("unlock")), write="unlock")
    await ldap.check(person("carl"), FIRST_PASSWORD, call())


async def test_the_last_member_stays(twin: OpenLdapTwin, ldap: LdapTransport) -> None:
    last = [Change("delete", "member", (group("readers").encode(),))]
    with pytest.raises(SourceError):
        await ldap.modify(group("writers"), last, call(permit("remove_from_group")), write="remove_from_group")
    assert twin.tree.get(group("writers")).values("member") == [group("readers")]


async def test_a_change_without_a_permit_never_reaches_the_wire(twin: OpenLdapTwin, ldap: LdapTransport) -> None:
    with pytest.raises(WriteRefused):
        await ldap.modify(person("anna"), [Change("delete", "pwdAccountLockedTime")], call(), write="unlock")
    with pytest.raises(WriteRefused):
        await ldap.modify_password(person("anna"), "Second-Pass2", call())
    assert (twin.calls, twin.binds.total()) == (0, 0)
