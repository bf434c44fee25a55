"""What may be changed of a directory's accounts and groups. Source: RFC 3062, draft-behera-ldap-password-policy."""

from typing import Final

from sources.kit.ldap_filter import any_of, both, either
from sources.kit.ldap_reading import optional_text
from sources.kit.ldap_wire import Change, Entry
from sources.kit.ldap_writes import LdapWrites
from sources.openldap import mapping
from sources.ports.call import CallContext
from sources.ports.errors import SourceError
from sources.ports.write import TAKEN, Secret, Written

_LOCK: Final = "pwdAccountLockedTime"


class DirectoryWrites(LdapWrites):
    """The writes of the connector. The last member of all cannot leave a group: the server refuses it."""

    async def unlock(self, account_id: str, call: CallContext) -> Written:
        """Let an account in again that wrong passwords have locked; one that is disabled for good stays so."""
        account = await self._account(account_id, call)
        locked = optional_text(account, _LOCK)
        if locked == mapping.FOR_GOOD:
            raise SourceError("SOURCE_REJECTED", self.name, "disabled for good, not locked by wrong passwords")
        return await self._lift(account, locked, call, "unlock")

    async def reset_password(self, account_id: str, password: Secret, call: CallContext) -> Written:
        """Give an account another password. The server lifts a lock with it, so a disabled account gets none."""
        account = await self._account(account_id, call)
        if optional_text(account, _LOCK) == mapping.FOR_GOOD:
            raise SourceError("SOURCE_REJECTED", self.name, "disabled for good: a new password would let it in")
        await self._ldap.modify_password(account.dn, password.text, call, write="reset_password")
        return TAKEN

    async def require_change(self, account_id: str, call: CallContext) -> Written:
        """Let the password be changed at the next sign-in."""
        return await self._set(await self._account(account_id, call), "pwdReset", "TRUE", call, "require_change")

    async def disable(self, account_id: str, call: CallContext) -> Written:
        """Keep an account out until it is enabled again."""
        return await self._set(await self._account(account_id, call), _LOCK, mapping.FOR_GOOD, call, "disable")

    async def enable(self, account_id: str, call: CallContext) -> Written:
        """Let a disabled account in again; a lock by wrong passwords is left to `unlock`."""
        account = await self._account(account_id, call)
        locked = optional_text(account, _LOCK)
        return await self._lift(account, locked if locked == mapping.FOR_GOOD else None, call, "enable")

    async def _lift(self, account: Entry, locked: str | None, call: CallContext, write: str) -> Written:
        """Delete that very value of the lock: another one that came meanwhile was set by somebody for a reason."""
        if locked is None:
            return TAKEN
        await self._ldap.modify(account.dn, [Change("delete", _LOCK, (locked.encode(),))], call, write=write)
        return TAKEN

    async def _account(self, account_id: str, call: CallContext) -> Entry:
        where = both(mapping.IS_PERSON, any_of("entryUUID", [account_id.lower()]))
        return self._only(await self._ldap.search(self._base, where, mapping.ALWAYS, call), "account")

    async def _pair(self, group_id: str, login: str, call: CallContext) -> tuple[Entry, Entry]:
        """A group and an account, found together: one search."""
        where = either(
            both(mapping.IS_GROUP, any_of("entryUUID", [group_id.lower()])),
            both(mapping.IS_PERSON, any_of("uid", [login])),
        )
        entries = await self._ldap.search(self._base, where, ("objectClass", "entryUUID"), call)
        groups = [each for each in entries if mapping.is_group(each)]
        accounts = [each for each in entries if not mapping.is_group(each)]
        return self._only(groups, "group"), self._only(accounts, "account")
