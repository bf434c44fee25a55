"""The engineering directory, as OpenLDAP holds it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sandbox.company.model import Company, DomainAccount, Group
from sandbox.seeds.active_directory import nested_first
from sources.kit.twin.ldap_tree import Row, Value
from sources.openldap.twin import BASE, FOR_GOOD, OpenLdapTwin, generalized

DOMAIN: Final = "lab"
_UNITS: Final = {"PERSONAL": "people", "ADMIN": "admins", "SERVICE": "services"}
_IDS: Final = UUID("a0d2c5ba-6a4f-4d59-9a35-6f3b1b0c7e02")


def twin(company: Company) -> OpenLdapTwin:
    """The directory's twin, filled."""
    return OpenLdapTwin(seed(company))


def seed(company: Company) -> list[Row]:
    """Units, accounts, groups; a group nobody is in cannot exist here, so it is left out."""
    accounts = [each for each in company.accounts if each.domain == DOMAIN]
    names = {each.login: f"uid={each.login},ou={_UNITS[each.kind]},{BASE}" for each in accounts}
    rows: list[Row] = [(BASE, {"objectClass": ["dcObject", "organization"], "dc": ["lab"], "o": ["Lab"]})]
    rows += [
        (f"ou={unit},{BASE}", {"objectClass": ["organizationalUnit"], "ou": [unit]})
        for unit in (*_UNITS.values(), "groups")
    ]
    rows += [_account(each, names[each.login], company) for each in accounts]
    here = [each for each in company.groups if each.domain == DOMAIN and (each.members or each.member_groups)]
    groups = nested_first(here)
    return [*rows, *(_group(each, names, {other.name for other in groups}, company) for each in groups)]


def group_dn(name: str) -> str:
    """Where a group stands in the tree."""
    return f"cn={name},ou=groups,{BASE}"


def _account(account: DomainAccount, dn: str, company: Company) -> Row:
    person = company.person_by_id.get(account.owner_id or "")
    attributes: dict[str, Sequence[Value]] = {
        "objectClass": ["inetOrgPerson"],
        "uid": [account.login],
        "cn": [f"{person.given_latin} {person.directory_family_latin}" if person else account.login],
        "sn": [person.directory_family_latin if person else account.login],
        "displayName": [person.directory_display_name] if person else [],
        "mail": [person.email] if person and account.kind == "PERSONAL" else [],
        "employeeNumber": [account.owner_id] if account.owner_id else [],
        "description": [account.description] if account.description else [],
        "entryUUID": [account.object_guid],
        "createTimestamp": [generalized(account.created_at)],
        "pwdChangedTime": [generalized(account.password_set_at)],
        "pwdAccountLockedTime": _locked(account),
        "pwdFailureTime": _failures(account, company.now),
        "pwdReset": ["TRUE"] if account.must_change else [],
        "pwdLastSuccess": [generalized(account.last_sign_in_at)] if account.last_sign_in_at else [],
        "pwdEndTime": [generalized(account.expires_at)] if account.expires_at else [],
    }
    return dn, attributes


def _locked(account: DomainAccount) -> list[Value]:
    if not account.enabled:
        return [FOR_GOOD]
    return [generalized(account.locked_since)] if account.locked_since else []


def _failures(account: DomainAccount, now: datetime) -> list[Value]:
    """One moment per wrong password: the directory counts them by listing them."""
    last = account.locked_since or now
    return [generalized(last.replace(second=second)) for second in range(min(account.bad_password_count, 60))]


def _group(group: Group, names: dict[str, str], known: set[str], company: Company) -> Row:
    members = [names[login] for login in group.members if login in names]
    attributes: dict[str, Sequence[Value]] = {
        "objectClass": ["groupOfNames"],
        "cn": [group.name],
        "description": [group.description] if group.description else [],
        "owner": [names[group.owner_login]] if group.owner_login in names else [],
        "member": [*members, *(group_dn(name) for name in group.member_groups if name in known)],
        "entryUUID": [str(uuid5(_IDS, f"{group.domain}/{group.name}"))],
        "createTimestamp": [generalized(company.now.replace(year=company.now.year - 4))],
    }
    return group_dn(group.name), attributes
