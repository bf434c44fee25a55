"""Accounts and groups of an Active Directory domain over LDAP.

Searches per batch: accounts 1, groups by id 1, members 1; memberships 2, and with `nested` one more for each further
level of groups (a group's name is not in the account, so accounts and groups cannot come in one answer).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final

from sources.active_directory import mapping
from sources.active_directory.writes import DomainWrites
from sources.kit.ldap import LdapTransport
from sources.kit.ldap_filter import any_of, both, either, present
from sources.kit.ldap_reading import dn_key, groups_above, optional_text, reached, text, texts
from sources.kit.ldap_wire import Entry
from sources.kit.reading import BadData, match, match_many
from sources.kit.source import Instance, Source
from sources.ports.accounts import Account
from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.groups import Group, Member, Membership
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need

_PERSONS: Final = mapping.IS_PERSON
_GROUPS: Final = mapping.IS_GROUP


class ActiveDirectory(DomainWrites, Source):
    """A domain. An account belongs to the employee whose number it carries, and without a number to its login's."""

    system: ClassVar[str] = "active_directory"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self._base = self.settings["base"]
        self._words = mapping.Words(
            source=self.name,
            domain=self.settings["domain"],
            admin_ou=self.settings.get("admin_ou", "Admins"),
            service_ou=self.settings.get("service_ou", "Services"),
            privileged=frozenset(
                name.strip().casefold()
                for name in self.settings.get("privileged_groups", "").split(";")
                if name.strip()
            ),
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
        """Accounts by objectGUID: one search."""
        ids = [each for each in map(mapping.guid_of, keys) if each is not None]
        if not ids:
            return [None] * len(keys)
        where = both(_PERSONS, any_of("objectGUID", [each.bytes_le for each in ids]))
        found = await self._ldap.search(self._base, where, mapping.attributes_for(need.fields), call)
        lowered = [str(mapping.guid_of(key) or key) for key in keys]
        return match(self.name, lowered, found, mapping.guid, lambda entry: mapping.account(entry, self._words))

    async def memberships_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Membership, ...]]]:
        """The groups of each one's accounts, by name: two searches, with `nested` one more per further level."""
        found = await self._accounts(keys, ("sAMAccountName", "employeeID", "memberOf"), call)
        owner_of = _owner_among(keys)
        accounts: dict[str, list[Entry]] = defaultdict(list)
        for entry in found:
            owner = owner_of(entry)
            if owner is not None:
                accounts[owner].append(entry)
        direct = [dn for several in accounts.values() for entry in several for dn in texts(entry, "memberOf")]
        managers: dict[str, str] = {}

        async def fetch(names: list[str]) -> Mapping[str, Entry]:
            where = either(any_of("distinguishedName", names), any_of("managedObjects", names))
            entries = await self._ldap.search(self._base, where, mapping.GROUP_ATTRIBUTES, call)
            managers.update(mapping.owners(entries))
            groups = {dn_key(each.dn): each for each in entries if mapping.is_group(each)}
            for name in names:
                if dn_key(name) not in groups and dn_key(name).endswith(dn_key(self._base)):
                    raise BadData(f"memberOf names a group that is not there: {mapping.common_name(name)}")
            return groups

        nested = bool(need.arg("nested", False))
        known = await groups_above(direct, fetch, deep=nested)
        groups = {key: mapping.group(entry, managers, self._words) for key, entry in known.items()}
        return [_memberships(accounts.get(key.employee_id, ()), groups, known, nested=nested) for key in keys]

    async def group_by_id(
        self,
        keys: Sequence[str],
        need: Need,  # noqa: ARG002 - a group is always told whole
        call: CallContext,
    ) -> Sequence[Answer[Group]]:
        """Groups by objectGUID, their managers found along with them: one search."""
        ids = [each for each in map(mapping.guid_of, keys) if each is not None]
        if not ids:
            return [None] * len(keys)
        where = either(
            both(_GROUPS, any_of("objectGUID", [each.bytes_le for each in ids])),
            any_of("managedObjects", [f"<GUID={each}>" for each in ids]),
        )
        found = await self._ldap.search(self._base, where, mapping.GROUP_ATTRIBUTES, call)
        owners = mapping.owners(found)
        lowered = [str(mapping.guid_of(key) or key) for key in keys]
        groups = [entry for entry in found if mapping.is_group(entry)]
        return match(self.name, lowered, groups, mapping.guid, lambda entry: mapping.group(entry, owners, self._words))

    async def members_of(
        self,
        keys: Sequence[str],
        need: Need,  # noqa: ARG002 - a member is a login and a number
        call: CallContext,
    ) -> Sequence[Answer[tuple[Member, ...]]]:
        """The accounts in each group, by login: one search for the groups and those who are in them.

        Read from the members' side: `member` of a large group comes in ranges, and holds DNs instead of logins.
        """
        ids = [each for each in map(mapping.guid_of, keys) if each is not None]
        if not ids:
            return [()] * len(keys)
        where = either(
            both(_GROUPS, any_of("objectGUID", [each.bytes_le for each in ids])),
            both(_PERSONS, any_of("memberOf", [f"<GUID={each}>" for each in ids])),
        )
        asked = ("objectGUID", "groupType", "sAMAccountName", "employeeID", "memberOf")
        found = await self._ldap.search(self._base, where, asked, call)
        members: dict[str, list[Member]] = defaultdict(list)
        for entry in found:
            if not mapping.is_group(entry):
                each = mapping.member(entry)
                for dn in texts(entry, "memberOf"):
                    members[dn_key(dn)].append(each)
        groups = {mapping.guid(entry): dn_key(entry.dn) for entry in found if mapping.is_group(entry)}
        return [
            tuple(sorted(members.get(groups.get(str(mapping.guid_of(key)), ""), ()), key=lambda each: each.login))
            for key in keys
        ]

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Logins of second and administrative accounts, and names of all groups: one search, page after page."""
        where = either(both(_PERSONS, present("employeeID")), _GROUPS)
        asked = ("sAMAccountName", "employeeID", "objectGUID", "groupType", "userAccountControl")
        found = await self._ldap.search(self._base, where, asked, call)
        names: list[Identifier] = []
        for entry in found:
            if mapping.is_group(entry):
                names.append(Identifier("GROUP_NAME", text(entry, "sAMAccountName"), "Group", mapping.guid(entry)))
                continue
            account = mapping.account(entry, self._words)
            if account.kind != "PERSONAL" and account.employee_id:
                names.append(Identifier("ACCOUNT_LOGIN", account.login, "Employee", account.employee_id))
        return names

    async def _accounts(self, keys: Sequence[EmployeeRef], asked: Sequence[str], call: CallContext) -> list[Entry]:
        where = both(
            _PERSONS,
            either(
                any_of("sAMAccountName", [key.login for key in keys]),
                any_of("employeeID", [key.employee_id for key in keys]),
            ),
        )
        return await self._ldap.search(self._base, where, asked, call)


def _owner_among(keys: Sequence[EmployeeRef]) -> Callable[[Entry], str | None]:
    """Whose account an entry is, of the employees asked for: by number, without a number by login."""
    logins = {key.login.casefold(): key.employee_id for key in keys}

    def owner(entry: Entry) -> str | None:
        login = text(entry, "sAMAccountName")
        return optional_text(entry, "employeeID") or logins.get(login.casefold())

    return owner


def _memberships(
    accounts: Sequence[Entry], groups: Mapping[str, Group], known: Mapping[str, Entry], *, nested: bool
) -> Answer[tuple[Membership, ...]]:
    found: list[Membership] = []
    for entry in accounts:
        login = text(entry, "sAMAccountName")
        direct = {dn_key(dn) for dn in texts(entry, "memberOf")}
        keys = reached(direct, known) if nested else direct & set(known)
        found.extend(Membership(groups[key], login, key in direct) for key in keys)
    return tuple(sorted(found, key=lambda each: (each.group.name, each.login)))
