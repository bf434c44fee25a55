"""Operations on real servers: planned, done, proven, and then read back through the gateway like anything else."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from resolvers import ids
from tests.operations.cases import CASES, Case
from tests.operations.test_every_operation import ended
from tests.real.acting import RealStand, acting, signs_in
from tests.real.provider import RealProvider
from tests.real.seeding.privacyidea import factors
from tests.real.systems import required

pytestmark = pytest.mark.real

Effect = Callable[[Any, Case], object]
"""What an employee's node shows of an operation's effect; another value afterwards, the one of `DONE`."""


@pytest.fixture(scope="session")
async def stand(provider: RealProvider, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealStand]:
    async with acting(tmp_path_factory.mktemp("acting"), provider) as made:
        yield made


def one(things: list[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    """The thing with these values; an empty one where there is none."""
    found = [each for each in things if all(each[name] == value for name, value in wanted.items())]
    return found[0] if found else {}


def nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["node"] for each in connection["edges"]]


ACCOUNTS: Final = "accounts { id locked enabled passwordSetAt mustChangePassword distinguishedName }"
GROUPS: Final = "groups(first: 100) { edges { node { id } } }"
CERTIFICATES: Final = "certificates(first: 100) { edges { node { id revokedAt purpose } } }"
DEVICES: Final = "devices(first: 100) { edges { node { id status } } }"
FACTORS: Final = "secondFactors(first: 100) { edges { node { serial active failures } } }"
BADGES: Final = "badges(first: 100) { edges { node { number status kind validUntil } } }"
TICKETS: Final = "tickets(first: 100) { edges { node { id subject queue } } }"


def of_account(name: str) -> Effect:
    return lambda node, case: one(node["accounts"], id=case.said["account"])[name]


def in_group(node: Any, case: Case) -> object:
    return bool(one(nodes(node["groups"]), id=case.said["group"]))


def device(node: Any, case: Case) -> object:
    return one(nodes(node["devices"]), id=case.said["device"]).get("status")


def factor(name: str) -> Effect:
    return lambda node, case: one(nodes(node["secondFactors"]), serial=case.said["serial"]).get(name)


EFFECTS: Final[dict[str, tuple[str, Effect, object]]] = {
    "unlock_account": (ACCOUNTS, of_account("locked"), False),
    "disable_account": (ACCOUNTS, of_account("enabled"), False),
    "enable_account": (ACCOUNTS, of_account("enabled"), True),
    "reset_password": (ACCOUNTS, of_account("mustChangePassword"), True),
    "add_to_group": (GROUPS, in_group, True),
    "remove_from_group": (GROUPS, in_group, False),
    "revoke_certificate": (
        CERTIFICATES,
        lambda node, case: bool(one(nodes(node["certificates"]), id=case.said["certificate"])["revokedAt"]),
        True,
    ),
    "assign_device": (DEVICES, device, "ASSIGNED"),
    "return_device": (DEVICES, device, None),
    "block_device": (DEVICES, device, "LOST"),
    "disable_second_factor": (FACTORS, factor("active"), False),
    "remove_second_factor": (FACTORS, factor("serial"), None),
    "block_badge": (
        BADGES,
        lambda node, case: one(nodes(node["badges"]), number=case.said["number"])["status"],
        "BLOCKED",
    ),
    "update_contact": (
        "phones { number kind }",
        lambda node, case: bool(one(node["phones"], number=case.said["mobile"])),
        True,
    ),
}
"""What shows the effect of each: selection of the employee, what is looked at, what it must be. It is not so before."""

MADE: Final[dict[str, tuple[str, str]]] = {
    "issue_certificate": (CERTIFICATES, "certificates"),
    "issue_temporary_badge": (BADGES, "badges"),
    "create_ticket": (TICKETS, "tickets"),
}
"""Operations after which there is one thing more: selection, connection."""


async def put(stand: RealStand, name: str) -> Case:
    """A case with everything that the policy asks for."""
    case = await CASES[name](stand)
    await stand.with_ticket(case.employee)
    await stand.verified(case.employee)
    return case


async def applied(stand: RealStand, name: str, case: Case) -> dict[str, Any]:
    """Previewed, done by the plan, and proven; a replay of the key does nothing."""
    plan = await stand.act(name, case.employee, case.said)
    assert plan["problems"] == []
    assert plan["plan"]["changes"]
    given = {"mode": "APPLY", "planHash": plan["plan"]["hash"], "idempotencyKey": f"real {name} {case.employee}"}
    answer = await ended(stand, await stand.act(name, case.employee, case.said, **given))
    assert answer["problems"] == []
    run = answer["operation"]
    assert run["state"] == "SUCCEEDED", (run["problem"], run["steps"])
    assert [each["state"] for each in run["steps"]] == ["DONE"] * len(run["steps"])
    assert all(each["proof"]["readBackAt"] for each in run["steps"])
    again = await stand.act(name, case.employee, case.said, **given)
    assert again["replayed"]
    assert again["secrets"] == []
    return answer


async def looked(stand: RealStand, case: Case, selection: str) -> Any:
    return await stand.shown(ids.encode("Employee", "directory", case.employee), selection)


async def test_failures_of_a_second_factor_are_forgotten(stand: RealStand, provider: RealProvider) -> None:
    """Of the last person: somebody whose password was given anew as well would need another operator's consent.

    Before any token is removed by the others below.
    """
    last = {each.login: place for place, each in enumerate(await stand.people())}
    token = max(provider.filled("second_factors").second_factors, key=lambda each: last.get(each.owner_login, -1))
    with factors(required("privacyidea")) as server:
        for _ in range(2):
            wrong = {"serial": token.serial, "pass": "000000"}
            assert not server.ask("POST", "/validate/check", wrong)["result"]["value"]  # type: ignore[index,call-overload]  # JSON
    case = await put(stand, "reset_second_factor")
    assert (await looked(stand, case, FACTORS))["secondFactors"]
    before = factor("failures")(await looked(stand, case, FACTORS), case)
    await applied(stand, "reset_second_factor", case)
    assert before != 0
    assert factor("failures")(await looked(stand, case, FACTORS), case) == 0


@pytest.mark.parametrize("name", list(EFFECTS))
async def test_it_is_done_and_read_back_through_the_gateway(stand: RealStand, name: str) -> None:
    selection, effect, wanted = EFFECTS[name]
    case = await put(stand, name)
    before = await looked(stand, case, selection)
    assert effect(before, case) != wanted
    preview = await stand.act(name, case.employee, case.said)
    assert preview["problems"] == []
    assert await looked(stand, case, selection) == before
    await applied(stand, name, case)
    assert effect(await looked(stand, case, selection), case) == wanted


@pytest.mark.parametrize("name", list(MADE))
async def test_what_it_made_is_read_through_the_gateway(stand: RealStand, name: str) -> None:
    selection, connection = MADE[name]
    case = await put(stand, name)
    before = len(nodes((await looked(stand, case, selection))[connection]))
    answer = await applied(stand, name, case)
    assert bool(answer["secrets"]) is case.secret
    assert len(nodes((await looked(stand, case, selection))[connection])) == before + 1


async def test_a_comment_stands_in_the_ticket(stand: RealStand) -> None:
    case = await put(stand, "comment_ticket")
    answer = await applied(stand, "comment_ticket", case)
    shown = answer["operation"]["steps"][0]["proof"]["shown"]
    assert shown


async def test_a_ticket_is_moved(stand: RealStand) -> None:
    case = await put(stand, "move_ticket")
    case = replace(case, said={**case.said, "queue": str(required("request_tracker")["queue"])})
    await applied(stand, "move_ticket", case)
    moved = one(nodes((await looked(stand, case, TICKETS))["tickets"]), id=case.said["ticket"])
    assert moved["queue"] == case.said["queue"]


async def test_a_server_that_says_yes_and_does_nothing_is_found_out(stand: RealStand) -> None:
    """Request Tracker answers 200 to a queue that it does not have, and leaves the ticket where it is."""
    case = await put(stand, "move_ticket")
    case = replace(case, said={**case.said, "queue": "Nowhere"})
    before = await looked(stand, case, TICKETS)
    answer = await ended(stand, await stand.act("move_ticket", case.employee, case.said, mode="APPLY"))
    run = answer["operation"]
    assert (run["state"], [each["state"] for each in run["steps"]]) == ("FAILED", ["UNPROVEN"])
    assert await looked(stand, case, TICKETS) == before


async def test_the_password_that_is_shown_once_lets_in(stand: RealStand) -> None:
    """In the engineering directory, which lets whoever must change a password sign in to do it."""
    for person in await stand.people():
        accounts = (await stand.asked("accounts", "accounts_of", person.ref))[0]
        of_lab = [each for each in accounts if each.source == "lab" and each.enabled and not each.locked]
        if of_lab:
            break
    account = of_lab[0]
    case = Case(person.employee_id, {"account": ids.encode("Account", "lab", account.object_id)}, "lab")
    await stand.with_ticket(case.employee)
    await stand.verified(case.employee)
    answer = await applied(stand, "reset_password", case)
    password = answer["secrets"][0]["value"]
    facts = required("slapd")
    assert signs_in(facts, account.distinguished_name, password)
    assert not signs_in(facts, account.distinguished_name, f"{password}x")


async def test_a_tunnel_is_closed(stand: RealStand) -> None:
    case = await put(stand, "disconnect_vpn")
    selection = "vpnSessions(first: 100) { edges { node { connectedAt } } }"
    before = nodes((await looked(stand, case, selection))["vpnSessions"])
    assert before
    await applied(stand, "disconnect_vpn", case)
    after = nodes((await looked(stand, case, selection))["vpnSessions"])
    assert not [each for each in after if each in before]
