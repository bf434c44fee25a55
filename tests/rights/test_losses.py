"""Lost systems make rights narrower, never wider."""

from collections.abc import AsyncIterator

import pytest

from resolvers import ids
from sandbox.company.model import Company
from sources.kit.resilience.breaker import Breaker
from tests.faults.kinds import FAULTS
from tests.sandbox import Sandbox, company_of, running

OPERATOR = "helpdesk.br"
CARD = """query Card($login: String!) { employee(by: {login: $login}) {
  login active phones { number } employment { position } personal { birthDate } account { login lastSignInAt }
  devices { edges { node { tag mac } } } timeline { edges { node { code } } } } }"""


@pytest.fixture(scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    """A sandbox of its own, to be broken."""
    async with running(company_of(60), tmp_path_factory.mktemp("losses"), deadline="3s") as started:
        yield started


async def mend(small: Sandbox, source: str) -> None:
    """A source is well again, and nothing is left of what was."""
    await small.world.break_with(source, None)
    for line in small.gateway.desk.lines.values():
        line.breaker = Breaker()
        line.forget()


def someone(company: Company) -> tuple[str, str]:
    """The login of somebody of the operator's region, and a device of theirs."""
    person = next(
        each
        for each in company.people
        if each.region == "br"
        and not each.vip
        and each.login not in (OPERATOR, "lead", "security2")
        and any(one.owner_id == each.employee_id for one in company.devices)
    )
    device = next(each for each in company.devices if each.owner_id == person.employee_id)
    return person.login, ids.encode("Device", "equipment", device.asset_tag)


async def test_a_lost_hr_shows_nobody_more(small: Sandbox) -> None:
    login, _device = someone(small.world.company)
    whole = (await small.ask(CARD, {"login": login}, login=OPERATOR)).body["data"]["employee"]
    await small.world.break_with("hr", FAULTS["refused"])
    try:
        without = (await small.ask(CARD, {"login": login}, login=OPERATOR)).body["data"]["employee"]
    finally:
        await mend(small, "hr")
    assert without["employment"] is None
    for name, value in without.items():
        if name != "timeline":
            assert value in (None, whole[name]), name
    told = [edge["node"]["code"] for edge in whole["timeline"]["edges"]]
    assert [edge["node"]["code"] for edge in without["timeline"]["edges"]] == [
        each for each in told if not each.startswith(("employee.", "position.", "absence."))
    ]


async def test_an_object_whose_owner_cannot_be_found_out_is_nobodys(small: Sandbox) -> None:
    login, device = someone(small.world.company)
    query = "query Q($id: ID!) { node(id: $id) { ... on Device { tag } } }"
    assert (await small.ask(query, {"id": device}, login=OPERATOR)).body["data"]["node"] is not None, login
    await small.world.break_with("directory", FAULTS["refused"])
    try:
        lost = await small.ask(query, {"id": device}, login=OPERATOR)
        cleared = await small.ask(query, {"id": device}, login="all.seeing")
    finally:
        await mend(small, "directory")
    assert lost.body["data"]["node"] is None
    assert cleared.body["data"]["node"] is not None, "who depends on no fact needs none"


async def test_the_last_known_facts_count_for_a_while_and_their_age_is_shown(small: Sandbox) -> None:
    login, _device = someone(small.world.company)
    query = f'{{ employee(by: {{login: "{login}"}}) {{ login active }} }}'
    line = small.gateway.desk.lines["directory"]
    line.manifest = line.manifest.model_copy(update={"freshness": 0.0})  # nothing is fresh, all of it last-known
    fresh = await small.ask(query, login=OPERATOR, fresh=False)
    await small.world.break_with("directory", FAULTS["refused"])
    try:
        stale = await small.ask(query, login=OPERATOR, fresh=False)
        unknown = await small.ask(query, login="helpdesk.cis", fresh=False)
    finally:
        await mend(small, "directory")
    assert stale.body["data"] == fresh.body["data"]
    account = stale.body["extensions"]["sources"]["directory"]
    assert (account["state"], account["asOf"] is not None) == ("STALE", True)
    assert unknown.body["data"]["employee"] is None, "what others were told is not last known to this team"


async def test_who_is_in_two_teams_has_the_rights_of_the_one_chosen(small: Sandbox) -> None:
    query = '{ viewer { activeTeam { id } } employees(filter: {region: "br"}, first: 5) { edges { node { login phones { number } } } } }'
    numbers = {}
    for team in ("helpdesk_br", "helpdesk_second_line"):
        reply = await small.ask(query, login="lead", team=team)
        assert reply.body["data"]["viewer"]["activeTeam"]["id"] == team
        nodes = [edge["node"] for edge in reply.body["data"]["employees"]["edges"]]
        numbers[team] = [each["phones"][0]["number"] for each in nodes if each["phones"] and each["login"] != "lead"]
    assert numbers["helpdesk_br"]
    assert all("*" in each for each in numbers["helpdesk_br"])
    assert not any("*" in each for each in numbers["helpdesk_second_line"])


async def test_access_is_told_without_the_data_and_to_each_as_much_as_they_may_know(small: Sandbox) -> None:
    login, _device = someone(small.world.company)
    fields = ["Employee.active", "Phone.number", "PersonalDetails.birthDate"]
    query = """query A($login: String!, $fields: [String!]!, $team: ID) {
      access(by: {login: $login}, fields: $fields, team: $team) { field outcome reason ask near rule } }"""
    operator = await small.ask(query, {"login": login, "fields": fields}, login=OPERATOR)
    shown = operator.body["data"]["access"]
    assert [each["outcome"] for each in shown] == ["ALLOWED", "MASKED", "DENIED"]
    assert [each["near"] for each in shown] == [each["rule"] for each in shown] == [None, None, None]
    lead = (await small.ask(query, {"login": login, "fields": fields}, login="lead")).body["data"]["access"]
    assert "Phone" in lead[1]["field"]
    assert lead[1]["near"]
    assert lead[1]["rule"] is None
    asked = {"login": login, "fields": fields, "team": "helpdesk_br"}
    officer = (await small.ask(query, asked, login="security")).body["data"]["access"]
    assert [each["outcome"] for each in officer] == ["ALLOWED", "MASKED", "DENIED"]
    assert all(each["rule"] for each in officer)
    refused = await small.ask(query, asked, login=OPERATOR)
    assert refused.body["data"]["access"] is None
    assert [each["extensions"]["code"] for each in refused.body["errors"]] == ["FORBIDDEN_FIELD"]


async def test_security_reviews_who_sees_a_field_and_who_may_run_an_operation(small: Sandbox) -> None:
    login, _device = someone(small.world.company)
    query = """query R($login: String!) {
      fieldReaders(field: "Phone.number", by: {login: $login}) { looker holder role outcome condition members }
      operationRunners(operation: "reset_password", by: {login: $login}) { looker holder role condition obligations } }"""
    reply = await small.ask(query, {"login": login}, login="security")
    assert "errors" not in reply.body, reply.body["errors"]
    readers = {
        each["holder"]: each["outcome"] for each in reply.body["data"]["fieldReaders"] if each["looker"] == "OTHER"
    }
    assert readers["helpdesk_br"] == "MASKED"
    assert readers["hr_support"] == "ALLOWED"
    assert "helpdesk_cis" not in readers, "of another region"
    runners = {each["holder"] for each in reply.body["data"]["operationRunners"]}
    assert "helpdesk_br" in runners
    assert "analysts" not in runners
    refused = await small.ask(query, {"login": login}, login=OPERATOR)
    assert refused.body["data"] == {"fieldReaders": None, "operationRunners": None}
