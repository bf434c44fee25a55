"""The engineering directory by LDAP: accounts, groups, and the marks of the password policy."""

import secrets
from typing import Final

from sandbox.company.model import Company
from sandbox.seeds.openldap import seed
from sources.openldap.twin import BASE, SYSTEM_OWNED
from tests.real.seeding.ldap import Ldap, moved
from tests.real.servers.server import Facts

_UNITS: Final = ("people", "admins", "services", "groups")
_POLICY: Final = ("pwdReset", "pwdAccountLockedTime", "pwdEndTime")
"""What the policy would set itself, and an administrator may too."""


def fill(facts: Facts, company: Company) -> Company:
    """The company as it was; ids and moments are the directory's own."""
    base = str(facts["base"])
    with Ldap(facts) as directory:
        there = {each.casefold() for each in directory.below(base)}
        for unit in _UNITS:
            for old in directory.below(f"ou={unit},{base}"):
                if not old.casefold().startswith("cn=reader,"):
                    directory.delete(old)
        for dn, attributes in moved(seed(company), BASE, base):
            if dn.startswith("ou=") and dn.casefold() in there:
                continue
            kept = {
                name: values
                for name, values in attributes.items()
                if name.lower() not in SYSTEM_OWNED and name not in _POLICY
            }
            if "uid" in kept:
                kept["userPassword"] = [secrets.token_hex(12)]
            directory.add(dn, kept)
            for name in _POLICY:
                if attributes.get(name):
                    directory.replace(dn, name, attributes[name])
    return company
