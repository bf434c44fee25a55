"""What somebody may not know is told by no path: not by data, words, masks, counts, calls, pages, nor by what others asked."""

import asyncio
from typing import Final

import pytest

from resolvers import ids
from sandbox.company.model import Company
from sandbox.company.person import Person
from tests.rights.looks import BLOCKS, WHOLE, told
from tests.sandbox import Sandbox

OPERATOR: Final = "helpdesk.br"
CLEARED: Final = "executive"


@pytest.fixture(scope="session")
def ordinary(company: Company) -> Person:
    """Somebody of another region, with a device and a ticket."""
    return next(each for each in company.people if each.region == "cis" and not each.vip and known(each, company))


@pytest.fixture(scope="session")
def protected(company: Company) -> Person:
    """Somebody under special protection, of the operator's region, with a device and a ticket."""
    return next(each for each in company.people if each.region == "br" and each.vip and known(each, company))


def known(person: Person, company: Company) -> bool:
    """Whether a device and a ticket are somebody's."""
    return any(each.owner_id == person.employee_id for each in company.devices) and any(
        each.requester_email == person.email for each in company.tickets
    )


async def test_the_protected_look_like_those_of_another_region(
    sandbox: Sandbox, ordinary: Person, protected: Person
) -> None:
    query = f"query Q($login: String!) {{ employee(by: {{login: $login}}) {{ {WHOLE} }} }}"
    answers = []
    for person in (ordinary, protected):
        sandbox.forget_calls()
        reply = await sandbox.ask(query, {"login": person.login}, login=OPERATOR)
        answers.append((told(reply.body), sandbox.calls()))
    assert answers[0] == answers[1]
    body, calls = answers[0]
    assert set(body["data"]["employee"].values()) == {None}
    assert calls == {"directory": 1}, "no system is asked about what is not shown"
    assert {each["extensions"]["code"] for each in body["errors"]} == {"FORBIDDEN_FIELD"}
    assert [each["count"] for each in body["extensions"]["access"]["withheld"]] == [1] * len(body["errors"])


async def test_on_every_other_path_they_look_the_same_too(
    sandbox: Sandbox, company: Company, ordinary: Person, protected: Person
) -> None:
    seen = []
    for person in (ordinary, protected):
        ticket = next(each for each in company.tickets if each.requester_email == person.email)
        device = next(each for each in company.devices if each.owner_id == person.employee_id)
        variables = {
            "me": ids.encode("Employee", "directory", person.employee_id),
            "ticket": str(ticket.id),
            "ticketId": ids.encode("Ticket", "tickets", str(ticket.id)),
            "device": ids.encode("Device", "equipment", device.asset_tag),
        }
        reply = await sandbox.ask(
            """query Q($me: ID!, $ticket: String!, $ticketId: ID!, $device: ID!) {
              node(id: $me) { ... on Employee { active workplace { region } } }
              nodes(ids: [$ticketId, $device]) { id }
              ticket(by: {number: $ticket}) { number subject }
              byId: ticket(by: {id: $ticketId}) { number }
              tickets(filter: {requester: $me}) { totalCount edges { node { number } } }
            }""",
            variables,
            login=OPERATOR,
        )
        seen.append(told(reply.body))
    assert seen[0] == seen[1]
    data = seen[0]["data"]
    assert data["nodes"] == [None, None]
    assert data["ticket"] is None
    assert data["byId"] is None
    assert data["tickets"]["edges"] == []

    for person in (ordinary, protected):
        devices = {each.asset_tag for each in company.devices if each.owner_id == person.employee_id}
        for tag in devices:
            query = f'{{ search(text: "{tag}") {{ edges {{ node {{ ... on Device {{ tag }} }} }} }} }}'
            found = (await sandbox.ask(query, login=OPERATOR)).body["data"]["search"]["edges"]
            assert devices.isdisjoint(each["node"].get("tag") for each in found), "what is alike may be found, not this"


async def test_a_withheld_node_is_answered_like_one_that_never_was(
    sandbox: Sandbox, company: Company, protected: Person
) -> None:
    ticket = next(each for each in company.tickets if each.requester_email == protected.email)
    answers = [
        told((await sandbox.ask(f'{{ ticket(by: {{number: "{number}"}}) {{ number }} }}', login=OPERATOR)).body)
        for number in (ticket.id, 99_999_999)
    ]
    assert answers[0]["data"] == answers[1]["data"] == {"ticket": None}
    assert answers[0]["errors"] == answers[1]["errors"] == []
    assert answers[0]["extensions"] == answers[1]["extensions"], "not even by the number of calls"


@pytest.mark.parametrize("block", BLOCKS)
async def test_a_forbidden_field_costs_its_source_no_call(sandbox: Sandbox, ordinary: Person, block: str) -> None:
    sandbox.forget_calls()
    query = f'{{ employee(by: {{login: "{ordinary.login}"}}) {{ login {block} {BLOCKS[block]} }} }}'
    reply = await sandbox.ask(query, login="employee")
    assert reply.body["data"]["employee"] == {"login": ordinary.login, block: None}
    assert sandbox.calls() == {"directory": 1}
    assert [each["extensions"]["field"] for each in reply.body["errors"]] == [f"Employee.{block}"]


@pytest.mark.parametrize("first", [CLEARED, OPERATOR])
async def test_what_one_viewer_was_told_is_not_remembered_for_another(
    sandbox: Sandbox, protected: Person, first: str
) -> None:
    query = (
        f'{{ employee(by: {{login: "{protected.login}"}}) {{ account {{ login }} devices {{ totalCount }} active }} }}'
    )
    logins = (first, CLEARED if first == OPERATOR else OPERATOR)
    answers = {login: (await sandbox.ask(query, login=login, fresh=False)).body for login in (*logins, *logins)}
    assert set(answers[OPERATOR]["data"]["employee"].values()) == {None}
    assert answers[CLEARED]["data"]["employee"]["active"] is not None
    assert "errors" not in answers[CLEARED]


async def test_viewers_who_ask_at_the_same_moment_are_told_their_own(sandbox: Sandbox, protected: Person) -> None:
    query = (
        f'{{ employee(by: {{login: "{protected.login}"}}) {{ account {{ login }} devices {{ totalCount }} active }} }}'
    )
    many = [OPERATOR, CLEARED, "employee", "analyst"] * 8
    replies = await asyncio.gather(*(sandbox.ask(query, login=login, fresh=False) for login in many))
    for login, reply in zip(many, replies, strict=True):
        shown = reply.body["data"]["employee"]
        assert (shown["account"] is not None) == (login == CLEARED), login
        assert (shown["active"] is not None) == (login == CLEARED), login


async def test_who_may_not_read_a_field_may_not_choose_by_it(sandbox: Sandbox, company: Company) -> None:
    found: list[str] = []
    after = None
    while True:
        reply = await sandbox.ask(
            "query Q($after: String) { employees(filter: {active: false}, first: 7, after: $after)"
            " { totalCount edges { node { login } } pageInfo { hasNextPage endCursor } } }",
            {"after": after},
            login=OPERATOR,
        )
        page = reply.body["data"]["employees"]
        assert page["totalCount"] is None, "a total would count those that are not shown"
        assert len(page["edges"]) == 7 or not page["pageInfo"]["hasNextPage"], (
            "a hole would tell that somebody is there"
        )
        found += [edge["node"]["login"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    whole = await sandbox.ask("{ employees(filter: {active: false}, first: 200) { edges { node { login } } } }")
    inactive = {edge["node"]["login"] for edge in whole.body["data"]["employees"]["edges"]}
    mine = {each.login for each in company.people if each.region == "br" and not each.vip}
    assert set(found) == inactive & mine
    assert len(found) == len(set(found))
    assert inactive - mine, "somebody is withheld"


@pytest.mark.parametrize(("login", "region", "seen"), [(OPERATOR, "af", []), ("employee", "br", ["employee"])])
async def test_choosing_finds_only_those_whose_field_is_read(
    sandbox: Sandbox, login: str, region: str, seen: list[str]
) -> None:
    """To an employee their own record is open, and so they find themselves alone."""
    query = "query Q($region: String!) { employees(filter: {region: $region}) { totalCount edges { node { login } } } }"
    page = (await sandbox.ask(query, {"region": region}, login=login)).body["data"]["employees"]
    assert page == {"totalCount": None, "edges": [{"node": {"login": each}} for each in seen]}


async def test_a_hidden_field_is_an_unknown_one(sandbox: Sandbox) -> None:
    """Word for word, whoever guesses it; introspection does not know it; those who may see it do."""
    answers = [
        await sandbox.ask(f'{{ employee(by: {{login: "x"}}) {{ {name} }} }}', login=OPERATOR) for name in ("vip", "vap")
    ]
    guessed, unknown = (told(each.body | {"extensions": {"traceId": "", "sources": {}}}) for each in answers)
    assert [each["message"].replace("vap", "vip") for each in unknown["errors"]] == [
        each["message"] for each in guessed["errors"]
    ]
    assert {each["extensions"]["code"] for each in guessed["errors"]} == {"VALIDATION_FAILED"}
    names = '{ __type(name: "Employee") { fields { name } } }'
    of_operator = (await sandbox.ask(names, login=OPERATOR)).body["data"]["__type"]["fields"]
    of_security = (await sandbox.ask(names, login="security")).body["data"]["__type"]["fields"]
    assert "vip" not in {each["name"] for each in of_operator}
    assert "vip" in {each["name"] for each in of_security}
    asked = await sandbox.ask(
        '{ access(by: {login: "employee"}, fields: ["Employee.vip"]) { outcome } }', login=OPERATOR
    )
    assert [each["extensions"]["code"] for each in asked.body["errors"]] == ["BAD_INPUT"]


async def test_introspection_shows_what_the_viewer_may_see_of_somebody(sandbox: Sandbox) -> None:
    query = "{ __schema { types { name } } }"
    service = (await sandbox.ask(query, login="integrator")).body["data"]["__schema"]["types"]
    officer = (await sandbox.ask(query, login="security")).body["data"]["__schema"]["types"]
    few, many = {each["name"] for each in service}, {each["name"] for each in officer}
    assert {"PersonalDetails", "Badge", "FieldReader"} <= many
    assert few.isdisjoint({"FieldReader", "OperationRunner"})
    assert few < many


async def test_a_masked_number_tells_the_same_of_everybody(sandbox: Sandbox, company: Company) -> None:
    reply = await sandbox.ask(
        '{ employees(filter: {region: "br"}, first: 50) { edges { node { login phones { kind number } } } } }',
        login=OPERATOR,
    )
    others = [edge["node"] for edge in reply.body["data"]["employees"]["edges"] if edge["node"]["login"] != OPERATOR]
    numbers = [phone["number"] for each in others for phone in each["phones"] or ()]
    assert len(numbers) > 20
    assert len({len(each) for each in numbers}) == 1
    real = {"".join(sign for sign in each.mobile if sign.isdigit()) for each in company.people if each.mobile}
    assert all("".join(sign for sign in each if sign.isdigit()) not in real for each in numbers)
    masked = reply.body["extensions"]["access"]["masked"]
    assert [(each["field"], each["code"], each["count"]) for each in masked] == [
        ("Phone.number", "MASKED", len(numbers))
    ]
    assert len(masked[0]["paths"]) == 5


async def test_a_group_names_those_alone_whose_groups_are_read(sandbox: Sandbox, company: Company) -> None:
    query = """{ employee(by: {login: "employee"}) { groups(first: 100) { edges { node { members(first: 200) {
      totalCount edges { node { login groups { totalCount } } } } } } } } }"""
    groups = (await sandbox.ask(query, login=OPERATOR)).body["data"]["employee"]["groups"]["edges"]
    members = [edge["node"] for group in groups for edge in group["node"]["members"]["edges"]]
    region = {each.login: each.region for each in company.people if not each.vip}
    assert len(members) > 5
    assert {region.get(each["login"]) for each in members} == {"br"}
    assert all(each["groups"] is not None for each in members)
    assert {group["node"]["members"]["totalCount"] for group in groups} == {None}


async def test_entities_are_under_the_same_rights_and_wholly_answered(sandbox: Sandbox, ordinary: Person) -> None:
    query = """query E($r: [_Any!]!) { viewer { login } _entities(representations: $r) {
      ... on Employee { login active timeZone phones { number } account { login } } } }"""
    named = [{"__typename": "Employee", "login": login} for login in ("employee", ordinary.login)]
    reply = await sandbox.ask(query, {"r": named}, login=OPERATOR)
    mine, other = reply.body["data"]["_entities"]
    whole = await sandbox.ask(
        '{ employee(by: {login: "employee"}) { login active timeZone phones { number } account { login } } }',
        login=OPERATOR,
    )
    assert mine == whole.body["data"]["employee"]
    assert mine["phones"]
    assert other == {"login": ordinary.login, "active": None, "timeZone": None, "phones": None, "account": None}
    refused = await sandbox.ask(query, {"r": named * 101}, login=OPERATOR)
    assert [each["extensions"]["code"] for each in refused.body["errors"]] == ["BAD_INPUT"]


@pytest.mark.parametrize("order", ["LOGIN", "NAME"])
async def test_an_order_puts_nobody_in_line_who_is_not_shown(sandbox: Sandbox, company: Company, order: str) -> None:
    """The pages of those who are shown follow one upon another as if there were nobody else, and are counted by nothing."""
    query = """query Q($o: EmployeeOrder!, $n: Int!, $after: String) {
      employees(filter: {region: "br"}, orderBy: $o, first: $n, after: $after) {
        totalCount edges { cursor node { login } } pageInfo { hasNextPage endCursor } } }"""
    whole = (await sandbox.ask(query, {"o": order, "n": 200})).body["data"]["employees"]
    mine = {each.login for each in company.people if each.region == "br" and not each.vip}
    line = [edge["node"]["login"] for edge in whole["edges"] if edge["node"]["login"] in mine]
    assert len(line) < len(whole["edges"]), "somebody is withheld, in the middle of the line"
    found: list[str] = []
    after = None
    while after is not None or not found:
        reply = await sandbox.ask(query, {"o": order, "n": 9, "after": after}, login=OPERATOR)
        page = reply.body["data"]["employees"]
        assert page["totalCount"] is None
        assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"], "the place of one who is shown"
        found += [edge["node"]["login"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert found == line


async def test_no_list_of_somebody_who_is_withheld_tells_how_long_it_is(
    sandbox: Sandbox, ordinary: Person, protected: Person
) -> None:
    lists = [name for name, inside in BLOCKS.items() if inside.startswith("{ totalCount")]
    assert len(lists) > 8
    chosen = " ".join(f"{name} {{ totalCount }}" for name in lists)
    for person in (ordinary, protected):
        query = f'{{ employee(by: {{login: "{person.login}"}}) {{ {chosen} }} }}'
        sandbox.forget_calls()
        shown = (await sandbox.ask(query, login=OPERATOR)).body["data"]["employee"]
        assert shown == dict.fromkeys(lists)
        assert sandbox.calls() == {"directory": 1}, "nothing is counted that is not told"
        requester = ids.encode("Employee", "directory", person.employee_id)
        query = f'{{ tickets(filter: {{requester: "{requester}"}}) {{ totalCount edges {{ cursor }} }} }}'
        none = (await sandbox.ask(query, login=OPERATOR)).body["data"]["tickets"]
        nobody = query.replace(requester, ids.encode("Employee", "directory", "9999999"))
        assert none == (await sandbox.ask(nobody, login=OPERATOR)).body["data"]["tickets"]


@pytest.mark.parametrize(
    ("login", "said", "found"),
    [
        (OPERATOR, "mobile", (False, False, False)),  # masked, or withheld
        ("employee", "mobile", (False, False, False)),
        ("analyst", "mobile", (False, False, False)),
        ("onboarding", "mobile", (True, True, False)),
        (CLEARED, "mobile", (True, True, True)),
        (OPERATOR, "email", (True, True, True)),  # known to everybody
        ("employee", "employee_id", (True, True, True)),
    ],
)
async def test_a_search_finds_by_nothing_that_is_not_read(
    sandbox: Sandbox,
    company: Company,
    ordinary: Person,
    protected: Person,
    login: str,
    said: str,
    found: tuple[bool, bool, bool],
) -> None:
    """Shape: `found` of a colleague of the operator's region, of one of another, and of one under protection."""
    cast = {"lead", "employee", OPERATOR}
    near = next(each for each in company.people if each.region == "br" and not each.vip and each.login not in cast)
    for person, expected in zip((near, ordinary, protected), found, strict=True):
        query = "query Q($t: String!) { search(text: $t) { edges { matched node { ... on Employee { login } } } } }"
        edges = (await sandbox.ask(query, {"t": getattr(person, said)}, login=login)).body["data"]["search"]["edges"]
        kind = {"email": "EMAIL", "mobile": "PHONE", "employee_id": "PERSONNEL_NUMBER"}[said]
        by_it = [edge["node"].get("login") for edge in edges if edge["matched"] == kind]
        assert (person.login in by_it) is expected, (person.login, edges)
