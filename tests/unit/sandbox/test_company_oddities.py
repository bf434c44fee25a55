"""What hurts in a real company is there, in the shares stated."""

from collections import Counter

from sandbox.company import oddities
from sandbox.company.model import Company


def share(company: Company, amount: int) -> float:
    return amount / len(company.people)


def least(company: Company, wanted: float) -> float:
    return wanted if len(company.people) >= 200 else 1 / len(company.people)


def test_leavers_live_on_in_the_systems(any_company: Company) -> None:
    c = any_company
    leavers = {person.employee_id: person for person in c.people if person.status == "TERMINATED"}
    logins = {person.login for person in leavers.values()}
    living = {
        "accounts": {a.owner_id for a in c.accounts if a.owner_id in leavers and a.enabled},
        "certificates": {
            x.owner_login
            for x in c.certificates
            if x.owner_login in logins and not x.revoked_at and x.not_after > c.now
        },
        "badges": {
            b.owner_id for b in c.badges if b.owner_id in leavers and b.blocked_at is None and b.valid_until > c.now
        },
        "devices": {d.owner_id for d in c.devices if d.owner_id in leavers},
    }
    for system, people in living.items():
        assert least(c, 0.01) <= share(c, len(people)) <= 0.03, system
        assert len(people) < len(leavers), system


def test_future_hires_have_nothing_yet(any_company: Company) -> None:
    c = any_company
    future = [person for person in c.people if person.status == "FUTURE"]
    assert share(c, len(future)) >= least(c, 0.01)
    ids, logins = {person.employee_id for person in future}, {person.login for person in future}
    assert not ids & {account.owner_id for account in c.accounts}
    assert not ids & {device.owner_id for device in c.devices}
    assert not ids & {badge.owner_id for badge in c.badges}
    for records in (c.certificates, c.mailboxes, c.second_factors, c.licences):
        assert not logins & {record.owner_login for record in records}


def test_some_changed_their_surname_and_the_directory_lags_behind_for_half(any_company: Company) -> None:
    renamed = [person for person in any_company.people if person.previous_family_name]
    behind = [person for person in renamed if person.directory_is_behind]
    assert share(any_company, len(renamed)) >= least(any_company, 0.015)
    assert 0.4 <= len(behind) / len(renamed) <= 0.6
    for person in renamed:
        assert person.previous_family_name != person.family_name
        assert (person.previous_login is None) == person.directory_is_behind
        stale = person.directory_is_behind
        assert person.directory_family_name == (person.previous_family_name if stale else person.family_name)
        assert person.directory_family_name in person.directory_display_name


def test_namesakes_are_many_with_logins_of_their_own(any_company: Company) -> None:
    for given, family in (("Сергей", "Иванов"), ("Ana", "Souza")):
        same = [person for person in any_company.people if (person.given_name, person.family_name) == (given, family)]
        assert len(same) >= max(2, int(oddities.NAMESAKES * len(any_company.people)))
        assert len({person.login for person in same}) == len(same)


def test_some_working_people_have_no_account_and_some_have_two(any_company: Company) -> None:
    c = any_company
    corp = Counter(account.owner_id for account in c.accounts if account.domain == "corp" and account.owner_id)
    without = [person for person in c.people if person.status == "ACTIVE" and not corp[person.employee_id]]
    assert least(c, 0.01) <= share(c, len(without)) <= max(0.02, 2 / len(c.people))
    two = [number for number, accounts in corp.items() if accounts == 2]
    assert share(c, len(two)) >= least(c, 0.015)
    assert all(login.startswith("adm-") for login in (a.login for a in c.accounts if a.kind == "ADMIN"))


def test_device_management_at_times_names_another_owner(any_company: Company) -> None:
    c = any_company
    owner_of = {device.serial_number: device.owner_id for device in c.devices}
    other = [
        record
        for record in c.device_management
        if record.owner_login
        and owner_of[record.serial_number] in c.person_by_id
        and c.person_by_login[record.owner_login].employee_id != owner_of[record.serial_number]
    ]
    assert share(c, len(other)) >= least(c, 0.01)
    assert len(other) < 0.05 * len(c.device_management)


def test_some_devices_belong_to_numbers_nobody_has(any_company: Company) -> None:
    strangers = [d for d in any_company.devices if d.owner_id and d.owner_id not in any_company.person_by_id]
    assert share(any_company, len(strangers)) >= least(any_company, 0.01)


def test_some_mailboxes_have_nobody(any_company: Company) -> None:
    nobodys = [box for box in any_company.mailboxes if box.owner_login is None]
    assert share(any_company, len(nobodys)) >= least(any_company, 0.01)


def test_accounts_are_locked_expired_and_due_for_change(company: Company) -> None:
    c = company
    personal = [account for account in c.accounts if account.kind == "PERSONAL" and account.enabled]
    locked = [account for account in personal if account.locked_since]
    expired = [account for account in personal if account.password_expires_at and account.password_expires_at < c.now]
    assert 0.01 < len(locked) / len(personal) < 0.04
    assert 0.01 < len(expired) / len(personal) < 0.06
    assert any(account.must_change for account in personal)
    assert all(account.lockout_host and account.bad_password_count >= 5 for account in locked)
