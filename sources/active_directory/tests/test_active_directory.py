"""What is peculiar to Active Directory: its ids, times and bits, two accounts, nested groups, sign-in, writes."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from sources.active_directory.client import ActiveDirectory
from sources.active_directory.mapping import guid
from sources.active_directory.twin import BASE, FIRST_PASSWORD, NEVER, WRITER, ActiveDirectoryTwin, ticks
from sources.kit.desk import SourceDesk
from sources.kit.ldap import LdapTransport
from sources.kit.ldap_wire import Change, Entry
from sources.kit.manifest import systems
from sources.kit.reads import ReadRules
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.kit.twin.ldap import WRITER_PASSWORD
from sources.kit.twin.ldap_tree import Row
from sources.ports.call import CallContext
from sources.ports.errors import SourceError, WriteRefused
from sources.ports.keys import EmployeeRef
from sources.ports.permit import WritePermit
from sources.ports.question import EVERYTHING, Need

LOCKED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ANNA, BORIS = EmployeeRef("0001001", "anna"), EmployeeRef("0001002", "boris")
NESTED = Need(args=(("nested", True),))


def account(login: str, number: str | None, unit: str = "Staff", **more: Any) -> Row:
    return f"CN={login},OU={unit},{BASE}", {
        "sAMAccountType": ["805306368"], "sAMAccountName": [login], "objectGUID": [key(login).bytes_le],
        "employeeID": [number] if number else [], "userAccountControl": ["512"], "badPwdCount": ["0"],
        "pwdLastSet": [str(ticks(datetime(2999, 1, 1, tzinfo=UTC)))], "accountExpires": [str(NEVER)], **more,
    }  # fmt: skip


def group(name: str, *members: str, **more: Any) -> Row:
    return f"CN={name},OU=Groups,{BASE}", {
        "objectClass": ["top", "group"], "sAMAccountName": [name], "objectGUID": [key(name).bytes_le],
        "groupType": ["-2147483646"], "member": list(members), **more,
    }  # fmt: skip


def key(name: str) -> UUID:
    return UUID(bytes=name.encode().ljust(16, b"\x01")[:16])


def staff(login: str) -> str:
    return f"CN={login},OU=Staff,{BASE}"


def in_groups(name: str) -> str:
    return f"CN={name},OU=Groups,{BASE}"


SEED: list[Row] = [
    (BASE, {"objectClass": ["domain"]}),
    *(
        (f"OU={unit},{BASE}", {"objectClass": ["organizationalUnit"]})
        for unit in ("Staff", "Admins", "Services", "Groups")
    ),
    account("anna", "0001001", lockoutTime=[str(ticks(LOCKED))], badPwdCount=["5"]),
    account("adm-anna", "0001001", "Admins"),
    account("boris", None, accountExpires=["0"], pwdLastSet=["0"]),
    account("carl", "0001003", userAccountControl=["514"]),
    group("readers", staff("anna"), staff("boris")),
    group("writers", in_groups("readers"), managedBy=[staff("carl")]),
    group("owners", in_groups("writers"), f"CN=adm-anna,OU=Admins,{BASE}", adminCount=["1"]),
    group("VPN-Admins", groupType=["2"]),
]


def call(permit: WritePermit | None = None) -> CallContext:
    return CallContext("test", time.monotonic() + 5, "t", "tester", permit=permit)


def permit(write: str = "unlock") -> WritePermit:
    return WritePermit("unlock_account", "unlock", "ad", write, time.monotonic() + 5)


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


@pytest.fixture
async def ldap(twin: ActiveDirectoryTwin) -> AsyncIterator[LdapTransport]:
    ldap = LdapTransport("ad", twin.url, ReadRules("ad"), user=WRITER, password=WRITER_PASSWORD)
    yield ldap
    await ldap.close()


async def test_both_accounts_of_an_employee_come_by_number_the_personal_one_first(desk: SourceDesk) -> None:
    (anna, boris) = await desk.ask("accounts", "accounts_of", [ANNA, BORIS], EVERYTHING, call())
    assert [(each.login, each.kind) for each in anna] == [("anna", "PERSONAL"), ("adm-anna", "ADMIN")]
    assert [each.login for each in boris] == ["boris"]  # nobody has filled in his number


async def test_a_number_keeps_its_leading_zeros(desk: SourceDesk) -> None:
    (anna,) = await desk.ask("accounts", "accounts_of", [ANNA], EVERYTHING, call())
    assert anna[0].employee_id == "0001001"


async def test_an_account_with_the_number_of_another_is_not_taken_for_its_login(desk: SourceDesk) -> None:
    assert await desk.ask("accounts", "accounts_of", [EmployeeRef("0009999", "anna")], EVERYTHING, call()) == [()]


async def test_zero_and_the_last_moment_mean_never(desk: SourceDesk) -> None:
    anna, boris, carl = await desk.ask(
        "accounts", "accounts_of", [ANNA, BORIS, EmployeeRef("0001003", "carl")], EVERYTHING, call()
    )
    assert (anna[0].locked_since, anna[0].expires_at, anna[0].must_change_password) == (LOCKED, None, False)
    assert (boris[0].expires_at, boris[0].must_change_password, boris[0].password_set_at) == (None, True, None)
    assert (carl[0].enabled, anna[0].enabled) == (False, True)


def test_the_id_is_read_with_its_first_parts_backwards() -> None:
    wire = bytes.fromhex("33221100554477668899aabbccddeeff")
    assert guid(Entry("", {"objectguid": (wire,)})) == "00112233-4455-6677-8899-aabbccddeeff"


async def test_three_employees_cost_one_search(desk: SourceDesk, twin: ActiveDirectoryTwin) -> None:
    asked = call()
    await desk.ask("accounts", "accounts_of", [ANNA, BORIS, EmployeeRef("0009999", "nobody")], EVERYTHING, asked)
    assert twin.seen == {"search": 1}
    assert asked.ledger.of("ad").calls == 1


async def test_direct_groups_cost_two_searches_and_nested_ones_one_more_a_level(
    desk: SourceDesk, twin: ActiveDirectoryTwin
) -> None:
    (direct, _) = await desk.ask("groups", "memberships_of", [ANNA, BORIS], EVERYTHING, call())
    assert twin.calls == 2
    assert [(each.group.name, each.login) for each in direct] == [("owners", "adm-anna"), ("readers", "anna")]
    (nested, _) = await desk.ask("groups", "memberships_of", [ANNA, BORIS], NESTED, call())
    assert twin.calls == 2 + 3  # accounts; readers and owners; writers, which owners above it are known already
    assert [(each.group.name, each.login, each.direct) for each in nested] == [
        ("owners", "adm-anna", True), ("owners", "anna", False), ("readers", "anna", True), ("writers", "anna", False),
    ]  # fmt: skip


async def test_groups_in_a_ring_end(desk: SourceDesk, twin: ActiveDirectoryTwin, ldap: LdapTransport) -> None:
    ring = Change("add", "member", (in_groups("owners").encode(),))
    await ldap.modify(in_groups("readers"), [ring], call(permit("add_to_group")), write="add_to_group")
    (boris,) = await desk.ask("groups", "memberships_of", [BORIS], NESTED, call())
    assert [each.group.name for each in boris] == ["owners", "readers", "writers"]


async def test_groups_and_their_owner_by_id_cost_one_search(desk: SourceDesk, twin: ActiveDirectoryTwin) -> None:
    ids = [str(key("writers")), str(key("VPN-Admins")).upper(), str(key("owners")), "no id"]
    writers, vpn, owners, unknown = await desk.ask("groups", "group_by_id", ids, EVERYTHING, call())
    assert (writers.owner_login, writers.kind, writers.privileged) == ("carl", "SECURITY", False)
    assert (vpn.kind, vpn.privileged, owners.privileged, unknown) == ("DISTRIBUTION", True, True, None)
    assert twin.calls == 1


async def test_members_of_several_groups_cost_one_search(desk: SourceDesk, twin: ActiveDirectoryTwin) -> None:
    readers, owners = await desk.ask(
        "groups", "members_of", [str(key("readers")), str(key("owners"))], EVERYTHING, call()
    )
    assert [(each.login, each.employee_id) for each in readers] == [("anna", "0001001"), ("boris", None)]
    assert [each.login for each in owners] == ["adm-anna"]
    assert twin.calls == 1


@pytest.mark.parametrize("text", ["*", "anna)(sAMAccountName=*", "x)(|(cn=*", "\\2a", "anna\x00"])
async def test_what_a_key_says_never_becomes_part_of_the_filter(desk: SourceDesk, text: str) -> None:
    assert await desk.ask("accounts", "accounts_of", [EmployeeRef(text, text)], EVERYTHING, call()) == [()]


async def test_identifiers_are_second_accounts_and_groups(desk: SourceDesk) -> None:
    names = await desk.lines["ad"].sweep(call())
    assert {(each.kind, each.text, each.node_type) for each in names} == {
        ("ACCOUNT_LOGIN", "adm-anna", "Employee"),
        *(("GROUP_NAME", name, "Group") for name in ("readers", "writers", "owners", "VPN-Admins")),
    }


@pytest.mark.parametrize("kind", GARBAGE_KINDS)
@pytest.mark.parametrize("question", ["accounts_of", "memberships_of"])
async def test_garbage_is_bad_data(desk: SourceDesk, twin: ActiveDirectoryTwin, kind: Any, question: str) -> None:
    await twin.break_with(Fault("garbage", garbage=kind))
    port = "accounts" if question == "accounts_of" else "groups"
    (answer,) = await desk.ask(port, question, [ANNA], EVERYTHING, call())
    assert isinstance(answer, SourceError) and answer.code == "BAD_SOURCE_DATA"


async def test_a_bad_row_costs_its_employee_only(desk: SourceDesk, twin: ActiveDirectoryTwin) -> None:
    twin.tree.get(staff("boris")).set("objectguid", [b"short"])
    anna, boris = await desk.ask("accounts", "accounts_of", [ANNA, BORIS], EVERYTHING, call())
    assert len(anna) == 2
    assert isinstance(boris, SourceError) and boris.code == "BAD_SOURCE_DATA"


async def test_a_wrong_password_of_the_gateway_is_a_refusal(twin: ActiveDirectoryTwin) -> None:
    settings = {**twin.settings(), "password": "old"}
    desk = SourceDesk(
        [Line(ActiveDirectory(Instance("ad", "active_directory", systems()["active_directory"], settings)))]
    )
    (answer,) = await desk.ask("accounts", "accounts_of", [ANNA], EVERYTHING, call())
    assert isinstance(answer, SourceError) and answer.code == "SOURCE_REJECTED" and "data 52e" in answer.detail
    assert twin.calls == 0


@pytest.mark.parametrize(
    ("login", "change", "code"),
    [
        ("carl", {"useraccountcontrol": ["512"], "accountexpires": ["1"]}, "701"),
        ("carl", {}, "533"),
        ("boris", {}, "773"),
        ("anna", {}, "775"),
        ("nobody", {}, "525"),
    ],
)
async def test_sign_in_says_why_not(
    twin: ActiveDirectoryTwin, ldap: LdapTransport, login: str, change: dict[str, Any], code: str
) -> None:
    for name, values in change.items():
        twin.tree.get(staff(login)).set(name, values)
    with pytest.raises(SourceError) as refused:
        await ldap.check(f"{login}@corp.example", FIRST_PASSWORD, call())
    assert f"data {code}" in refused.value.detail


async def test_wrong_passwords_lock_and_an_unlock_opens(twin: ActiveDirectoryTwin, ldap: LdapTransport) -> None:
    for _ in range(5):
        with pytest.raises(SourceError, match="refused"):
            await ldap.check("CORP\\adm-anna", "wrong", call())
    with pytest.raises(SourceError) as locked:
        await ldap.check("CORP\\adm-anna", FIRST_PASSWORD, call())
    assert "data 775" in locked.value.detail
    await ldap.modify(
        f"CN=adm-anna,OU=Admins,{BASE}", [Change("replace", "lockoutTime", (b"0",))], call(permit()), write="unlock"
    )
    await ldap.check("CORP\\adm-anna", FIRST_PASSWORD, call())


async def test_a_reset_password_must_be_good_and_may_have_to_be_changed(
    twin: ActiveDirectoryTwin, ldap: LdapTransport
) -> None:
    async def reset(password: str) -> None:
        changes = [
            Change("replace", "unicodePwd", (f'"{password}"'.encode("utf-16-le"),)),
            Change("replace", "pwdLastSet", (b"0",)),
        ]
        await ldap.modify(
            f"CN=adm-anna,OU=Admins,{BASE}", changes, call(permit("reset_password")), write="reset_password"
        )

    with pytest.raises(SourceError) as weak:
        await reset("a")
    assert "0000052D" in weak.value.detail
    await reset("Second-Pass2!")
    with pytest.raises(SourceError) as must_change:
        await ldap.check("adm-anna@corp.example", "Second-Pass2!", call())
    assert "data 773" in must_change.value.detail


async def test_a_change_without_a_permit_never_reaches_the_wire(twin: ActiveDirectoryTwin, ldap: LdapTransport) -> None:
    unlock = [Change("replace", "lockoutTime", (b"0",))]
    refused = call()
    for send in (
        ldap.modify(staff("anna"), unlock, refused),
        ldap.modify(staff("anna"), unlock, refused, write="unlock"),
        ldap.modify(staff("anna"), unlock, call(permit("disable")), write="unlock"),
        ldap.add(staff("new"), {"cn": (b"new",)}, refused, write="add"),
        ldap.delete(staff("anna"), refused, write="delete"),
        ldap.modify_password(staff("anna"), "Second-Pass2!", refused, write="reset_password"),
    ):
        with pytest.raises(WriteRefused):
            await send
    assert (twin.calls, twin.binds.total()) == (0, 0)
    assert refused.ledger.of("ad").calls == 0
    assert twin.tree.get(staff("anna")).first("lockouttime") == str(ticks(LOCKED))


async def test_a_permit_lets_one_change_through(twin: ActiveDirectoryTwin, ldap: LdapTransport) -> None:
    unlock = [Change("replace", "lockoutTime", (b"0",))]
    once = call(permit())
    await ldap.modify(staff("anna"), unlock, once, write="unlock")
    with pytest.raises(WriteRefused):
        await ldap.modify(staff("anna"), unlock, once, write="unlock")
    assert twin.seen == {"modify": 1}
    assert twin.tree.get(staff("anna")).first("lockouttime") == "0"


async def test_the_reading_account_may_not_write(twin: ActiveDirectoryTwin) -> None:
    settings = twin.settings()
    reader = LdapTransport("ad", twin.url, ReadRules("ad"), user=settings["user"], password=settings["password"])
    with pytest.raises(SourceError) as refused:
        await reader.modify(staff("anna"), [Change("delete", "mail")], call(permit()), write="unlock")
    assert refused.value.code == "SOURCE_REJECTED"
    await reader.close()
