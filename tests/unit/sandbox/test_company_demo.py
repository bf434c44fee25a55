"""The people a newcomer signs in as are there at any size, with something to see in every system."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from sandbox.company.demo import DEMO_LOGINS
from sandbox.company.model import Company
from sandbox.company.queues import QUEUES

TEAMS = Path(__file__).parents[3] / "sandbox" / "installation" / "teams"
PROMISED = (
    "helpdesk.br",
    "helpdesk.cis",
    "helpdesk.af",
    "hr",
    "identity",
    "pki",
    "equipment",
    "software",
    "mail",
    "network",
    "badges",
    "executive",
    "onboarding",
    "secops",
    "security",
    "security2",
    "analyst",
    "lead",
    "employee",
)


def records_of(company: Company, login: str) -> dict[str, int]:
    """How many records of each kind speak of a person."""
    c, person = company, company.person_by_login[login]
    number = person.employee_id
    hosts = {device.hostname for device in c.devices if device.owner_id == number and device.hostname}
    serials = {device.serial_number for device in c.devices if device.owner_id == number}
    badges = {badge.number for badge in c.badges if badge.owner_id == number}
    return {
        "accounts": sum(account.owner_id == number for account in c.accounts),
        "groups": sum(login in group.members for group in c.groups),
        "certificates": sum(certificate.owner_login == login for certificate in c.certificates),
        "devices": len(serials),
        "device_management": sum(record.serial_number in serials for record in c.device_management),
        "installed_software": sum(record.hostname in hosts for record in c.installed_software),
        "licences": sum(licence.owner_login == login for licence in c.licences),
        "software_jobs": sum(job.hostname in hosts for job in c.software_jobs),
        "second_factors": sum(factor.owner_login == login for factor in c.second_factors),
        "badges": len(badges),
        "badge_events": sum(event.badge_number in badges for event in c.badge_events),
        "mailboxes": sum(box.owner_login == login for box in c.mailboxes),
        "vpn_sessions": sum(session.owner_login == login for session in c.vpn_sessions),
        "identity_sessions": sum(session.owner_uid == person.uid for session in c.identity_sessions),
        "tickets": sum(ticket.requester_email == person.email for ticket in c.tickets),
    }


def test_demo_people_are_those_promised() -> None:
    assert DEMO_LOGINS == PROMISED


@pytest.mark.parametrize("login", PROMISED)
def test_a_demo_person_has_a_record_in_every_system(any_company: Company, login: str) -> None:
    assert any_company.person_by_login[login].status == "ACTIVE"
    assert [system for system, amount in records_of(any_company, login).items() if amount == 0] == []


def test_the_employee_has_several_of_each(any_company: Company) -> None:
    single = [system for system, amount in records_of(any_company, "employee").items() if amount < 2]
    assert single == ["mailboxes"]


def test_the_employee_has_something_wrong_nearly_everywhere(any_company: Company) -> None:
    c = any_company
    number = c.person_by_login["employee"].employee_id
    account = next(a for a in c.accounts if a.login == "employee" and a.domain == "corp")
    devices = {device.serial_number: device for device in c.devices if device.owner_id == number}
    assert account.locked_since is not None
    assert account.lockout_host in {device.hostname for device in devices.values()}
    ends = [x.not_after for x in c.certificates if x.owner_login == "employee" and not x.revoked_at]
    assert any(c.now < end < c.now + timedelta(days=7) for end in ends)
    assert any(not record.compliant for record in c.device_management if record.serial_number in devices)
    assert {device.kind for device in devices.values()} >= {"LAPTOP", "PHONE"}
    assert any(factor.locked for factor in c.second_factors if factor.owner_login == "employee")
    statuses = Counter(t.status for t in c.tickets if t.requester_email == "employee@okno.example")
    assert statuses["open"] >= 1
    box = next(box for box in c.mailboxes if box.owner_login == "employee")
    assert box.used_bytes > 0.95 * box.quota_bytes
    assert {a.domain for a in c.accounts if a.owner_id == number} == {"corp", "lab"}


def test_the_lead_leads_the_help_desk_of_latin_america(any_company: Company) -> None:
    c = any_company
    lead = c.person_by_login["lead"]
    assert c.department_by_code["IT-SD-BR"].head_id == lead.employee_id
    assert c.person_by_login["helpdesk.br"].manager_id == lead.employee_id


def test_every_queue_has_work_waiting_in_the_hands_of_its_demo_person(any_company: Company) -> None:
    c = any_company
    for queue, unit in QUEUES.items():
        waiting = [ticket for ticket in c.tickets if ticket.queue == queue and ticket.status in ("new", "open")]
        worker = next(c.person_by_login[login] for login in DEMO_LOGINS if c.person_by_login[login].department == unit)
        assert any(ticket.owner_login is None for ticket in waiting), queue
        assert any(ticket.owner_login == worker.login for ticket in waiting), queue


def test_every_demo_person_is_in_a_team_the_lead_in_both_lines_and_every_queue_has_one() -> None:
    teams = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(TEAMS.glob("*.yaml"))}
    assert len(teams) == 19
    members = Counter(login for team in teams.values() for login in team["members"])
    assert members == Counter([*DEMO_LOGINS, "lead"])
    assert [name for name, team in teams.items() if "lead" in team["members"]] == [
        "helpdesk_br",
        "helpdesk_second_line",
    ]
    assert sorted(team["queue"] for team in teams.values() if team["queue"]) == sorted(QUEUES)
    assert [name for name, team in teams.items() if team["services"] == ["integrator"]] == ["service_integrators"]
    for team in teams.values():
        assert {"title", "regions", "queue", "members", "lead", "services", "try"} <= set(team)
        assert set(team["title"]) == {"en", "ru", "es", "pt", "fr"}
        assert team["regions"] == "all" or set(team["regions"]) <= {"br", "cis", "af", "eu"}
        assert team["lead"] is None or team["lead"] in team["members"]
        assert team["try"].endswith(".")
