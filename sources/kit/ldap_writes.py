"""Writes that every directory takes alike: an attribute set, a member added or removed. What is sent is one change."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from sources.kit.ldap import LdapRefused, LdapTransport
from sources.kit.ldap_wire import Change, Entry
from sources.ports.call import CallContext
from sources.ports.errors import SourceError
from sources.ports.write import TAKEN, Written


class LdapWrites(ABC):
    """A part of a connector. The other part says how entries are found."""

    name: str
    _ldap: LdapTransport
    _base: str

    @abstractmethod
    async def _account(self, account_id: str, call: CallContext) -> Entry:
        """The account of that id, with what its writes must know. Raises: SourceError where there is none."""

    @abstractmethod
    async def _pair(self, group_id: str, login: str, call: CallContext) -> tuple[Entry, Entry]:
        """A group and an account. Raises: SourceError where one is missing."""

    async def add_to_group(self, group_id: str, login: str, call: CallContext) -> Written:
        """Make the account of that login a direct member."""
        group, account = await self._pair(group_id, login, call)
        return await self._membership(group, account, call, "add_to_group", member=True)

    async def remove_from_group(self, group_id: str, login: str, call: CallContext) -> Written:
        """Make the account of that login a direct member no longer."""
        group, account = await self._pair(group_id, login, call)
        return await self._membership(group, account, call, "remove_from_group", member=False)

    async def _set(self, account: Entry, attribute: str, value: str, call: CallContext, write: str) -> Written:
        await self._ldap.modify(account.dn, [Change("replace", attribute, (value.encode(),))], call, write=write)
        return TAKEN

    async def _membership(
        self, group: Entry, account: Entry, call: CallContext, write: str, *, member: bool
    ) -> Written:
        change = Change("add" if member else "delete", "member", (account.dn.encode(),))
        try:
            await self._ldap.modify(group.dn, [change], call, write=write)
        except LdapRefused:
            # servers say "already so" by several codes, some of which mean other things besides
            if await self._ldap.compare(group.dn, "member", account.dn, call) is not member:
                raise
        return TAKEN

    def _only(self, found: Sequence[Entry], what: str) -> Entry:
        if len(found) != 1:
            raise SourceError("SOURCE_REJECTED", self.name, f"{len(found)} entries instead of one {what}")
        return found[0]
