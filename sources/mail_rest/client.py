"""Mailboxes over the mail system's REST administration."""

from collections.abc import Sequence
from typing import ClassVar, Final
from urllib.parse import quote

from sources.kit.reading import BadData
from sources.kit.source import Instance, Source
from sources.mail_rest import mapping
from sources.ports.call import CallContext
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import EmployeeRef
from sources.ports.mail import Mailbox, OutOfOffice
from sources.ports.question import Need
from sources.ports.write import TAKEN, Written

_DONE: Final = (200, 201, 204)


class MailAdministration(Source):
    """Mailboxes by e-mail address: one GET per batch."""

    system: ClassVar[str] = "mail_rest"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self.api = self.http(self.settings["url"], headers={"X-Api-Key": self.settings["api_key"]})
        served = (each.strip().casefold() for each in self.settings.get("domains", "").split(","))
        self._domains = frozenset(each for each in served if each)

    async def close(self) -> None:
        """Close all connections."""
        await self.api.close()

    async def mailbox_of(self, keys: Sequence[EmployeeRef], need: Need, call: CallContext) -> Sequence[Answer[Mailbox]]:
        """Mailboxes by address; who has none, or one elsewhere, is not asked for. Source: `GET /v1/mailboxes`."""
        addresses = [self._address(key) for key in keys]
        wanted = list(dict.fromkeys(each for each in addresses if each is not None))
        if not wanted:
            return [None] * len(keys)
        answer = await self.api.request("GET", "/v1/mailboxes", call, params=mapping.query(wanted, need))
        found = dict(zip(wanted, mapping.mailboxes(self.name, wanted, answer.body), strict=True))
        return [found[each] if each is not None else None for each in addresses]

    async def set_out_of_office(self, holder: EmployeeRef, reply: OutOfOffice, call: CallContext) -> Written:
        """Set or clear the reply of the mailbox as it was just read; refused where it has changed in between."""
        path = self._path(holder)
        tag = (await self.api.request("GET", path, call)).headers.get("ETag")
        if not tag:
            raise BadData("ETag: missing from a mailbox")
        await self.api.request(
            "PUT",
            f"{path}/out-of-office",
            call,
            json=mapping.written_reply(reply),
            headers={"If-Match": tag},
            write="set_out_of_office",
            accept=_DONE,
        )
        return TAKEN

    async def add_alias(self, holder: EmployeeRef, alias: str, call: CallContext) -> Written:
        """Give the mailbox one more address; one that another mailbox has is refused."""
        path = f"{self._path(holder)}/aliases/{self._alias(alias)}"
        await self.api.request("PUT", path, call, write="add_alias", accept=_DONE)
        return TAKEN

    async def remove_alias(self, holder: EmployeeRef, alias: str, call: CallContext) -> Written:
        """Take an address from the mailbox; one that it does not have is no trouble."""
        path = f"{self._path(holder)}/aliases/{self._alias(alias)}"
        await self.api.request("DELETE", path, call, write="remove_alias", accept=_DONE)
        return TAKEN

    def _path(self, holder: EmployeeRef) -> str:
        """Where the mailbox is. Raises: SourceError for who has none here."""
        address = self._address(holder)
        if address is None or not mapping.is_address(address):
            raise SourceError("SOURCE_REJECTED", self.name, "the holder has no mailbox here")
        return f"/v1/mailboxes/{quote(address, safe='')}"

    def _alias(self, alias: str) -> str:
        if not mapping.is_address(alias):
            raise SourceError("SOURCE_REJECTED", self.name, "the alias is no address")
        return quote(alias, safe="")

    def _address(self, key: EmployeeRef) -> str | None:
        """The address to ask for, in lower case."""
        if not key.email:
            return None
        address = key.email.casefold()
        return address if not self._domains or address.rpartition("@")[2] in self._domains else None
