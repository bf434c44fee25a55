"""The domain by LDAP: units, accounts with passwords of their own, groups and then who is in them."""

import secrets
from typing import Final

from sandbox.company.model import Company
from sandbox.seeds.active_directory import seed
from sources.active_directory.twin import BASE, SYSTEM_OWNED
from tests.real.seeding.ldap import Ldap, moved
from tests.real.servers.server import Facts

_LINKS: Final = frozenset({"member", "managedBy"})
_UNITS: Final = ("Staff", "Admins", "Services", "Groups")


def fill(facts: Facts, company: Company) -> Company:
    """The company as it was; ids and moments are the domain's own, and who is locked out has just been."""
    base = str(facts["base"])
    rows = moved(seed(company), BASE, base)
    with Ldap(facts) as domain:
        for unit in _UNITS:
            for old in domain.below(f"OU={unit},{base}"):
                domain.delete(old)
        for dn, attributes in rows:
            kept = {name: values for name, values in attributes.items() if _is_ours(name)}
            if "userAccountControl" in kept:
                kept["unicodePwd"] = [_password()]
            if not dn.startswith("OU=") or not _is_there(domain, dn):
                domain.add(dn, kept)
        for dn, attributes in rows:
            for name in sorted(_LINKS & attributes.keys()):
                if attributes[name]:
                    domain.replace(dn, name, attributes[name])
            if attributes.get("pwdLastSet") == ["0"]:
                domain.replace(dn, "pwdLastSet", ["0"])
            if attributes.get("lockoutTime"):
                domain.fails_to_sign_in(str(attributes["userPrincipalName"][0]), int(str(facts["lockout_after"])))
    return company


def _is_ours(name: str) -> bool:
    return name.lower() not in SYSTEM_OWNED and name not in _LINKS


def _is_there(domain: Ldap, dn: str) -> bool:
    return dn.casefold() in (each.casefold() for each in domain.below(dn.split(",", 1)[1]))


def _password() -> bytes:
    """A password as the domain wants it: in quotes, UTF-16. Nobody signs in with it."""
    return f'"Aa1-{secrets.token_hex(12)}"'.encode("utf-16-le")
