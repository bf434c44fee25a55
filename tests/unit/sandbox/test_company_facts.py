"""The company is the same each time, of the sizes promised, and its keys fit each other."""

import hashlib
import os
import re
import subprocess
import sys
import zoneinfo
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from sandbox.company.build import build_company
from sandbox.company.demo import DEMO_LOGINS
from sandbox.company.model import Company, Group
from sandbox.company.queues import QUEUES

ROOT = Path(__file__).parents[3]


def digest(company: Company) -> str:
    told = "\n".join(repr(getattr(company, field.name)) for field in fields(company))
    return hashlib.sha256(told.encode()).hexdigest()


def unique(values: Iterable[object]) -> bool:
    return max(Counter(values).values()) == 1


def test_equal_arguments_give_an_equal_company(day: datetime) -> None:
    first, second = build_company(120, 7, day), build_company(120, 7, day)
    assert first == second
    assert digest(first) == digest(second)


def test_the_company_does_not_hang_on_the_order_of_hashes() -> None:
    told = (
        "import hashlib; from datetime import UTC, datetime; from sandbox.company.build import build_company;"
        "c = build_company(60, 7, datetime(2025, 3, 17, tzinfo=UTC));"
        "print(hashlib.sha256(repr(c).encode()).hexdigest())"
    )
    digests = set()
    for hash_seed in ("1", "2", "3"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, text=True, check=True)
        digests.add(run.stdout.strip())
    assert len(digests) == 1


def test_another_seed_size_or_day_gives_another_company(day: datetime) -> None:
    usual = digest(build_company(120, 7, day))
    others = (build_company(120, 8, day), build_company(121, 7, day), build_company(120, 7, day + timedelta(days=1)))
    assert all(digest(other) != usual for other in others)


def test_the_day_is_the_last_midnight_unless_given(day: datetime) -> None:
    now = build_company(40).now
    assert (now.hour, now.minute, now.second, now.microsecond, now.tzinfo) == (0, 0, 0, 0, UTC)
    assert timedelta(0) <= datetime.now(UTC) - now < timedelta(days=1, minutes=1)
    elsewhere = day.astimezone(timezone(timedelta(hours=3)))
    assert build_company(40, 7, elsewhere) == build_company(40, 7, day)


@pytest.mark.parametrize("people", (0, 39, 20_001))
def test_a_size_it_cannot_have_is_refused(people: int) -> None:
    with pytest.raises(ValueError, match="from 40 to 20000"):
        build_company(people)


def test_a_day_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        build_company(40, 7, datetime(2025, 1, 1))


def test_two_thousand_people_have_the_usual_amounts_of_everything(company: Company) -> None:
    personal = [account for account in company.accounts if account.domain == "corp" and account.kind == "PERSONAL"]
    expected = {
        "people": (2000, len(company.people)),
        "departments": (65, len(company.departments)),
        "accounts": (1900, len(personal)),
        "groups": (135, len(company.groups)),
        "certificates": (2400, len(company.certificates)),
        "devices": (3500, len(company.devices)),
        "tickets": (3000, len(company.tickets)),
        "tunnels": (100, len(company.vpn_sessions)),
    }
    assert {name: pair for name, pair in expected.items() if not 0.9 * pair[0] <= pair[1] <= 1.1 * pair[0]} == {}
    lab = sum(account.domain == "lab" for account in company.accounts)
    assert 0.12 <= lab / len(company.people) <= 0.18


def test_keys_are_unique(any_company: Company) -> None:
    c = any_company
    people = c.people
    for key in ("employee_id", "uid", "login", "email", "mobile", "extension"):
        assert unique(getattr(person, key) for person in people), key
    assert unique((account.domain, account.login) for account in c.accounts)
    assert unique(account.object_guid for account in c.accounts)
    assert unique((group.domain, group.name) for group in c.groups)
    assert unique(certificate.serial for certificate in c.certificates)
    for key in ("asset_tag", "serial_number"):
        assert unique(getattr(device, key) for device in c.devices), key
    for key in ("hostname", "ip", "mac"):
        assert unique(value for device in c.devices if (value := getattr(device, key)) is not None), key
    assert unique(record.serial_number for record in c.device_management)
    assert unique((record.hostname, record.name) for record in c.installed_software)
    assert unique(licence.seat_key for licence in c.licences)
    assert unique(job.id for job in c.software_jobs)
    assert unique(factor.serial for factor in c.second_factors)
    assert unique(badge.number for badge in c.badges)
    assert unique(event.id for event in c.badge_events)
    assert unique(address for box in c.mailboxes for address in (box.address, *box.aliases))
    assert unique(session.virtual_ip for session in c.vpn_sessions)
    assert unique(session.id for session in c.identity_sessions)
    assert unique(ticket.id for ticket in c.tickets)


def test_keys_have_the_forms_promised(any_company: Company) -> None:
    c = any_company
    assert all(re.fullmatch(r"000\d{4}|00\d{5}", person.employee_id) for person in c.people)
    assert all(re.fullmatch(r"[a-z][a-z0-9.]{0,19}", person.login) for person in c.people)
    assert all(re.fullmatch(r"\+\d{10,13}", person.mobile) for person in c.people)
    assert all(re.fullmatch(r"[a-z0-9.-]+@okno\.example", person.email) for person in c.people)
    assert all(len(account.login) <= 20 for account in c.accounts)
    assert all(re.fullmatch(r"([0-9a-f]{2}:){19}[0-9a-f]{2}", certificate.serial) for certificate in c.certificates)
    assert all(re.fullmatch(r"NB-\d{6}", device.asset_tag) for device in c.devices)
    assert all(re.fullmatch(r"(TOTP|WAN|PISM|PIPU)[0-9A-F]{8}", factor.serial) for factor in c.second_factors)
    assert {ticket.queue for ticket in c.tickets} == set(QUEUES)


def test_everything_points_at_something(any_company: Company) -> None:
    c = any_company
    ids, logins = set(c.person_by_id), set(c.person_by_login)
    assert {person.manager_id for person in c.people} - {None} <= ids
    assert {person.department for person in c.people} <= set(c.department_by_code)
    assert {person.office for person in c.people} <= set(c.office_by_code)
    assert {department.head_id for department in c.departments} <= ids
    assert {badge.owner_id for badge in c.badges} <= ids
    assert {event.badge_number for event in c.badge_events} <= {badge.number for badge in c.badges}
    assert {session.owner_uid for session in c.identity_sessions} <= {person.uid for person in c.people}
    assert {ticket.requester_email for ticket in c.tickets} <= {person.email for person in c.people}
    hosts = {device.hostname for device in c.devices}
    assert {record.hostname for record in c.installed_software} <= hosts
    assert {record.serial_number for record in c.device_management} <= {device.serial_number for device in c.devices}
    for records in (c.certificates, c.licences, c.second_factors, c.vpn_sessions):
        assert {record.owner_login for record in records} <= logins
    for optional in (c.tickets, c.mailboxes, c.device_management):
        assert {record.owner_login for record in optional} - {None} <= logins


def test_the_tree_of_managers_ends_at_the_chief(any_company: Company) -> None:
    by_id = any_company.person_by_id
    chiefs = [person for person in any_company.people if person.manager_id is None]
    assert [person.department for person in chiefs] == ["OKNO"]
    for person in any_company.people:
        above, number = 0, person.manager_id
        while number is not None:
            assert by_id[number].status == "ACTIVE"
            above, number = above + 1, by_id[number].manager_id
            assert above < 10


def test_group_members_are_accounts_of_their_domain_and_nesting_is_three_deep(any_company: Company) -> None:
    accounts = {(account.domain, account.login) for account in any_company.accounts}
    groups = {(group.domain, group.name): group for group in any_company.groups}

    def depth(group: Group) -> int:
        return 1 + max((depth(groups[group.domain, name]) for name in group.member_groups), default=0)

    for group in any_company.groups:
        assert {(group.domain, login) for login in group.members} <= accounts
    assert max(depth(group) for group in any_company.groups) >= 4
    assert any(group.privileged for group in any_company.groups)
    assert {group.kind for group in any_company.groups} == {"SECURITY", "DISTRIBUTION"}


def test_status_follows_from_dates(any_company: Company) -> None:
    today = any_company.now.date()
    for person in any_company.people:
        away = any(a.starts <= today <= a.ends for a in person.absences if a.kind != "BUSINESS_TRIP")
        gone = person.termination_date is not None and person.termination_date < today
        begun = "TERMINATED" if gone else "ON_LEAVE" if away else "ACTIVE"
        assert person.status == ("FUTURE" if person.hire_date > today else begun), person
        assert all(one.ends < two.starts for one, two in zip(person.absences, person.absences[1:], strict=False))


def test_nothing_has_happened_after_now(any_company: Company) -> None:
    c, now = any_company, any_company.now
    moments = [
        *(account.password_set_at for account in c.accounts),
        *(account.last_sign_in_at for account in c.accounts if account.last_sign_in_at),
        *(certificate.not_before for certificate in c.certificates),
        *(certificate.revoked_at for certificate in c.certificates if certificate.revoked_at),
        *(device.assigned_at for device in c.devices if device.assigned_at),
        *(record.last_seen_at for record in c.device_management),
        *(record.installed_at for record in c.installed_software),
        *(event.at for event in c.badge_events),
        *(session.connected_since for session in c.vpn_sessions),
        *(session.last_seen_at for session in c.identity_sessions),
        *(ticket.updated_at for ticket in c.tickets),
        *(comment.at for ticket in c.tickets for comment in ticket.comments),
    ]
    assert all(moment.tzinfo is UTC for moment in moments)
    assert max(moments) <= now
    assert now - max(moments) < timedelta(days=1)


def test_tickets_tell_their_story_in_order(company: Company) -> None:
    for ticket in company.tickets:
        moments = [ticket.created_at, *(comment.at for comment in ticket.comments)]
        assert moments == sorted(moments)
        assert ticket.updated_at == moments[-1] or ticket.resolved_at == ticket.updated_at
        assert (ticket.resolved_at is not None) == (ticket.status in ("resolved", "rejected"))
    statuses = Counter(ticket.status for ticket in company.tickets)
    assert set(statuses) == {"new", "open", "stalled", "resolved", "rejected"}


def test_names_come_in_five_languages_and_two_scripts(any_company: Company) -> None:
    people = any_company.people
    assert {person.preferred_language for person in people} == {"ru", "en", "es", "pt", "fr"}
    assert {person.region for person in people} == {"br", "cis", "af", "eu"}
    names = " ".join(person.display_name for person in people)
    for letter in "ёЖñíãçéèáщя":
        assert letter in names or len(people) < 1000, letter
    assert re.search("[А-Яа-я]", names)
    assert re.search("[ãçéñ]", names)
    for person in people:
        assert person.family_latin.isascii()
        assert person.given_latin.isascii()
        assert person.family_latin


def test_spanish_speakers_have_two_surnames_and_russians_a_patronymic(company: Company) -> None:
    assert all(" " in person.family_name for person in company.people if person.preferred_language == "es")
    with_patronymic = [person for person in company.people if person.patronymic]
    assert len(with_patronymic) > 300
    assert all(person.preferred_language == "ru" for person in with_patronymic)
    assert all(person.patronymic_latin for person in with_patronymic)
    yo = [person for person in company.people if person.family_name.startswith("Ковалёв")]
    assert yo
    plain = [person for person in yo if person.login not in DEMO_LOGINS and not person.previous_family_name]
    assert plain
    assert all("kovalev" in person.login and "kovalyov" in person.family_latin.lower() for person in plain)


def test_time_zones_exist(company: Company) -> None:
    assert len({zoneinfo.ZoneInfo(office.time_zone).key for office in company.offices}) == 13
