"""Gathering: one employee's records from many sources at once, with what failed beside what came."""

import asyncio
from dataclasses import dataclass
from typing import Any

from resolvers.asking import Asking
from sources.ports.accounts import Account
from sources.ports.badges import Badge
from sources.ports.certificates import Certificate
from sources.ports.device_management import Management
from sources.ports.directory import Person
from sources.ports.equipment import Device
from sources.ports.errors import Partial, SourceError
from sources.ports.hr import Employment
from sources.ports.mail import Mailbox
from sources.ports.second_factors import SecondFactor
from sources.ports.sessions import IdentitySession
from sources.ports.software import Licence, SoftwareJob
from sources.ports.tickets import Ticket
from sources.ports.vpn import VpnSession


@dataclass(frozen=True, slots=True)
class Dossier:
    """What all systems say of one employee. A source that failed leaves its part empty or short, and its port in `failed`."""

    person: Person
    employment: Employment | None
    accounts: tuple[Account, ...]
    certificates: tuple[Certificate, ...]
    devices: tuple[Device, ...]
    badges: tuple[Badge, ...]
    second_factors: tuple[SecondFactor, ...]
    mailbox: Mailbox | None
    vpn_sessions: tuple[VpnSession, ...]
    sessions: tuple[IdentitySession, ...]
    tickets: tuple[Ticket, ...]
    licences: tuple[Licence, ...]
    management: tuple[tuple[Device, Management], ...]
    jobs: tuple[SoftwareJob, ...]
    failed: frozenset[str]


class Gathering:
    """Asks the questions of one dossier through the request's loaders, so that blocks and dossier share their calls."""

    def __init__(self, person: Person, asking: Asking, info: Any) -> None:
        self._person = person
        self._asking = asking
        self._info = info
        self._failures: dict[str, SourceError] = {}
        self._short: set[str] = set()

    async def dossier(self, *, tickets: bool, management: bool, jobs: bool, licences: bool) -> Dossier:
        """Everything, or without the parts that are not wanted. Notes each failing source once."""
        one, many = self._one, self._many
        (
            employment,
            accounts,
            certificates,
            (devices, managed, done),
            badges,
            factors,
            mailbox,
            tunnels,
            sessions,
            asked,
            seats,
        ) = await asyncio.gather(
            one("hr", "employment_of"),
            many("accounts", "accounts_of"),
            many("certificates", "certificates_of"),
            self._devices(management, jobs),
            many("badges", "badges_of"),
            many("second_factors", "second_factors_of"),
            one("mail", "mailbox_of"),
            many("vpn", "vpn_sessions_of"),
            many("sessions", "sessions_of"),
            many("tickets", "tickets_of") if tickets else _nothing(),
            many("software", "licences_of") if licences else _nothing(),
        )
        for failure in self._failures.values():
            self._asking.missing(failure, self._info)
        return Dossier(
            self._person,
            employment,
            accounts,
            certificates,
            devices,
            badges,
            factors,
            mailbox,
            tunnels,
            sessions,
            asked,
            seats,
            managed,
            done,
            frozenset(self._short),
        )

    async def _devices(self, management: bool, jobs: bool) -> tuple[Any, Any, Any]:
        devices: tuple[Device, ...] = await self._many("equipment", "devices_of")
        states, done = await asyncio.gather(
            asyncio.gather(*(self._one("device_management", "management_of", each.ref) for each in devices))
            if management
            else _nothing(),
            asyncio.gather(*(self._many("software", "jobs_on", each.ref) for each in devices)) if jobs else _nothing(),
        )
        managed = tuple((device, state) for device, state in zip(devices, states, strict=False) if state is not None)
        return devices, managed, tuple(job for each in done for job in each)

    async def _one(self, port: str, question: str, key: Any = None) -> Any:
        try:
            return await self._asking.loaders.load(port, question, self._person.ref if key is None else key)
        except SourceError as failure:
            self._note(port, failure)
            return None

    async def _many(self, port: str, question: str, key: Any = None) -> tuple[Any, ...]:
        answer = await self._one(port, question, key)
        if isinstance(answer, Partial):
            self._note(port, *answer.failures)
            answer = answer.value
        return answer or ()

    def _note(self, port: str, *failures: SourceError) -> None:
        self._short.add(port)
        for failure in failures:
            self._failures.setdefault(failure.source, failure)


async def _nothing() -> tuple[Any, ...]:
    return ()
