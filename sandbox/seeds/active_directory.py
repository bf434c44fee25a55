"""The main domain, as Active Directory holds it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sandbox.company.model import Company, DomainAccount, Group
from sources.active_directory.twin import BASE, DISABLED, DONT_EXPIRE, NEVER, ActiveDirectoryTwin, ticks
from sources.kit.twin.ldap_tree import Row, Value

DOMAIN: Final = "corp"
_UNITS: Final = {"PERSONAL": "Staff", "ADMIN": "Admins", "SERVICE": "Services"}
_GROUP_IDS: Final = UUID("5f7ad5c4-9b1c-4c9a-9d5e-1f4a6f0c2b11")
_NORMAL: Final = 0x200
_GLOBAL: Final = 0x2
_SECURITY: Final = -0x8000_0000


def twin(company: Company) -> ActiveDirectoryTwin:
    """The domain's twin, filled."""
    return ActiveDirectoryTwin(seed(company))


def seed(company: Company) -> list[Row]:
    """Units, accounts, groups; an account is named by its person and its login, for there are namesakes."""
    accounts = [each for each in company.accounts if each.domain == DOMAIN]
    names = {each.login: account_dn(each, company) for each in accounts}
    units: list[Row] = [(BASE, {"objectClass": ["top", "domain"], "dc": ["corp"]})]
    units += [
        (f"OU={unit},{BASE}", {"objectClass": ["top", "organizationalUnit"], "ou": [unit]})
        for unit in (*_UNITS.values(), "Groups")
    ]
    groups = nested_first([each for each in company.groups if each.domain == DOMAIN])
    return [
        *units,
        *(_account(each, names[each.login], company) for each in accounts),
        *(_group(each, names, company) for each in groups),
    ]


def nested_first(groups: Sequence[Group]) -> list[Group]:
    """Groups in the order in which a real directory can be given them: a member is there before it is named."""
    by_name = {each.name: each for each in groups}
    ordered: dict[str, Group] = {}

    def place(group: Group, above: frozenset[str]) -> None:
        for name in group.member_groups:
            if name in by_name and name not in ordered and name not in above:
                place(by_name[name], above | {group.name})
        ordered[group.name] = group

    for each in groups:
        if each.name not in ordered:
            place(each, frozenset())
    return list(ordered.values())


def account_dn(account: DomainAccount, company: Company) -> str:
    """Where an account stands in the tree."""
    person = company.person_by_id.get(account.owner_id or "")
    shown = f"{person.given_latin} {person.directory_family_latin} ({account.login})" if person else account.login
    return f"CN={_escaped(shown)},OU={_UNITS[account.kind]},{BASE}"


def group_dn(name: str) -> str:
    """Where a group stands in the tree."""
    return f"CN={_escaped(name)},OU=Groups,{BASE}"


def _account(account: DomainAccount, dn: str, company: Company) -> Row:
    person = company.person_by_id.get(account.owner_id or "")
    control = _NORMAL | (0 if account.enabled else DISABLED) | (0 if account.password_expires_at else DONT_EXPIRE)
    attributes: dict[str, Sequence[Value]] = {
        "objectClass": ["top", "person", "organizationalPerson", "user"],
        "sAMAccountType": ["805306368"],
        "sAMAccountName": [account.login],
        "userPrincipalName": [f"{account.login}@corp.example"],
        "objectGUID": [UUID(account.object_guid).bytes_le],
        "userAccountControl": [str(control)],
        "description": _known(account.description),
        "employeeID": _known(account.owner_id),
        "displayName": [person.directory_display_name] if person else [],
        "mail": [person.email] if person and account.kind == "PERSONAL" else [],
        "lockoutTime": [_filetime(account.locked_since)] if account.locked_since else [],
        "badPwdCount": [str(account.bad_password_count)],
        "pwdLastSet": ["0" if account.must_change else _filetime(account.password_set_at)],
        "msDS-UserPasswordExpiryTimeComputed": [_filetime(account.password_expires_at)],
        "lastLogonTimestamp": [_filetime(account.last_sign_in_at)] if account.last_sign_in_at else [],
        "accountExpires": [_filetime(account.expires_at)],
        "whenCreated": [_generalized(account.created_at)],
    }
    return dn, attributes


def _group(group: Group, names: dict[str, str], company: Company) -> Row:
    members = [names[login] for login in group.members if login in names]
    kind = _GLOBAL | (_SECURITY if group.kind == "SECURITY" else 0)
    attributes: dict[str, Sequence[Value]] = {
        "objectClass": ["top", "group"],
        "sAMAccountName": [group.name],
        "cn": [group.name],
        "objectGUID": [uuid5(_GROUP_IDS, f"{group.domain}/{group.name}").bytes_le],
        "groupType": [str(kind)],
        "adminCount": ["1"] if group.privileged else [],
        "description": _known(group.description),
        "managedBy": [names[group.owner_login]] if group.owner_login in names else [],
        "member": [*members, *(group_dn(name) for name in group.member_groups)],
        "whenCreated": [_generalized(company.now.replace(year=company.now.year - 6))],
    }
    return group_dn(group.name), attributes


def _known(value: str | None) -> list[Value]:
    return [value] if value else []


def _filetime(moment: datetime | None) -> str:
    return str(ticks(moment) if moment else NEVER)


def _generalized(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S.0Z")


def _escaped(name: str) -> str:
    return "".join(_escapes(name))


def _escapes(name: str) -> Iterator[str]:
    for char in name:
        yield f"\\{char}" if char in ',+"\\<>;=' else char
