"""From Active Directory's attributes to accounts and groups. Source: MS-ADA1, MS-ADA3, MS-ADTS 2.2.16."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sources.kit.ldap_filter import equals
from sources.kit.ldap_reading import (
    dn_key,
    filetime,
    first_rdn,
    generalized,
    octets,
    optional_text,
    required_whole,
    text,
    texts,
    whole,
)
from sources.kit.ldap_wire import Entry
from sources.kit.reading import BadData
from sources.ports.accounts import Account
from sources.ports.groups import Group, Member

DISABLED: Final = 0x2
LOCKED: Final = 0x10
PERSONS: Final = "805306368"
"""sAMAccountType of ordinary accounts. Source: MS-SAMR 2.2.1.9."""
IS_PERSON: Final = equals("sAMAccountType", PERSONS)
IS_GROUP: Final = equals("objectClass", "group")
_SECURITY: Final = 0x8000_0000

ALWAYS: Final = ("sAMAccountName", "objectGUID", "userAccountControl", "employeeID")
ATTRIBUTES: Final = {
    "principal_name": ("userPrincipalName",),
    "display_name": ("displayName",),
    "email": ("mail",),
    "description": ("description",),
    "locked_since": ("lockoutTime", "msDS-User-Account-Control-Computed"),
    "wrong_passwords": ("badPwdCount",),
    "password_set_at": ("pwdLastSet",),
    "password_expires_at": ("msDS-UserPasswordExpiryTimeComputed",),
    "must_change_password": ("pwdLastSet",),
    "last_sign_in_at": ("lastLogonTimestamp",),
    "expires_at": ("accountExpires",),
    "created_at": ("whenCreated",),
}
"""What each attribute of an account is made of."""
GROUP_ATTRIBUTES: Final = (
    "objectGUID", "sAMAccountName", "groupType", "adminCount", "description", "mail", "managedBy", "whenCreated",
    "memberOf",
)  # fmt: skip
_ORDER: Final = {"PERSONAL": 0, "ADMIN": 1, "SERVICE": 2}


@dataclass(frozen=True, slots=True)
class Words:
    """What an installation calls things. Shape: `privileged` in lower case."""

    source: str
    domain: str
    admin_ou: str
    service_ou: str
    privileged: frozenset[str]


def attributes_for(fields: Iterable[str]) -> tuple[str, ...]:
    """What must be asked for to fill these attributes of an account; all for none."""
    wanted = [name for field in set(fields) or ATTRIBUTES for name in ATTRIBUTES.get(field, ())]
    # `locked` is computed from `locked_since` and may be asked for by that name
    wanted += ATTRIBUTES["locked_since"] if "locked" in set(fields) else ()
    return tuple(dict.fromkeys((*ALWAYS, *wanted)))


def guid(entry: Entry) -> str:
    """The immutable id as people write it; the wire has its first three parts backwards."""
    value = octets(entry, "objectGUID")
    if len(value) != 16:
        raise BadData(f"objectGUID: {len(value)} bytes")
    return str(UUID(bytes_le=value))


def guid_of(key: str) -> UUID | None:
    """A key as an id; None for what is none."""
    try:
        return UUID(key)
    except ValueError:
        return None


def account(entry: Entry, words: Words) -> Account:
    """One account."""
    control = required_whole(entry, "userAccountControl")
    must_change = whole(entry, "pwdLastSet")
    return Account(
        source=words.source,
        object_id=guid(entry),
        login=text(entry, "sAMAccountName"),
        domain=words.domain,
        kind=_kind(entry, words),
        enabled=not control & DISABLED,
        distinguished_name=entry.dn,
        principal_name=optional_text(entry, "userPrincipalName"),
        display_name=optional_text(entry, "displayName"),
        email=optional_text(entry, "mail"),
        employee_id=optional_text(entry, "employeeID"),
        description=" ".join(texts(entry, "description")) or None,
        locked_since=_locked_since(entry),
        wrong_passwords=whole(entry, "badPwdCount"),
        password_set_at=filetime(entry, "pwdLastSet"),
        password_expires_at=filetime(entry, "msDS-UserPasswordExpiryTimeComputed"),
        must_change_password=None if must_change is None else must_change == 0,
        last_sign_in_at=filetime(entry, "lastLogonTimestamp"),
        expires_at=filetime(entry, "accountExpires"),
        created_at=generalized(entry, "whenCreated"),
    )


def _locked_since(entry: Entry) -> datetime | None:
    """When it was locked; a lock that has run out leaves its time behind, so the computed bit decides."""
    since = filetime(entry, "lockoutTime")
    computed = whole(entry, "msDS-User-Account-Control-Computed")
    return since if computed is None or computed & LOCKED else None


def _kind(entry: Entry, words: Words) -> str:
    units = {part.partition("=")[2] for part in dn_key(entry.dn).split(",") if part.startswith("ou=")}
    if words.admin_ou.casefold() in units:
        return "ADMIN"
    return "SERVICE" if words.service_ou.casefold() in units else "PERSONAL"


def personal_first(accounts: Iterable[Account]) -> tuple[Account, ...]:
    """In the order in which accounts are told."""
    return tuple(sorted(accounts, key=lambda each: (_ORDER[each.kind], each.login)))


def is_group(entry: Entry) -> bool:
    """Whether this is a group and not an account found along with it."""
    return "grouptype" in entry.attributes


def group(entry: Entry, owners: dict[str, str], words: Words) -> Group:
    """One group. Shape: `owners` are logins by `dn_key` of their account."""
    name = text(entry, "sAMAccountName")
    owner = optional_text(entry, "managedBy")
    return Group(
        source=words.source,
        object_id=guid(entry),
        name=name,
        domain=words.domain,
        kind="SECURITY" if required_whole(entry, "groupType") & _SECURITY else "DISTRIBUTION",
        privileged=bool(whole(entry, "adminCount")) or name.casefold() in words.privileged,
        description=" ".join(texts(entry, "description")) or None,
        distinguished_name=entry.dn,
        email=optional_text(entry, "mail"),
        owner_login=owners.get(dn_key(owner)) if owner else None,
        created_at=generalized(entry, "whenCreated"),
    )


def owners(entries: Iterable[Entry]) -> dict[str, str]:
    """Logins of the accounts found along with groups, by `dn_key`."""
    return {dn_key(each.dn): text(each, "sAMAccountName") for each in entries if not is_group(each)}


def member(entry: Entry) -> Member:
    """One account in a group."""
    return Member(text(entry, "sAMAccountName"), optional_text(entry, "employeeID"))


def common_name(dn: str) -> str:
    """What the leftmost part of a DN says."""
    return first_rdn(dn)[1]
