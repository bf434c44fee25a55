"""What may be changed of a domain's accounts and groups. Source: MS-ADTS 3.1.1.5.3 (modify), MS-SAMR 2.2.1.12."""

from sources.active_directory import mapping
from sources.kit.ldap_filter import any_of, both, either, equals
from sources.kit.ldap_reading import required_whole
from sources.kit.ldap_wire import Change, Entry
from sources.kit.ldap_writes import LdapWrites
from sources.ports.call import CallContext
from sources.ports.write import TAKEN, Secret, Written


class DomainWrites(LdapWrites):
    """The writes of the connector."""

    async def unlock(self, account_id: str, call: CallContext) -> Written:
        """Let an account in again that wrong passwords have locked."""
        return await self._set(await self._account(account_id, call), "lockoutTime", "0", call, "unlock")

    async def reset_password(self, account_id: str, password: Secret, call: CallContext) -> Written:
        """Give an account another password. Source: MS-ADTS 3.1.1.3.1.5."""
        account = await self._account(account_id, call)
        quoted = f'"{password.text}"'.encode("utf-16-le")
        changes = [Change("replace", "unicodePwd", (quoted,))]
        await self._ldap.modify(account.dn, changes, call, write="reset_password", hidden=(password.text,))
        return TAKEN

    async def require_change(self, account_id: str, call: CallContext) -> Written:
        """Let the password be changed at the next sign-in."""
        return await self._set(await self._account(account_id, call), "pwdLastSet", "0", call, "require_change")

    async def disable(self, account_id: str, call: CallContext) -> Written:
        """Keep an account out until it is enabled again."""
        account = await self._account(account_id, call)
        control = required_whole(account, "userAccountControl") | mapping.DISABLED
        return await self._set(account, "userAccountControl", str(control), call, "disable")

    async def enable(self, account_id: str, call: CallContext) -> Written:
        """Let a disabled account in again."""
        account = await self._account(account_id, call)
        control = required_whole(account, "userAccountControl") & ~mapping.DISABLED
        return await self._set(account, "userAccountControl", str(control), call, "enable")

    async def _account(self, account_id: str, call: CallContext) -> Entry:
        found = mapping.guid_of(account_id)
        where = both(mapping.IS_PERSON, equals("objectGUID", found.bytes_le)) if found else None
        entries = await self._ldap.search(self._base, where, mapping.ALWAYS, call) if where else []
        return self._only(entries, "account")

    async def _pair(self, group_id: str, login: str, call: CallContext) -> tuple[Entry, Entry]:
        """A group and an account, found together: one search."""
        found = mapping.guid_of(group_id)
        person = both(mapping.IS_PERSON, any_of("sAMAccountName", [login]))
        where = either(both(mapping.IS_GROUP, equals("objectGUID", found.bytes_le)), person) if found else person
        entries = await self._ldap.search(self._base, where, ("objectGUID", "groupType", "sAMAccountName"), call)
        groups = [each for each in entries if mapping.is_group(each)]
        accounts = [each for each in entries if not mapping.is_group(each)]
        return self._only(groups, "group"), self._only(accounts, "account")
