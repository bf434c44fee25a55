"""Timeline and disagreements over the whole company."""

from sandbox.company.model import Company
from tests.sandbox import NOW, Sandbox

TIMELINE = """
query Timeline($login: String!, $kinds: [TimelineKind!], $after: String) {
  employee(by: {login: $login}) { timeline(first: 200, kinds: $kinds, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { at kind code about source } } } }
}
"""
DISAGREEMENTS = """
query Disagreements($login: String!) {
  employee(by: {login: $login}) { disagreements { code gravity about mendedBy since statements { source says } } }
}
"""


async def test_the_timeline_merges_all_systems_the_newest_first(sandbox: Sandbox) -> None:
    reply = await sandbox.ask(TIMELINE, {"login": "employee"})
    events = [edge["node"] for edge in reply.body["data"]["employee"]["timeline"]["edges"]]
    moments = [event["at"] for event in events]
    assert moments == sorted(moments, reverse=True)
    assert moments[0] <= NOW.isoformat()
    assert {event["source"] for event in events} >= {
        "hr", "domain", "certificates", "equipment", "badges", "second_factors", "mail", "vpn", "sessions", "tickets", "software",
    }  # fmt: skip


async def test_the_timeline_can_be_narrowed_to_kinds(sandbox: Sandbox) -> None:
    reply = await sandbox.ask(TIMELINE, {"login": "employee", "kinds": ["CERTIFICATE"]})
    assert {edge["node"]["kind"] for edge in reply.body["data"]["employee"]["timeline"]["edges"]} == {"CERTIFICATE"}


async def test_a_leaver_whose_access_lives_is_a_grave_disagreement(sandbox: Sandbox, company: Company) -> None:
    left = {
        each.login: each.employee_id for each in company.people if each.status == "TERMINATED" and each.termination_date
    }
    enabled = {each.owner_id for each in company.accounts if each.enabled}
    living = [login for login, employee_id in left.items() if employee_id in enabled]
    assert living
    for login in living[:3]:
        reply = await sandbox.ask(DISAGREEMENTS, {"login": login})
        found = reply.body["data"]["employee"]["disagreements"]
        grave = next(each for each in found if each["code"] == "leaver.account_enabled")
        assert grave["gravity"] == "HIGH"
        assert grave["mendedBy"] == "disableAccount"
        assert {each["source"] for each in grave["statements"]} <= {"hr", "domain", "lab"}


async def test_a_changed_surname_is_seen(sandbox: Sandbox, company: Company) -> None:
    behind = [each for each in company.people if each.directory_is_behind and each.previous_family_name]
    assert behind
    reply = await sandbox.ask(DISAGREEMENTS, {"login": behind[0].login})
    codes = {each["code"] for each in reply.body["data"]["employee"]["disagreements"]}
    assert "name.differs" in codes


async def test_most_people_have_no_disagreement(sandbox: Sandbox) -> None:
    reply = await sandbox.ask("{ employees(first: 100) { edges { node { disagreements { code } } } } }")
    edges = reply.body["data"]["employees"]["edges"]
    quiet = [edge for edge in edges if edge["node"]["disagreements"] == []]
    assert len(quiet) > len(edges) * 0.6
