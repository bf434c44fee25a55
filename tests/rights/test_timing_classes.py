"""Nobody is told apart by what is asked about them: which sources, how often, and with how many waits.

The very same employee once is protected and works in the team's region, once is an ordinary one of another region. Nothing
else differs between the two companies, so whatever differs between the answers tells them apart.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import pytest

from resolvers import ids
from resolvers.asking import Viewer
from sandbox.company.model import Company
from sandbox.company.person import Person
from tests.rights.installation import policy
from tests.rights.looks import BLOCKS, WHOLE, told
from tests.rights.steps import Taken, Watched
from tests.sandbox import Sandbox, company_of, running

ELSEWHERE: Final = "ap"
"""A region in which no team works."""

Who = tuple[str, str]
"""A login, and the team chosen."""

REGIONAL: Final[dict[Who, str]] = {
    ("helpdesk.br", "helpdesk_br"): "br",
    ("lead", "helpdesk_br"): "br",
    ("helpdesk.cis", "helpdesk_cis"): "cis",
    ("helpdesk.af", "helpdesk_af"): "af",
    ("lead", "helpdesk_second_line"): "br",
    ("employee", "employees"): "br",
}
"""Who works for some regions, and sees nobody else: to them an employee of another region is withheld as a protected one is."""
EVERYWHERE: Final[tuple[Who, ...]] = (
    ("analyst", "analysts"),
    ("badges", "access_badges"),
    ("equipment", "workplace_equipment"),
    ("hr", "hr_support"),
    ("identity", "identity_access"),
    ("integrator", "service_integrators"),
    ("mail", "mail"),
    ("network", "network_vpn"),
    ("onboarding", "onboarding"),
    ("pki", "pki"),
    ("software", "software"),
)
"""Who works for every region: only the protected are withheld from them, and these have to look alike."""


@dataclass(frozen=True, slots=True)
class Worlds:
    """The same company three times."""

    protected: "World"
    ordinary_elsewhere: "World"
    protected_elsewhere: "World"
    them: dict[str, Person]


@dataclass(frozen=True, slots=True)
class World:
    """One of the three, and the road on which its requests are watched."""

    sandbox: Sandbox
    watched: Watched


def _subjects(company: Company) -> dict[str, Person]:
    """By region somebody with a device, a ticket and a manager, whom no team names."""
    named = {login for team in policy().rights.teams.values() for login in (*team.members, *team.services)}
    owners = {each.owner_id for each in company.devices}
    callers = {each.requester_email for each in company.tickets}
    return {
        region: next(
            each
            for each in company.people
            if each.region == region
            and each.login not in named
            and each.status == "ACTIVE"
            and each.manager_id
            and each.employee_id in owners
            and each.email in callers
        )
        for region in ("br", "cis", "af")
    }


def _made(company: Company, them: dict[str, Person], region: str | None, *, vip: bool) -> Company:
    known = {each.employee_id for each in them.values()}
    people = tuple(
        replace(each, vip=vip, region=region or each.region) if each.employee_id in known else each  # type: ignore[arg-type]  # a region that the company does not have
        for each in company.people
    )
    return replace(company, people=people)


@pytest.fixture(scope="module")
async def worlds(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worlds]:
    """Three sandboxes over one company, but for three of its people."""
    company = company_of(90)
    them = _subjects(company)
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(
                running(_made(company, them, region, vip=vip), tmp_path_factory.mktemp("classes"), deadline="60s")
            )
            for region, vip in ((None, True), (ELSEWHERE, False), (ELSEWHERE, True))
        ]
        yield Worlds(*(World(each, Watched(each.gateway)) for each in started), them)


def queries(person: Person, company: Company) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every path to somebody. Shape: what it is called, the document, its variables."""
    by = {"by": {"login": person.login}}
    for name, inside in BLOCKS.items():
        yield name, f"query Q($by: EmployeeKey!) {{ employee(by: $by) {{ login {name} {inside} }} }}", by
    yield "every block", f"query Q($by: EmployeeKey!) {{ employee(by: $by) {{ id {WHOLE} }} }}", by
    for key, said in (("email", person.email), ("personnelNumber", person.employee_id)):
        yield f"by {key}", "query Q($by: EmployeeKey!) { employee(by: $by) { login active } }", {"by": {key: said}}
    yield (
        "masked",
        "query Q($by: EmployeeKey!) { employee(by: $by) { email phones { number } personal { birthDate homeAddress } } }",
        by,
    )
    device = next(each for each in company.devices if each.owner_id == person.employee_id)
    ticket = next(each for each in company.tickets if each.requester_email == person.email)
    nodes = {
        "employee": ids.encode("Employee", "directory", person.employee_id),
        "device": ids.encode("Device", "equipment", device.asset_tag),
        "ticket": ids.encode("Ticket", "tickets", str(ticket.id)),
    }
    on = "... on Employee { active phones { number } } ... on Device { model owner { login } } ... on Ticket { subject requester { login } }"
    for name, each in nodes.items():
        yield f"node {name}", f"query Q($id: ID!) {{ node(id: $id) {{ id {on} }} }}", {"id": each}
    yield "nodes", f"query Q($ids: [ID!]!) {{ nodes(ids: $ids) {{ id {on} }} }}", {"ids": list(nodes.values())}
    yield "ticket", "query Q($n: String!) { ticket(by: {number: $n}) { subject } }", {"n": str(ticket.id)}
    yield (
        "tickets of",
        "query Q($id: ID!) { tickets(filter: {requester: $id}) { totalCount edges { node { number } } } }",
        {"id": nodes["employee"]},
    )
    yield (
        "tickets in",
        "query Q($q: String!) { tickets(filter: {queue: $q}, first: 50) { totalCount edges { node { number requester { login } } } } }",
        {"q": ticket.queue},
    )
    search = f"query Q($text: String!) {{ search(text: $text, first: 10) {{ edges {{ matched node {{ __typename {on} }} }} }} }}"
    for name, text in {
        "login": person.login,
        "name": f"{person.given_name} {person.family_name}",
        "slip": person.family_latin[:-1],
        "e-mail": person.email,
        "phone": person.mobile,
        "personnel number": person.employee_id,
        "tag": device.asset_tag,
        "serial": device.serial_number,
        "ticket": str(ticket.id),
    }.items():
        yield f"search by {name}", search, {"text": text}
    page = "totalCount edges { node { login active phones { number } workplace { region } } } pageInfo { hasNextPage endCursor }"
    for name, chosen in {
        "region": {"region": person.region},
        "elsewhere": {"region": ELSEWHERE},
        "office": {"office": person.office},
        "city": {"city": person.city},
        "department": {"department": person.department},
        "active": {"active": True},
    }.items():
        yield (
            f"employees by {name}",
            f"query Q($f: EmployeeFilter, $o: EmployeeOrder!) {{ employees(filter: $f, orderBy: $o, first: 40) {{ {page} }} }}",
            {"f": chosen, "o": "NAME" if name == "city" else "LOGIN"},
        )
    yield "employees", f"query Q {{ employees(first: 200, orderBy: NAME) {{ {page} }} }}", {}
    manager = next(each for each in company.people if each.employee_id == person.manager_id)
    yield (
        "reports",
        "query Q($by: EmployeeKey!) { employee(by: $by) { employment { reports { totalCount edges { node { login active } } } } } }",
        {"by": {"login": manager.login}},
    )


async def _looked(world: World, who: Who, query: str, variables: dict[str, Any]) -> tuple[Taken, dict[str, int]]:
    login, team = who
    viewer: Viewer | None = world.sandbox.gateway.viewers.viewer(login, team)
    assert viewer is not None, who
    world.sandbox.forget_calls()
    return await world.watched.taken(viewer, query, variables), world.sandbox.calls()


async def _differences(worlds: Worlds, who: Who, region: str, other: World) -> list[str]:
    """What tells the two apart, path by path."""
    found: list[str] = []
    person, company = worlds.them[region], worlds.protected.sandbox.world.company
    paths = 0
    for name, query, variables in queries(person, company):
        paths += 1
        one, one_calls = await _looked(worlds.protected, who, query, variables)
        two, two_calls = await _looked(other, who, query, variables)
        if one.turns != two.turns:
            found.append(f"{name}: turns {one.turns} and {two.turns}")
        if one_calls != two_calls:
            found.append(f"{name}: calls {one_calls} and {two_calls}")
        if told(one.body) != told(two.body):
            found.append(f"{name}: answers {told(one.body)} and {told(two.body)}")
        if len(orjson.dumps(told(one.body))) != len(orjson.dumps(told(two.body))):
            found.append(f"{name}: sizes")
    assert paths > 45
    return found


@pytest.mark.parametrize("who", REGIONAL, ids=" as ".join)
async def test_to_a_regional_team_a_protected_one_is_like_an_ordinary_one_of_another_region(
    worlds: Worlds, who: Who
) -> None:
    assert await _differences(worlds, who, REGIONAL[who], worlds.ordinary_elsewhere) == []


@pytest.mark.parametrize("who", EVERYWHERE, ids=" as ".join)
async def test_to_a_team_of_all_regions_the_protected_are_alike_wherever_they_work(worlds: Worlds, who: Who) -> None:
    assert await _differences(worlds, who, "br", worlds.protected_elsewhere) == []


async def test_to_a_team_of_all_regions_an_ordinary_one_is_not_withheld(worlds: Worlds) -> None:
    """And so differs from a protected one, on most paths: what finds no difference above would find this one."""
    found = await _differences(worlds, ("pki", "pki"), "br", worlds.ordinary_elsewhere)
    assert len({each.partition(":")[0] for each in found if ": turns" in each}) > 3
    assert len({each.partition(":")[0] for each in found if ": calls" in each}) > 3
    assert len({each.partition(":")[0] for each in found if ": answers" in each}) > 10


def test_every_team_without_clearance_is_looked_at() -> None:
    teams = policy().rights.teams
    uncleared = {name for name, team in teams.items() if "vip" not in team.clearance}
    assert {team for _, team in (*REGIONAL, *EVERYWHERE)} == uncleared
    assert {team for _, team in REGIONAL} >= {name for name in uncleared if teams[name].regions}


async def test_waits_are_counted_one_after_another(worlds: Worlds) -> None:
    """The employee first, then what hangs on them, then what hangs on that."""
    query = "query Q($by: EmployeeKey!) { employee(by: $by) { account { login } employment { manager { login } } } }"
    found, _ = await _looked(worlds.protected, ("all.seeing", "all_seeing"), query, {"by": {"login": "employee"}})
    assert [sorted({f"{port}.{question}" for port, question, _ in turn}) for turn in found.turns] == [
        ["directory.people_by_login"],
        ["accounts.accounts_of", "hr.employment_of"],
        ["directory.people_by_id"],
    ]
