"""Device management over REST."""

from collections.abc import Sequence
from typing import ClassVar

from sources.device_management import mapping
from sources.kit.oauth import OAuthTransport
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.device_management import Management
from sources.ports.errors import Answer
from sources.ports.keys import DeviceRef
from sources.ports.question import Need


class DeviceManagementService(Source):
    """The managed state of devices by serial number: one query per batch."""

    system: ClassVar[str] = "device_management"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self.api = OAuthTransport(
            self.http(self.settings["url"]),
            "/oauth/token",
            self.settings["client_id"],
            self.settings["client_secret"],
            scope=self.settings.get("scope"),
        )

    async def start(self, call: CallContext) -> None:
        """Sign in, so that the first question does not wait for it."""
        await self.api.sign_in(call)

    async def close(self) -> None:
        """Close all connections."""
        await self.api.close()

    async def management_of(
        self, keys: Sequence[DeviceRef], need: Need, call: CallContext
    ) -> Sequence[Answer[Management]]:
        """Devices by serial number; one without is unknown here. Source: `POST /api/v2/devices/query`."""
        serials = list(dict.fromkeys(key.serial_number for key in keys if key.serial_number))
        if not serials:
            return [None] * len(keys)
        wanted = {"serialNumbers": serials, "fields": mapping.fields_for(need)}
        answer = await self.api.request("POST", "/api/v2/devices/query", call, json=wanted)
        found = dict(zip(serials, mapping.management(self.name, serials, answer.body), strict=True))
        return [found[key.serial_number] if key.serial_number else None for key in keys]
