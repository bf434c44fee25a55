"""Accounts and groups of an OpenLDAP directory.

Searches per batch: accounts 1, groups by id 1; members 2 (the groups' DNs, then who is in them); memberships 2, and with
`nested` one more for each further level of groups.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from sources.kit.ldap import LdapTransport
from sources.kit.ldap_filter import any_of, both, either, present
from sources.kit.ldap_reading import dn_key, first_rdn, groups_above, optional_text, reached, text, texts
from sources.kit.ldap_wire import Entry
from sources.kit.reading import BadData, match, match_many
from sources.kit.source import Instance, Source
from sources.openldap import mapping
from sources.openldap.writes import DirectoryWrites
from sources.ports.accounts import Account
from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.groups import Group, Member, Membership
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need

_PERSONS: Final = mapping.IS_PERSON
_GROUPS: Final = mapping.IS_GROUP


class OpenLdap(DirectoryWrites, Source):
    """A directory. An account belongs to the employee whose number it carries, and without a number to its login's."""

    system: ClassVar[str] = "openldap"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self._base = self.settings["base"]
        self._words = mapping.Words(
            source=self.name,
            domain=self.settings["domain"],
            admin_ou=self.settings.get("admin_ou", "admins"),
            service_ou=self.settings.get("service_ou", "services"),
            privileged=frozenset(
                name.strip().casefold()
                for name in self.settings.get("privileged_groups", "").split(";")
                if name.strip()
            ),
            password_days=int(self.settings.get("expiry_days", "0")),
        )
        self._ldap = LdapTransport(
            self.name,
            self.settings["url"],
            self.rules,
            user=self.settings["user"],
            password=self.settings["password"],
            write_user=self.settings.get("write_user"),
            write_password=self.settings.get("write_password"),
            ca=self.settings.get("ca"),
            timeout=self.manifest.timeout,
            max_answer=self.manifest.max_answer,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._ldap.close()

    async def accounts_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Account, ...]]]:
        """All accounts of each, the personal one first: one search."""
        found = await self._accounts(keys, mapping.attributes_for(need.fields), call)
        answers = match_many(
            self.name,
            [key.employee_id for key in keys],
            found,
            _owner_among(keys),
            lambda entry: mapping.account(entry, self._words),
        )
        return [mapping.personal_first(each) if isinstance(each, tuple) else each for each in answers]

    async def account_by_id(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Account]]:
        """Accounts by entryUUID: one search."""
        lowered = [key.lower() for key in keys]
        where = both(_PERSONS, any_of("entryUUID", lowered))
        found = await self._ldap.search(self._base, where, mapping.attributes_for(need.fields), call)
        return match(self.name, lowered, found, mapping.entry_uuid, lambda entry: mapping.account(entry, self._words))

    async def memberships_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Membership, ...]]]:
        """The groups of each one's accounts, by name: two searches, with `nested` one more per further level."""
        found = await self._accounts(keys, ("uid", "employeeNumber", "memberOf"), call)
        owner_of = _owner_among(keys)
        accounts: dict[str, list[Entry]] = defaultdict(list)
        for entry in found:
            owner = owner_of(entry)
            if owner is not None:
                accounts[owner].append(entry)
        direct = [dn for several in accounts.values() for entry in several for dn in texts(entry, "memberOf")]

        async def fetch(names: list[str]) -> Mapping[str, Entry]:
            where = both(_GROUPS, any_of("entryDN", names))
            entries = await self._ldap.search(self._base, where, mapping.GROUP_ATTRIBUTES, call)
            groups = {dn_key(each.dn): each for each in entries}
            for name in names:
                if dn_key(name) not in groups and dn_key(name).endswith(dn_key(self._base)):
                    raise BadData(f"memberOf names a group that is not there: {first_rdn(name)[1]}")
            return groups

        nested = bool(need.arg("nested", False))
        known = await groups_above(direct, fetch, deep=nested)
        groups = {key: mapping.group(entry, self._words) for key, entry in known.items()}
        return [_memberships(accounts.get(key.employee_id, ()), groups, known, nested=nested) for key in keys]

    async def group_by_id(
        self,
        keys: Sequence[str],
        need: Need,  # noqa: ARG002 - a group is always told whole
        call: CallContext,
    ) -> Sequence[Answer[Group]]:
        """Groups by entryUUID: one search."""
        found = await self._groups(keys, mapping.GROUP_ATTRIBUTES, call)
        lowered = [key.lower() for key in keys]
        return match(self.name, lowered, found, mapping.entry_uuid, lambda entry: mapping.group(entry, self._words))

    async def members_of(
        self,
        keys: Sequence[str],
        need: Need,  # noqa: ARG002 - a member is a login and a number
        call: CallContext,
    ) -> Sequence[Answer[tuple[Member, ...]]]:
        """The accounts in each group, by login: two searches, for members are told by DN and not by login."""
        found = await self._groups(keys, ("entryUUID",), call)
        if not found:
            return [()] * len(keys)
        where = both(_PERSONS, any_of("memberOf", [each.dn for each in found]))
        accounts = await self._ldap.search(self._base, where, ("uid", "employeeNumber", "memberOf"), call)
        members: dict[str, list[Member]] = defaultdict(list)
        for entry in accounts:
            each = mapping.member(entry)
            for dn in texts(entry, "memberOf"):
                members[dn_key(dn)].append(each)
        groups = {mapping.entry_uuid(entry): dn_key(entry.dn) for entry in found}
        return [
            tuple(sorted(members.get(groups.get(key.lower(), ""), ()), key=lambda each: each.login)) for key in keys
        ]

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Logins of second and administrative accounts, and names of all groups: one search, page after page."""
        where = either(both(_PERSONS, present("employeeNumber")), _GROUPS)
        asked = ("objectClass", "cn", *mapping.ALWAYS)
        found = await self._ldap.search(self._base, where, asked, call)
        names: list[Identifier] = []
        for entry in found:
            if mapping.is_group(entry):
                names.append(Identifier("GROUP_NAME", text(entry, "cn"), "Group", mapping.entry_uuid(entry)))
                continue
            account = mapping.account(entry, self._words)
            if account.kind != "PERSONAL" and account.employee_id:
                names.append(Identifier("ACCOUNT_LOGIN", account.login, "Employee", account.employee_id))
        return names

    async def _accounts(self, keys: Sequence[EmployeeRef], asked: Sequence[str], call: CallContext) -> list[Entry]:
        where = both(
            _PERSONS,
            either(
                any_of("uid", [key.login for key in keys]),
                any_of("employeeNumber", [key.employee_id for key in keys]),
            ),
        )
        return await self._ldap.search(self._base, where, asked, call)

    async def _groups(self, keys: Sequence[str], asked: Sequence[str], call: CallContext) -> list[Entry]:
        where = both(_GROUPS, any_of("entryUUID", [key.lower() for key in keys]))
        return await self._ldap.search(self._base, where, asked, call)


def _owner_among(keys: Sequence[EmployeeRef]) -> Callable[[Entry], str | None]:
    """Whose account an entry is, of the employees asked for: by number, without a number by login."""
    logins = {key.login.casefold(): key.employee_id for key in keys}

    def owner(entry: Entry) -> str | None:
        login = text(entry, "uid")
        return optional_text(entry, "employeeNumber") or logins.get(login.casefold())

    return owner


def _memberships(
    accounts: Sequence[Entry], groups: Mapping[str, Group], known: Mapping[str, Entry], *, nested: bool
) -> Answer[tuple[Membership, ...]]:
    found: list[Membership] = []
    for entry in accounts:
        login = text(entry, "uid")
        direct = {dn_key(dn) for dn in texts(entry, "memberOf")}
        keys = reached(direct, known) if nested else direct & set(known)
        found.extend(Membership(groups[key], login, key in direct) for key in keys)
    return tuple(sorted(found, key=lambda each: (each.group.name, each.login)))
