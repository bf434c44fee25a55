"""Device management over REST."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final
from urllib.parse import quote

from sources.device_management import mapping
from sources.kit.oauth import OAuthTransport
from sources.kit.reading import text
from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.device_management import Management
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import DeviceRef
from sources.ports.question import Need
from sources.ports.write import Secret, Written

_ACCEPTED: Final = (200, 201, 202)
_PAUSE: Final = 0.15
"""Seconds between two looks at a command; a device that is in touch obeys within one."""
_UNHEARD: Final = frozenset({"SOURCE_UNAVAILABLE", "SOURCE_TIMEOUT"})


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

    async def lock(self, device: DeviceRef, call: CallContext) -> Written:
        """Have a device locked. Returns when the service has accepted the command."""
        return Written(key=(await self._command(device, "LOCK", call, "lock"))[1])

    async def wipe(self, device: DeviceRef, call: CallContext) -> Written:
        """Have a device erased. Returns when the service has accepted the command."""
        return Written(key=(await self._command(device, "WIPE", call, "wipe"))[1])

    async def recovery_key(self, device: DeviceRef, call: CallContext) -> Written:
        """Give out the key of the disk, waiting for the command's result as long as there is time.

        Raises: SourceError; SOURCE_TIMEOUT where the device has not obeyed yet and still may, so the key of that moment is
        lost to everybody.
        """
        path, command = await self._command(device, "RECOVERY_KEY", call, "recovery_key")
        return Written(command, await self._awaited_key(f"{path}/{quote(command, safe='')}", call))

    async def _command(self, device: DeviceRef, kind: str, call: CallContext, write: str) -> tuple[str, str]:
        """Send a command. Shape: path of the device's commands, id of this one. Raises: SourceError for no such device."""
        found = await self._id_of(device, call)
        if found is None:
            raise SourceError("SOURCE_REJECTED", self.name, "the device is not managed here")
        path = f"/api/v2/devices/{quote(found, safe='')}/commands"
        answer = await self.api.request("POST", path, call, json={"command": kind}, write=write, accept=_ACCEPTED)
        return path, text(answer.body, "commandId")

    async def _id_of(self, device: DeviceRef, call: CallContext) -> str | None:
        if not device.serial_number:
            return None
        wanted = {"serialNumbers": [device.serial_number], "fields": ["id", "serialNumber"]}
        answer = await self.api.request("POST", "/api/v2/devices/query", call, json=wanted)
        return mapping.device_id(device.serial_number, answer.body)

    async def _awaited_key(self, path: str, call: CallContext) -> Secret:
        """The key, once the command is done. A look that fails is repeated: the key is told only here."""
        while call.remaining() > _PAUSE:
            await asyncio.sleep(_PAUSE)
            try:
                found = mapping.recovery_key_of((await self.api.request("GET", path, call)).body)
            except mapping.CommandFailed:
                raise SourceError("SOURCE_REJECTED", self.name, "the device did not obey") from None
            except SourceError as problem:
                if problem.code not in _UNHEARD:
                    # whether the key was given out is open: a refusal to tell is none to do
                    raise SourceError("BAD_SOURCE_DATA", self.name, f"no progress told: {problem.detail}") from None
                continue
            if found is not None:
                return found
        raise SourceError("SOURCE_TIMEOUT", self.name, "the command is still under way")
