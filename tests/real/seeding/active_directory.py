"""The domain by LDAP: units, accounts with passwords of their own, groups and then who is in them."""

import secrets
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from sandbox.company.model import Company
from sandbox.seeds.active_directory import seed
from sources.active_directory.twin import BASE, SYSTEM_OWNED
from tests.real.seeding.ldap import Ldap, Row, moved
from tests.real.servers.place import place
from tests.real.servers.server import Facts

Attributes = Mapping[str, Sequence[str | bytes]]
_LINKS: Final = frozenset({"member", "managedBy"})
_UNITS: Final = ("Staff", "Admins", "Services", "Groups")


def fill(facts: Facts, company: Company) -> Company:
    """The company as it was; ids and moments are the domain's own, and who is locked out has just been.

    Entries of an earlier filling with the same rows stay, and keep the ids by which other systems know them.
    """
    base = str(facts["base"])
    rows = moved(seed(company), BASE, base)
    note = place().data("samba") / "filled"
    digest = sha256(repr(rows).encode()).hexdigest()
    with Ldap(facts) as domain:
        old = [dn for unit in _UNITS for dn in domain.below(f"OU={unit},{base}")]
        if not note.exists() or note.read_text() != f"{digest} {len(old)}":
            for dn in old:
                domain.delete(dn)
            _put_in(domain, base, rows)
            note.write_text(f"{digest} {sum(not dn.startswith('OU=') for dn, _ in rows)}")
        for _, attributes in rows:
            if attributes.get("lockoutTime"):
                domain.fails_to_sign_in(str(attributes["userPrincipalName"][0]), int(str(facts["lockout_after"])))
    return company


def _put_in(domain: Ldap, base: str, rows: Sequence[Row]) -> None:
    there = {each.casefold() for each in domain.below(base)}
    circles: dict[str, Sequence[str | bytes]] = {}
    for dn, attributes in rows:
        if dn.casefold() not in there:
            domain.add(dn, _acceptable(attributes, there))
            if not all(str(each).casefold() in there for each in attributes.get("member", ())):
                # groups that are in each other: one of them was made before the other
                circles[dn] = attributes["member"]
            there.add(dn.casefold())
    for dn, members in circles.items():
        domain.replace(dn, "member", members)
    for dn, attributes in rows:
        if attributes.get("pwdLastSet") == ["0"]:
            domain.replace(dn, "pwdLastSet", ["0"])


def _acceptable(attributes: Attributes, there: set[str]) -> dict[str, Sequence[str | bytes]]:
    """What an administrator may give a new entry: nothing of the domain's own, and only links to what is there."""
    kept = {name: values for name, values in attributes.items() if name.lower() not in SYSTEM_OWNED}
    for name in _LINKS & kept.keys():
        kept[name] = [each for each in kept[name] if str(each).casefold() in there]
    if "userAccountControl" in kept:
        kept["unicodePwd"] = [_password()]
    return kept


def _password() -> bytes:
    """A password as the domain wants it: in quotes, UTF-16. Nobody signs in with it."""
    return f'"Aa1-{secrets.token_hex(12)}"'.encode("utf-16-le")
