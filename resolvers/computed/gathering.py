"""Gathering: one employee's records from many sources at once, with what failed beside what came.

What is told from several blocks is told under the rights of each of them: `Eyes` looks before anything is asked, and
again at every object that came.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authz.labels import Coordinate
from resolvers.asking import Asking
from resolvers.sight import Sight
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
    jobs: tuple[tuple[Device, SoftwareJob], ...]
    failed: frozenset[str]


PARTS: Final[Mapping[Coordinate, tuple[str, str, str]]] = {
    ("Employee", "employment"): ("employment", "hr", "employment_of"),
    ("Employee", "accounts"): ("accounts", "accounts", "accounts_of"),
    ("Employee", "certificates"): ("certificates", "certificates", "certificates_of"),
    ("Employee", "devices"): ("devices", "equipment", "devices_of"),
    ("Employee", "badges"): ("badges", "badges", "badges_of"),
    ("Employee", "secondFactors"): ("second_factors", "second_factors", "second_factors_of"),
    ("Employee", "mailbox"): ("mailbox", "mail", "mailbox_of"),
    ("Employee", "vpnSessions"): ("vpn_sessions", "vpn", "vpn_sessions_of"),
    ("Employee", "sessions"): ("sessions", "sessions", "sessions_of"),
    ("Employee", "tickets"): ("tickets", "tickets", "tickets_of"),
    ("Employee", "licences"): ("licences", "software", "licences_of"),
    ("Device", "management"): ("management", "device_management", "management_of"),
    ("Device", "softwareJobs"): ("jobs", "software", "jobs_on"),
}
"""The part of a dossier that each field is, and the question that brings it."""

_ONE: Final = frozenset({"employment", "mailbox"})
_MANAGEMENT: Final = ("Device", "management")
_JOBS: Final = ("Device", "softwareJobs")


def places(said: str) -> tuple[Coordinate, ...]:
    """Fields by their names. Shape: `Type.field Type.field`."""
    named = [each.partition(".") for each in said.split()]
    return tuple((type_name, field_name) for type_name, _, field_name in named)


class Eyes:
    """What a viewer may see of one employee: in general, and in one of their objects."""

    def __init__(self, person: Person, sight: Sight) -> None:
        self._sight = sight
        self._subject = sight.of(person)
        self._kinds = {kind.record: kind for kind in sight.guards.kinds.values()}

    def see(self, fields: Iterable[Coordinate], of: Any = None) -> bool:
        """Whether all of these fields may be read in full, and the objects that they belong to may be known of.

        Shape: `of` is the object in question; without it, whether there might be one of which they may be read.
        """
        kind = self._kinds.get(type(of))
        subject = self._subject if kind is None else self._sight.about(self._subject, kind, of)
        known = self._sight.guards.kinds
        return all(
            subject.sees(type_name, field_name) and (type_name not in known or self._sight.enters(type_name, subject))
            for type_name, field_name in fields
        )


class Gathering:
    """Asks the questions of one dossier through the request's loaders, so that blocks and dossier share their calls."""

    def __init__(self, person: Person, asking: Asking, info: Any, eyes: Eyes) -> None:
        self._person = person
        self._asking = asking
        self._info = info
        self._eyes = eyes
        self._failures: dict[str, SourceError] = {}
        self._short: set[str] = set()

    async def dossier(self, wanted: Collection[Coordinate]) -> Dossier:
        """The parts that these fields are, the others empty and not asked for. Notes each failing source once."""
        parts = {place: PARTS[place] for place in PARTS if place in wanted}
        own = {name: (port, question) for (of, _), (name, port, question) in parts.items() if of == "Employee"}
        came = await asyncio.gather(
            *(self._one(*asked) if name in _ONE else self._many(*asked) for name, asked in own.items())
        )
        found: dict[str, Any] = dict(zip(own, came, strict=True))
        devices = found.get("devices", ())
        found["management"], found["jobs"] = await asyncio.gather(
            self._on(devices, _MANAGEMENT, many=False) if _MANAGEMENT in parts else _nothing(),
            self._on(devices, _JOBS, many=True) if _JOBS in parts else _nothing(),
        )
        for failure in self._failures.values():
            self._asking.missing(failure, self._info)
        empty = {name: None if name in _ONE else () for name, _, _ in PARTS.values()}
        return Dossier(person=self._person, failed=frozenset(self._short), **{**empty, **found})

    async def _on(self, devices: Iterable[Device], place: Coordinate, *, many: bool) -> tuple[Any, ...]:
        """What is known of each device, beside it; devices of which it may not be read are not asked about."""
        _, port, question = PARTS[place]
        asked = [device for device in devices if self._eyes.see([place], device)]
        if many:
            lists = await asyncio.gather(*(self._many(port, question, each.ref) for each in asked))
            return tuple((device, record) for device, records in zip(asked, lists, strict=True) for record in records)
        states = await asyncio.gather(*(self._one(port, question, each.ref) for each in asked))
        return tuple((device, state) for device, state in zip(asked, states, strict=True) if state is not None)

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
