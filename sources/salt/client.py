"""Software, jobs and licences over salt-api."""

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from sources.kit.source import Instance, Source
from sources.ports.call import CallContext
from sources.ports.errors import Answer, SourceError
from sources.ports.keys import DeviceRef, EmployeeRef
from sources.ports.question import Need
from sources.ports.software import InstalledSoftware, Licence, SoftwareJob
from sources.ports.write import TAKEN, Written
from sources.salt import mapping
from sources.salt.session import Session

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?")
_WAIT: Final = 1
"""Seconds that Salt waits for computers that are off; must stay well below the timeout of the source."""
_DETAILS: Final = {"__kwarg__": True, "attr": "version,vendor,install_date_time_t"}


class Salt(Source):
    """One command for up to fifty computers or employees.

    Programs come from Salt's own execution modules. Jobs and licences come from two runners of the site, named in the
    manifest: Salt's `jobs.list_jobs` tells which jobs there were, but not how they ended, and it knows no licences.
    """

    system: ClassVar[str] = "salt"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        settings = self.settings
        self._http = self.http(settings["url"])
        self._session = Session(self._http, settings["user"], settings["password"], settings.get("eauth") or "pam")
        self._suffix = settings.get("suffix", "").casefold()

    async def start(self, call: CallContext) -> None:
        """Sign in before the first question."""
        await self._session.sign_in(call)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def installed_on(
        self, keys: Sequence[DeviceRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[InstalledSoftware, ...]]]:
        """Programs on each device: both functions in one job, so a computer answers once."""
        minions = [self._minion(key) for key in keys]
        asked = _distinct(minions)
        if not asked:
            return [()] * len(keys)
        detailed = need.wants("publisher", "installed_at")
        functions = [mapping.LIST, mapping.INFO] if detailed else [mapping.LIST]
        returned = await self._session.run(
            {
                "client": "local",
                "tgt": asked,
                "tgt_type": "list",
                "fun": functions,
                "arg": [[], [_DETAILS]] if detailed else [[]],
                "timeout": _WAIT,
            },
            call,
        )
        # the master says False for who did not answer, and leaves out whom it does not know
        told = {
            minion: mapping.programs_of(returned[minion], self.name, key.hostname or "")
            for key, minion in zip(keys, minions, strict=True)
            if minion is not None and minion in returned
        }
        absent = mapping.absence(list(told.values()))
        return [() if minion is None else told.get(minion, absent) for minion in minions]

    async def jobs_on(
        self, keys: Sequence[DeviceRef], _need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[SoftwareJob, ...]]]:
        """Jobs of each device that installed or removed something, the newest first."""
        minions = [self._minion(key) for key in keys]
        asked = _distinct(minions)
        if not asked:
            return [()] * len(keys)
        answered = await self._session.run({"client": "runner", "fun": "software.jobs", "minions": asked}, call)
        return [
            () if minion is None else mapping.jobs_of(answered, minion, self.name, key.hostname or "")
            for key, minion in zip(keys, minions, strict=True)
        ]

    async def licences_of(
        self, keys: Sequence[EmployeeRef], _need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Licence, ...]]]:
        """Licences of each, by product."""
        logins = [key.login.casefold() or None for key in keys]
        asked = _distinct(logins)
        if not asked:
            return [()] * len(keys)
        answered = await self._session.run({"client": "runner", "fun": "licences.list", "logins": asked}, call)
        found: list[tuple[Licence, ...] | SourceError] = [
            () if login is None else mapping.licences_of(answered, login, self.name) for login in logins
        ]
        return found

    async def install_software(self, device: DeviceRef, product: str, call: CallContext) -> Written:
        """Begin to install a product; the computer need not be on."""
        return await self._begin("pkg.install", device, product, call, "install_software")

    async def remove_software(self, device: DeviceRef, product: str, call: CallContext) -> Written:
        """Begin to remove a product; the computer need not be on."""
        return await self._begin("pkg.remove", device, product, call, "remove_software")

    async def grant_licence(self, holder: EmployeeRef, product: str, call: CallContext) -> Written:
        """Give a seat. Shape: its id in the register is the key of what was made."""
        command = {"client": "runner", "fun": "licences.grant", "login": self._login(holder), "product": product}
        return Written(key=mapping.seat_of(await self._session.run(command, call, write="grant_licence"), self.name))

    async def revoke_licence(self, holder: EmployeeRef, licence_id: str, call: CallContext) -> Written:
        """Take one of the holder's seats back; one that the holder does not have is no trouble."""
        command = {"client": "runner", "fun": "licences.revoke", "login": self._login(holder), "key": licence_id}
        mapping.check_revoked(await self._session.run(command, call, write="revoke_licence"))
        return TAKEN

    async def _begin(self, function: str, device: DeviceRef, product: str, call: CallContext, write: str) -> Written:
        """Publish a job to one computer."""
        minion = self._minion(device)
        if minion is None:
            raise SourceError("SOURCE_REJECTED", self.name, "the device has no host name")
        if not mapping.is_product(product):
            raise SourceError("SOURCE_REJECTED", self.name, "a name that Salt would not take for one product")
        command = {"client": "local_async", "tgt": [minion], "tgt_type": "list", "fun": function, "arg": [product]}
        return Written(key=mapping.job_of(await self._session.run(command, call, write=write), self.name))

    def _login(self, holder: EmployeeRef) -> str:
        if not holder.login:
            raise SourceError("SOURCE_REJECTED", self.name, "the holder has no login")
        return holder.login.casefold()

    def _minion(self, key: DeviceRef) -> str | None:
        """The minion id of a device: host name in lower case and the site's suffix; None where there is no host name."""
        hostname = (key.hostname or "").casefold()
        if not _HOST.fullmatch(hostname):
            return None
        return hostname if self._suffix and hostname.endswith(self._suffix) else hostname + self._suffix


def _distinct(names: Sequence[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name is not None))
