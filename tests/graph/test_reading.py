"""What queries answer over the whole made-up company."""

from sandbox.company.model import Company
from tests.queries import CARD
from tests.sandbox import Sandbox

ALL_SOURCES = {
    "directory",
    "hr",
    "domain",
    "lab",
    "certificates",
    "tickets",
    "equipment",
    "devices",
    "software",
    "second_factors",
    "badges",
    "mail",
    "vpn",
    "sessions",
}


async def test_one_query_shows_an_employee_from_all_systems(sandbox: Sandbox) -> None:
    reply = await sandbox.ask(CARD, {"login": "employee"})
    employee = reply.body["data"]["employee"]
    assert "errors" not in reply.body
    assert [name for name, value in employee.items() if value in (None, [], {"edges": []})] == []
    assert set(reply.body["extensions"]["sources"]) == ALL_SOURCES
    assert {entry["state"] for entry in reply.body["extensions"]["sources"].values()} == {"OK"}


async def test_an_unknown_employee_is_null_without_an_error(sandbox: Sandbox) -> None:
    for key in ('login: "nobody.here"', 'email: "nobody@nowhere.example"', 'personnelNumber: "999999"'):
        reply = await sandbox.ask(f"{{ employee(by: {{{key}}}) {{ login }} }}")
        assert reply.body["data"] == {"employee": None}
        assert "errors" not in reply.body


async def test_an_employee_is_found_by_every_key(sandbox: Sandbox, company: Company) -> None:
    person = company.person_by_login["employee"]
    asked = await sandbox.ask('{ employee(by: {login: "employee"}) { id } }')
    identity = asked.body["data"]["employee"]["id"]
    keys = (
        f'id: "{identity}"',
        f'login: "{person.login.upper()}"',
        f'email: "{person.email}"',
        f'personnelNumber: "{person.employee_id}"',
        f'personnelNumber: "{person.employee_id.lstrip("0")}"',
    )
    for key in keys:
        reply = await sandbox.ask(f"{{ employee(by: {{{key}}}) {{ id login }} }}")
        assert reply.body["data"]["employee"] == {"id": identity, "login": "employee"}, key


async def test_every_node_is_found_again_by_its_id(sandbox: Sandbox) -> None:
    reply = await sandbox.ask(
        '{ employee(by: {login: "employee"}) { id account { id } accounts { id }'
        " groups(first: 100) { edges { node { id } } } certificates { edges { node { id } } }"
        " devices { edges { node { id } } } tickets { edges { node { id } } } } }"
    )
    employee = reply.body["data"]["employee"]
    ids = [employee["id"], employee["account"]["id"], *(each["id"] for each in employee["accounts"])]
    for block in ("groups", "certificates", "devices", "tickets"):
        ids += [edge["node"]["id"] for edge in employee[block]["edges"]]
    again = await sandbox.ask("query Again($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", {"ids": ids})
    assert "errors" not in again.body
    assert [node and node["id"] for node in again.body["data"]["nodes"]] == ids
    kinds = {node["__typename"] for node in again.body["data"]["nodes"]}
    assert kinds == {"Employee", "Account", "Group", "Certificate", "Device", "Ticket"}


async def test_owners_lead_back_to_the_employee(sandbox: Sandbox) -> None:
    reply = await sandbox.ask(
        '{ employee(by: {login: "employee"}) { account { owner { login } } certificates(first: 1) { edges { node { owner { login } } } }'
        " devices(first: 1) { edges { node { owner { login } management { user { login } } } } }"
        " tickets(first: 1) { edges { node { requester { login } history { edges { node { kind at text } } } } } } } }"
    )
    employee = reply.body["data"]["employee"]
    assert "errors" not in reply.body
    assert employee["account"]["owner"]["login"] == "employee"
    assert employee["certificates"]["edges"][0]["node"]["owner"]["login"] == "employee"
    assert employee["devices"]["edges"][0]["node"]["owner"]["login"] == "employee"
    ticket = employee["tickets"]["edges"][0]["node"]
    assert ticket["requester"]["login"] == "employee"
    assert ticket["history"]["edges"][0]["node"]["kind"] == "CREATED"


async def test_pages_of_employees_walk_through_everyone_once(sandbox: Sandbox, company: Company) -> None:
    for order in ("LOGIN", "NAME"):
        seen: list[str] = []
        after = None
        while True:
            reply = await sandbox.ask(
                "query Walk($after: String, $order: EmployeeOrder!) { employees(first: 60, after: $after, orderBy: $order)"
                " { totalCount edges { node { login } } pageInfo { hasNextPage endCursor } } }",
                {"after": after, "order": order},
            )
            page = reply.body["data"]["employees"]
            seen += [edge["node"]["login"] for edge in page["edges"]]
            assert page["totalCount"] == (len(company.people) if after is None else None)
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert len(seen) == len(set(seen)) == len(company.people), order


async def test_employees_are_filtered_by_what_the_directory_holds(sandbox: Sandbox, company: Company) -> None:
    reply = await sandbox.ask(
        '{ employees(filter: {region: "br", active: true}, first: 200) { totalCount edges { node { active workplace { region } } } } }'
    )
    expected = [each for each in company.people if each.region == "br" and each.status in ("ACTIVE", "ON_LEAVE")]
    page = reply.body["data"]["employees"]
    assert page["totalCount"] == len(page["edges"]) == len(expected)
    assert {(edge["node"]["active"], edge["node"]["workplace"]["region"]) for edge in page["edges"]} == {(True, "br")}


async def test_nested_groups_add_to_direct_ones(sandbox: Sandbox) -> None:
    query = (
        "query Groups($nested: Boolean!) { employees(first: 40) { edges { node { login"
        " groups(first: 200, nested: $nested) { edges { direct node { name } } } } } } }"
    )
    direct = (await sandbox.ask(query, {"nested": False})).body["data"]["employees"]["edges"]
    nested = (await sandbox.ask(query, {"nested": True})).body["data"]["employees"]["edges"]
    grown = 0
    for few, many in zip(direct, nested, strict=True):
        fewer = {edge["node"]["name"] for edge in few["node"]["groups"]["edges"]}
        more = {edge["node"]["name"]: edge["direct"] for edge in many["node"]["groups"]["edges"]}
        assert fewer == {name for name, is_direct in more.items() if is_direct}
        grown += len(more) > len(fewer)
    assert grown > 0


async def test_the_queue_of_the_active_team_is_listed(sandbox: Sandbox, company: Company) -> None:
    reply = await sandbox.ask(
        "{ viewer { activeTeam { queue } } tickets(first: 5) { edges { node { number queue status } } totalCount } }",
        login="helpdesk.br",
    )
    of_mine = {person.email for person in company.people if person.region == "br" and not person.vip}
    queue = reply.body["data"]["viewer"]["activeTeam"]["queue"]
    shown = [edge["node"] for edge in reply.body["data"]["tickets"]["edges"]]
    expected = sorted(
        (
            each.id
            for each in company.tickets
            if each.queue == queue and each.status in ("new", "open", "stalled") and each.requester_email in of_mine
        ),
        reverse=True,
    )
    assert [int(each["number"]) for each in shown] == expected[:5]
    assert {each["queue"] for each in shown} == {queue}
    assert reply.body["data"]["tickets"]["totalCount"] is None, "a total would count those that may not be known of"


async def test_tickets_of_one_person_and_my_own(sandbox: Sandbox) -> None:
    asked = await sandbox.ask('{ employee(by: {login: "employee"}) { id tickets { edges { node { number } } } } }')
    employee = asked.body["data"]["employee"]
    reply = await sandbox.ask(
        "query Of($who: ID!) { tickets(filter: {requester: $who}) { edges { node { number requester { login } } } } }",
        {"who": employee["id"]},
    )
    listed = {edge["node"]["number"] for edge in reply.body["data"]["tickets"]["edges"]}
    assert listed == {edge["node"]["number"] for edge in employee["tickets"]["edges"]}
    mine = await sandbox.ask(
        "{ tickets(filter: {mine: true}) { edges { node { assignee { login } } } } }", login="helpdesk.br"
    )
    assert {edge["node"]["assignee"]["login"] for edge in mine.body["data"]["tickets"]["edges"]} <= {"helpdesk.br"}


async def test_states_filter_certificates(sandbox: Sandbox) -> None:
    reply = await sandbox.ask(
        '{ employee(by: {login: "employee"}) { all: certificates { edges { node { status } } }'
        " good: certificates(status: VALID) { edges { node { status } } } } }"
    )
    employee = reply.body["data"]["employee"]
    states = [edge["node"]["status"] for edge in employee["all"]["edges"]]
    assert len(set(states)) > 1
    assert [edge["node"]["status"] for edge in employee["good"]["edges"]] == [
        each for each in states if each == "VALID"
    ]


async def test_sources_tell_how_they_are_doing(sandbox: Sandbox) -> None:
    reply = await sandbox.ask(
        "{ sources { name title system owner ports state since breaker calls failures latencyP50 freshness singleReason indexedAt } }"
    )
    told = {each["name"]: each for each in reply.body["data"]["sources"]}
    assert set(told) == ALL_SOURCES
    assert {each["breaker"] for each in told.values()} == {"CLOSED"}
    assert told["directory"]["indexedAt"] is not None
    assert "second_factors_of" in told["second_factors"]["singleReason"]


async def test_a_viewer_is_a_person_with_a_team_or_a_service(sandbox: Sandbox) -> None:
    query = "{ viewer { login service region teams { id title } employee { login } } }"
    person = (await sandbox.ask(query, login="helpdesk.cis")).body["data"]["viewer"]
    assert person["employee"]["login"] == "helpdesk.cis"
    assert (person["service"], person["region"]) == (False, "cis")
    service = (await sandbox.ask(query, login="integrator")).body["data"]["viewer"]
    assert (service["service"], service["employee"]) == (True, None)


async def test_entities_are_found_by_id_and_by_login(sandbox: Sandbox) -> None:
    asked = await sandbox.ask('{ employee(by: {login: "employee"}) { id } }')
    identity = asked.body["data"]["employee"]["id"]
    reply = await sandbox.ask(
        "query E($r: [_Any!]!) { _entities(representations: $r) { ... on Employee { id login } } }",
        {
            "r": [
                {"__typename": "Employee", "id": identity},
                {"__typename": "Employee", "login": "employee"},
                {"__typename": "Employee", "login": "no.one"},
            ]
        },
    )
    assert "errors" not in reply.body
    same = {"id": identity, "login": "employee"}
    assert reply.body["data"]["_entities"] == [same, same, None]


async def test_the_whole_schema_is_told_to_a_token_with_that_scope_alone(sandbox: Sandbox) -> None:
    query = "{ _service { sdl } }"
    told = await sandbox.ask(query, login="integrator", scopes=frozenset({"sdl"}))
    assert "type Employee" in told.body["data"]["_service"]["sdl"]
    refused = await sandbox.ask(query, login="integrator")
    assert refused.body["data"] is None
    assert [each["extensions"]["code"] for each in refused.body["errors"]] == ["FORBIDDEN_FIELD"]
