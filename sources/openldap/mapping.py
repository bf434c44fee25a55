"""From OpenLDAP's attributes to accounts and groups. Source: RFC 2798, RFC 4519, draft-behera-ldap-password-policy."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sources.kit.ldap_filter import equals
from sources.kit.ldap_reading import dn_key, first_rdn, generalized, optional_text, text, texts, truth
from sources.kit.ldap_wire import Entry
from sources.ports.accounts import Account
from sources.ports.groups import Group, Member

FOR_GOOD: Final = "000001010000Z"
"""The value of pwdAccountLockedTime that means: until an administrator lifts it."""
IS_PERSON: Final = equals("objectClass", "inetOrgPerson")
IS_GROUP: Final = equals("objectClass", "groupOfNames")

ALWAYS: Final = ("uid", "entryUUID", "employeeNumber", "pwdAccountLockedTime")
ATTRIBUTES: Final = {
    "display_name": ("displayName", "cn"),
    "email": ("mail",),
    "description": ("description",),
    "wrong_passwords": ("pwdFailureTime",),
    "password_set_at": ("pwdChangedTime",),
    "password_expires_at": ("pwdChangedTime",),
    "must_change_password": ("pwdReset",),
    "last_sign_in_at": ("pwdLastSuccess",),
    "expires_at": ("pwdEndTime",),
    "created_at": ("createTimestamp",),
}
"""What each attribute of an account is made of."""
GROUP_ATTRIBUTES: Final = ("objectClass", "cn", "entryUUID", "description", "owner", "createTimestamp", "memberOf")
_ORDER: Final = {"PERSONAL": 0, "ADMIN": 1, "SERVICE": 2}


@dataclass(frozen=True, slots=True)
class Words:
    """What an installation calls things. Shape: `privileged` in lower case. Units: `password_days` in days, 0 never."""

    source: str
    domain: str
    admin_ou: str
    service_ou: str
    privileged: frozenset[str]
    password_days: int


def attributes_for(fields: Iterable[str]) -> tuple[str, ...]:
    """What must be asked for to fill these attributes of an account; all for none."""
    wanted = [name for field in set(fields) or ATTRIBUTES for name in ATTRIBUTES.get(field, ())]
    return tuple(dict.fromkeys((*ALWAYS, *wanted)))


def entry_uuid(entry: Entry) -> str:
    """The immutable id."""
    return text(entry, "entryUUID").lower()


def account(entry: Entry, words: Words) -> Account:
    """One account."""
    locked = optional_text(entry, "pwdAccountLockedTime")
    set_at = generalized(entry, "pwdChangedTime")
    for_good = locked == FOR_GOOD
    return Account(
        source=words.source,
        object_id=entry_uuid(entry),
        login=text(entry, "uid"),
        domain=words.domain,
        kind=_kind(entry, words),
        enabled=not for_good,
        distinguished_name=entry.dn,
        display_name=optional_text(entry, "displayName") or next(iter(texts(entry, "cn")), None),
        email=next(iter(texts(entry, "mail")), None),
        employee_id=optional_text(entry, "employeeNumber"),
        description=" ".join(texts(entry, "description")) or None,
        locked_since=None if for_good else generalized(entry, "pwdAccountLockedTime"),
        wrong_passwords=len(texts(entry, "pwdFailureTime")),
        password_set_at=set_at,
        password_expires_at=_expiry(set_at, words),
        must_change_password=bool(truth(entry, "pwdReset")),
        last_sign_in_at=generalized(entry, "pwdLastSuccess"),
        expires_at=generalized(entry, "pwdEndTime"),
        created_at=generalized(entry, "createTimestamp"),
    )


def _expiry(set_at: datetime | None, words: Words) -> datetime | None:
    return set_at + timedelta(days=words.password_days) if set_at and words.password_days else None


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
    return "groupofnames" in {name.lower() for name in texts(entry, "objectClass")}


def group(entry: Entry, words: Words) -> Group:
    """One group. Its owner's login is the name of the owner's entry; an owner named otherwise is not told."""
    name = text(entry, "cn")
    owners = [first_rdn(dn) for dn in texts(entry, "owner")]
    return Group(
        source=words.source,
        object_id=entry_uuid(entry),
        name=name,
        domain=words.domain,
        kind="SECURITY",
        privileged=name.casefold() in words.privileged,
        description=" ".join(texts(entry, "description")) or None,
        distinguished_name=entry.dn,
        owner_login=next((value for attribute, value in owners if attribute == "uid"), None),
        created_at=generalized(entry, "createTimestamp"),
    )


def member(entry: Entry) -> Member:
    """One account in a group."""
    return Member(text(entry, "uid"), optional_text(entry, "employeeNumber"))
