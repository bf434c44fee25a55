"""Certificates by employee over Vault's API, by way of an index that each question keeps fresh."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from sources.kit.manifest import seconds
from sources.kit.reading import BadData
from sources.kit.source import Instance, Source
from sources.kit.vault import NotOffered, VaultTransport
from sources.ports.call import CallContext
from sources.ports.certificates import Certificate
from sources.ports.errors import Answer, SourceError
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need
from sources.ports.write import TAKEN, Secret, Written
from sources.vault_pki import mapping
from sources.vault_pki.index import CertificateIndex, now

_FIRST_BUILD: Final = 600.0
"""Seconds after which the first build is given up; the next question begins anew with what is there."""


class VaultPki(Source):
    """One PKI engine. The first index is built in the background, from the start on; a question then costs two lists
    when the index is older than `refresh`, none otherwise, and a read per certificate that is new or newly revoked.
    """

    system: ClassVar[str] = "vault_pki"

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self._vault = VaultTransport(
            self.http(self.settings["url"]),
            token=self.settings.get("token"),
            role_id=self.settings.get("role_id"),
            secret_id=self.settings.get("secret_id"),
        )
        self._writes = self._writer()
        self._roles = mapping.roles_of(self.settings.get("roles") or mapping.ROLES)
        self._mount = f"/v1/{(self.settings.get('mount') or 'pki').strip('/')}"
        self._refresh_after = seconds(self.settings.get("refresh") or "5s")
        self.index = CertificateIndex()
        self._building: asyncio.Task[None] | None = None
        self._refreshing = asyncio.Lock()
        self._revoked_are_listed = True

    async def start(self, call: CallContext) -> None:
        """Begin the index and wait for it as long as the call allows; it goes on in the background after that."""
        await asyncio.wait({self._begin(call)}, timeout=call.remaining())

    async def close(self) -> None:
        """Stop building and close all connections."""
        if self._building is not None:
            self._building.cancel()
            await asyncio.gather(self._building, return_exceptions=True)
        await self._vault.close()
        await self._writes.close()

    def forget(self) -> None:
        """Make the next question refresh the index: something was written through us."""
        self.index.expire()

    async def certificates_of(
        self,
        keys: Sequence[EmployeeRef],
        need: Need,  # noqa: ARG002 - the index holds whole records
        call: CallContext,
    ) -> Sequence[Answer[tuple[Certificate, ...]]]:
        """Certificates of each, the one that ends last first."""
        since = await self._be_fresh(call)
        asked = (each.serial for key in keys for each in self.index.of(key.login, key.email))
        await self._check_revocations(asked, since, call)
        return [self.index.of(key.login, key.email) for key in keys]

    async def certificate_by_serial(
        self,
        keys: Sequence[str],
        need: Need,  # noqa: ARG002 - the index holds whole records
        call: CallContext,
    ) -> Sequence[Answer[Certificate]]:
        """Certificates by serial, with colons, hyphens or none."""
        since = await self._be_fresh(call)
        asked = (serial for serial in map(mapping.serial_of, keys) if serial and self.index.by_serial(serial))
        await self._check_revocations(asked, since, call)
        return [self._known(key) for key in keys]

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Serials of all certificates."""
        await self._be_fresh(call)
        return [mapping.identifier_of(each) for each in self.index.certificates()]

    async def issue_certificate(self, owner: EmployeeRef, purpose: str, days: int, call: CallContext) -> Written:
        """Issue a certificate by the role of that purpose."""
        role = self._roles.get(purpose)
        if role is None or days < 1:
            raise SourceError("SOURCE_REJECTED", self.name, f"no role issues {purpose!r} for {days} days")
        order = mapping.order_of(owner, days)
        made = await self._writes.write(f"{self._mount}/issue/{role}", order, call, write="issue_certificate")
        serial, pem = mapping.issued(made)
        return Written(key=serial, secret=Secret(pem))

    async def revoke_certificate(self, serial: str, call: CallContext) -> Written:
        """Make a certificate worthless for good; one that is revoked already stays as it is."""
        known = mapping.serial_of(serial)
        if known is None:
            raise SourceError("SOURCE_REJECTED", self.name, "not a serial")
        sent = {"serial_number": known}
        await self._writes.write(f"{self._mount}/revoke", sent, call, write="revoke_certificate")
        return TAKEN

    def _writer(self) -> VaultTransport:
        """The road of writes: with a token or role of its own where the installation gives one."""
        token, role = self.settings.get("write_token"), self.settings.get("write_role_id")
        if not token and not role:
            return self._vault
        http = self.http(self.settings["url"])
        secret = None if token else self.settings.get("write_secret_id")
        return VaultTransport(http, token=token, role_id=None if token else role, secret_id=secret)

    def _known(self, key: str) -> Answer[Certificate]:
        serial = mapping.serial_of(key)
        if serial is None:
            return None
        if serial in self.index.unreadable:
            return SourceError("BAD_SOURCE_DATA", self.name, self.index.unreadable[serial])
        return self.index.by_serial(serial)

    async def _be_fresh(self, call: CallContext) -> float:
        """Have an index young enough, within the patience of whoever asks.

        Units: returns, in seconds of the clock, the moment that nothing told may be older than.
        """
        asked_at = time.monotonic()
        if not self.index.complete:
            await asyncio.shield(self._begin(call))
        limit = 0.0 if call.fresh else self._refresh_after
        if self._is_young(asked_at, limit):
            self._note_age(call)
            return asked_at - limit
        async with self._refreshing:
            # whoever waited here gets what the one before has just refreshed
            if not self._is_young(asked_at, limit):
                await self._refresh(call)
        self._note_age(call)
        return asked_at - limit

    async def _check_revocations(self, serials: Iterable[str], since: float, call: CallContext) -> None:
        """Where the server has no list of revoked certificates, read again those that are asked about."""
        if not self._revoked_are_listed:
            await self._read_all(self.index.doubtful(serials, since), call, None)

    def _is_young(self, asked_at: float, limit: float) -> bool:
        """Whether the last refresh began after the question, or not long before it."""
        return self.index.age <= (time.monotonic() - asked_at) + limit

    def _note_age(self, call: CallContext) -> None:
        if self.index.as_of is not None:
            call.ledger.seen(self.name, self.index.as_of)

    def _begin(self, call: CallContext) -> asyncio.Task[None]:
        """The task that builds the first index, begun if it is not under way."""
        if self._building is None or (self._building.done() and not self.index.complete):
            self._building = asyncio.create_task(self._build(call), name=f"{self.name}: first index")
            self._building.add_done_callback(_mark_heard)
        return self._building

    async def _build(self, call: CallContext) -> None:
        # the build outlives the request that began it: it has its own deadline and asks on nobody's behalf
        own = replace(call, deadline=time.monotonic() + _FIRST_BUILD, fresh=False, permit=None, on_behalf_of="")
        try:
            async with asyncio.timeout(_FIRST_BUILD), self._refreshing:
                await self._refresh(own, self.manifest.timeout)
        except TimeoutError:
            raise SourceError("SOURCE_TIMEOUT", self.name, "first index") from None

    async def _refresh(self, call: CallContext, patience: float | None = None) -> None:
        """Make the index equal to the authority. Units: `patience` in seconds for each call."""
        began, as_of = now()
        async with asyncio.timeout(patience):
            listed, revoked = await self._lists(call)
        for serial in self.index.serials() - listed:
            self.index.drop(serial)
        wanted = listed - self.index.serials()
        wanted |= {serial for serial in revoked & listed if not self.index.is_revoked(serial)}
        await self._read_all(sorted(wanted), call, patience)
        self.index.refreshed(began, as_of)

    async def _lists(self, call: CallContext) -> tuple[set[str], set[str]]:
        """All serials, and the revoked ones where the server tells them."""
        tasks = [asyncio.create_task(self._list(path, call)) for path in ("/certs", "/certs/revoked")]
        try:
            listed = await tasks[0]
            try:
                revoked = await tasks[1]
            except NotOffered:
                self._revoked_are_listed = False
                return listed, set()
            self._revoked_are_listed = True
            return listed, revoked
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _list(self, path: str, call: CallContext) -> set[str]:
        return {mapping.listed_serial(key) for key in await self._vault.list(self._mount + path, call)}

    async def _read_all(self, serials: Sequence[str], call: CallContext, patience: float | None) -> None:
        """Read certificates, a few at a time; what has been read stays, whatever becomes of the rest."""
        waiting = iter(serials)

        async def work() -> None:
            for serial in waiting:
                async with asyncio.timeout(patience):
                    await self._read(serial, call)

        workers = [asyncio.create_task(work()) for _ in range(min(self.manifest.concurrency, len(serials)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _read(self, serial: str, call: CallContext) -> None:
        read_at, _ = now()
        answer = await self._vault.read(f"{self._mount}/cert/{serial}", call)
        if answer is None:
            # tidied away between the list and the read
            return
        try:
            self.index.keep(mapping.certificate_of(answer, serial, self.name), read_at)
        except mapping.Unreadable as problem:
            self.index.unreadable[serial] = str(problem)
        except BadData as problem:
            raise SourceError("BAD_SOURCE_DATA", self.name, f"{serial}: {problem}") from None


def _mark_heard(task: asyncio.Task[None]) -> None:
    """A build may fail with nobody waiting; the next question begins anew and says why."""
    if not task.cancelled():
        task.exception()
