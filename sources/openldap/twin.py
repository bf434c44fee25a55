"""An OpenLDAP server's stand-in with memberOf and password policy: lockout, disabling for good, must-change."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sources.kit.ldap_reading import dn_key
from sources.kit.twin.ldap import READER_PASSWORD, WRITER_PASSWORD, LdapTwin
from sources.kit.twin.ldap_tree import LdapError, Row, TreeEntry, Value
from sources.ports.call import utc_now

BASE: Final = "dc=lab,dc=example"
READER: Final = f"cn=reader,ou=services,{BASE}"
WRITER: Final = f"cn=admin,{BASE}"
FIRST_PASSWORD: Final = "First-Pass1"
"""The password of every account that has not been given another."""
FOR_GOOD: Final = "000001010000Z"
LOCKOUT_AFTER: Final = 5
PASSWORD_DAYS: Final = 90
SYSTEM_OWNED: Final = frozenset(
    {"entryuuid", "createtimestamp", "pwdchangedtime", "pwdfailuretime", "pwdlastsuccess", "memberof"}
)
"""Attributes (in lower case) that a real server sets itself, so that a seed cannot bring them along."""


def generalized(moment: datetime) -> str:
    """A moment in Generalized Time."""
    return moment.strftime("%Y%m%d%H%M%SZ")


class OpenLdapTwin(LdapTwin):
    """One directory. Seed: entries with their attributes, operational ones included, containers first."""

    links: Mapping[str, str] = {"memberOf": "member"}

    def __init__(self, seed: Iterable[Row]) -> None:
        super().__init__(seed)
        self.passwords: dict[str, str] = {}

    def settings(self) -> Mapping[str, str]:
        return {
            "url": self.url,
            "base": BASE,
            "domain": "LAB",
            "user": READER,
            "password": READER_PASSWORD,
            "write_user": WRITER,
            "write_password": WRITER_PASSWORD,
            "admin_ou": "admins",
            "service_ou": "services",
            "expiry_days": str(PASSWORD_DAYS),
            "privileged_groups": "lab-root; lab-admins",
        }

    def sign_in(self, user: str, password: str) -> str:
        for name, known in ((READER, READER_PASSWORD), (WRITER, WRITER_PASSWORD)):
            if dn_key(user) == dn_key(name) and password == known:
                return name
        entry = self.tree.entries.get(dn_key(user))
        # without ppolicy_use_lockout the server tells all who may not enter the same
        if entry is None or "uid" not in entry.attributes or "pwdaccountlockedtime" in entry.attributes:
            raise LdapError(49, "Invalid credentials")
        if password != self.passwords.get(entry.key, FIRST_PASSWORD):
            failures = [*entry.values("pwdfailuretime"), generalized(utc_now())]
            entry.set("pwdfailuretime", failures)
            if len(failures) >= LOCKOUT_AFTER:
                entry.set("pwdaccountlockedtime", [generalized(utc_now())])
            raise LdapError(49, "Invalid credentials")
        entry.set("pwdfailuretime", [])
        entry.set("pwdlastsuccess", [generalized(utc_now())])
        return user

    def may_write(self, account: str) -> bool:
        return account == WRITER

    def computed(self, entry: TreeEntry, attribute: str) -> list[Value] | None:
        return [] if attribute == "userpassword" else None

    def set_password(self, entry: TreeEntry, password: str) -> None:
        if len(password) < 8:
            raise LdapError(19, "Password fails quality checking policy")
        self.passwords[entry.key] = password
        entry.set("pwdchangedtime", [generalized(utc_now())])
        entry.set("pwdfailuretime", [])
        entry.set("pwdaccountlockedtime", [])
        # pwdMustChange of the policy: a password set by somebody else is to be changed
        entry.set("pwdreset", ["TRUE"])

    def change(self, entry: TreeEntry, kind: str, attribute: str, values: list[Value]) -> None:
        if attribute == "member" and kind != "replace":
            present = {dn_key(str(value)) for value in entry.attributes.get("member", [])}
            given = {dn_key(str(value)) for value in values}
            if kind == "delete" and present <= given:
                raise LdapError(65, "object class 'groupOfNames' requires attribute 'member'")
        super().change(entry, kind, attribute, values)
        if attribute == "pwdaccountlockedtime" and attribute not in entry.attributes:
            entry.set("pwdfailuretime", [])
