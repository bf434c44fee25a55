"""Mailboxes over the mail system's REST administration."""

from collections.abc import Sequence
from typing import ClassVar

from sources.kit.source import Instance, Source
from sources.mail_rest import mapping
from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import EmployeeRef
from sources.ports.mail import Mailbox
from sources.ports.question import Need


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

    def _address(self, key: EmployeeRef) -> str | None:
        """The address to ask for, in lower case."""
        if not key.email:
            return None
        address = key.email.casefold()
        return address if not self._domains or address.rpartition("@")[2] in self._domains else None
