"""A domain controller's stand-in: sign-in with its sub-codes, lockout, password rules, what its writes set off."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sources.kit.ldap_filter import literal
from sources.kit.ldap_reading import dn_key
from sources.kit.twin.ldap import READER_PASSWORD, WRITER_PASSWORD, LdapTwin
from sources.kit.twin.ldap_tree import LdapError, Row, TreeEntry, Value
from sources.ports.call import utc_now

BASE: Final = "DC=corp,DC=example"
READER: Final = "okno.reader@corp.example"
WRITER: Final = "okno.writer@corp.example"
FIRST_PASSWORD: Final = "First-Pass1!"
"""The password of every account that has not been given another."""
NEVER: Final = 0x7FFF_FFFF_FFFF_FFFF
MAX_AGE: Final = timedelta(days=90)
LOCKOUT_AFTER: Final = 5
DISABLED, DONT_EXPIRE = 0x2, 0x10000
SYSTEM_OWNED: Final = frozenset(
    {"objectguid", "whencreated", "samaccounttype", "lockouttime", "badpwdcount", "lastlogontimestamp", "pwdlastset",
     "msds-userpasswordexpirytimecomputed"}
)  # fmt: skip
"""Attributes (in lower case) that a real domain sets itself, so that a seed cannot bring them along."""
_GUID: Final = re.compile(r"<GUID=([0-9a-fA-F-]{36})>")
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)


def ticks(moment: datetime) -> int:
    """A moment as FILETIME."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 10


class ActiveDirectoryTwin(LdapTwin):
    """One domain. Seed: entries with their attributes in AD's own forms, containers first."""

    links: Mapping[str, str] = {"memberOf": "member", "managedObjects": "managedBy"}

    def __init__(self, seed: Iterable[Row]) -> None:
        super().__init__(seed)
        self.passwords: dict[str, str] = {}

    def settings(self) -> Mapping[str, str]:
        return {
            "url": self.url,
            "base": BASE,
            "domain": "CORP",
            "user": READER,
            "password": READER_PASSWORD,
            "write_user": WRITER,
            "write_password": WRITER_PASSWORD,
            "admin_ou": "Admins",
            "service_ou": "Services",
            "privileged_groups": "VPN-Admins; PKI-Operators",
        }

    def sign_in(self, user: str, password: str) -> str:
        for name, known in ((READER, READER_PASSWORD), (WRITER, WRITER_PASSWORD)):
            if user == name:
                if password != known:
                    raise _refused("52e")
                return name
        entry = self._account(user)
        if entry is None:
            raise _refused("525")
        if int(entry.first("lockouttime", "0")):
            raise _refused("775")
        if password != self.passwords.get(entry.key, FIRST_PASSWORD):
            self._wrong(entry)
            raise _refused("52e")
        if int(entry.first("useraccountcontrol", "0")) & DISABLED:
            raise _refused("533")
        if 0 < int(entry.first("accountexpires", "0")) < ticks(utc_now()):
            raise _refused("701")
        if entry.first("pwdlastset", "0") == "0":
            raise _refused("773")
        if 0 < self._password_expires(entry) < ticks(utc_now()):
            raise _refused("532")
        entry.set("badpwdcount", ["0"])
        entry.set("lastlogontimestamp", [str(ticks(utc_now()))])
        return user

    def may_write(self, account: str) -> bool:
        return account == WRITER

    def computed(self, entry: TreeEntry, attribute: str) -> list[Value] | None:
        if attribute == "unicodepwd":
            return []
        if "useraccountcontrol" not in entry.attributes:
            return None
        if attribute == "msds-user-account-control-computed":
            return [str(0x10 if int(entry.first("lockouttime", "0")) else 0)]
        if attribute == "msds-userpasswordexpirytimecomputed":
            return [str(self._password_expires(entry))]
        return None

    def change(self, entry: TreeEntry, kind: str, attribute: str, values: list[Value]) -> None:
        if attribute == "unicodepwd":
            self._set_password(entry, values)
        elif attribute == "lockouttime":
            if values != ["0"]:
                raise LdapError(53, "00000057: lockoutTime can only be set to zero")
            super().change(entry, kind, attribute, values)
            entry.set("badpwdcount", ["0"])
        elif attribute == "pwdlastset":
            if values not in (["0"], ["-1"]):
                raise LdapError(53, "00000057: pwdLastSet can only be set to 0 or -1")
            entry.set(attribute, ["0"] if values == ["0"] else [str(ticks(utc_now()))])
        elif attribute == "member":
            self._change_members(entry, kind, values)
        else:
            super().change(entry, kind, attribute, values)

    def _search(self, request: dict[str, Any]) -> dict[str, object]:
        return super()._search({**request, "filter": _GUID.sub(self._dn_of, request["filter"])})

    def _dn_of(self, match: re.Match[str]) -> str:
        wanted = UUID(match[1]).bytes_le
        found = (each.dn for each in self.tree.entries.values() if each.attributes.get("objectguid") == [wanted])
        return literal(next(found, match[0]))

    def _account(self, user: str) -> TreeEntry | None:
        login = user.rsplit("\\", 1)[-1].split("@", 1)[0].casefold()
        for entry in self.tree.entries.values():
            if "useraccountcontrol" in entry.attributes and (
                entry.key == dn_key(user) or entry.first("samaccountname").casefold() == login
            ):
                return entry
        return None

    def _wrong(self, entry: TreeEntry) -> None:
        count = int(entry.first("badpwdcount", "0")) + 1
        entry.set("badpwdcount", [str(count)])
        if count >= LOCKOUT_AFTER:
            entry.set("lockouttime", [str(ticks(utc_now()))])

    def _password_expires(self, entry: TreeEntry) -> int:
        if int(entry.first("useraccountcontrol", "0")) & DONT_EXPIRE:
            return NEVER
        stored = entry.attributes.get("msds-userpasswordexpirytimecomputed")
        set_at = int(entry.first("pwdlastset", "0"))
        if stored:
            return int(str(stored[0]))
        return set_at + int(MAX_AGE.total_seconds()) * 10_000_000 if set_at else 0

    def _set_password(self, entry: TreeEntry, values: list[Value]) -> None:
        raw = values[0] if values else b""
        try:
            password = (raw if isinstance(raw, bytes) else raw.encode()).decode("utf-16-le")
        except UnicodeDecodeError:
            password = ""
        if len(password) < 2 or (password[0], password[-1]) != ('"', '"'):
            raise LdapError(53, "0000001F: the password must be in quotes and UTF-16")
        inner = password[1:-1]
        kinds = sum(bool(re.search(kind, inner)) for kind in ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9]"))
        if len(inner) < 7 or kinds < 3:
            raise LdapError(19, "0000052D: the password does not meet the length or complexity requirements")
        self.passwords[entry.key] = inner
        entry.set("pwdlastset", [str(ticks(utc_now()))])
        entry.set("msds-userpasswordexpirytimecomputed", [])

    def _change_members(self, entry: TreeEntry, kind: str, values: list[Value]) -> None:
        present = {dn_key(str(value)) for value in entry.attributes.get("member", [])}
        given = {dn_key(str(value)) for value in values}
        if kind == "add" and present & given:
            raise LdapError(68, "00000562: the account is already a member of the group")
        if kind == "delete" and not given <= present:
            raise LdapError(53, "00000561: the account is not a member of the group")
        for value in values:
            self.tree.get(str(value))
        super().change(entry, kind, "member", values)


def _refused(code: str) -> LdapError:
    return LdapError(49, f"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {code}, v4563")
