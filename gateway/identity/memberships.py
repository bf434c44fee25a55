"""Memberships: which groups of the directory a person is in, asked of the directory and remembered."""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from gateway.identity.digests import aware
from gateway.identity.tables import KnownGroups
from gateway.store import Store
from sources.ports.call import CallContext, utc_now
from sources.ports.directory import Person
from sources.ports.errors import SourceError
from sources.ports.groups import Membership
from sources.ports.question import EVERYTHING, Desk, Need

log = logging.getLogger("okno.identity")

REMEMBERED: Final = timedelta(seconds=60)
"""How long an answer counts without asking again; who is taken out of a group loses the team within this time."""
LAST_KNOWN: Final = timedelta(hours=8)
"""How old a copy may be while the directory is down. After that nobody is in any group."""
PATIENCE: Final = 1.0
"""Seconds that a request waits for an answer of the directory."""
_LONGEST: Final = 3.0
_AGAIN: Final = timedelta(seconds=10)
_MOST: Final = 20_000
_NESTED: Final = Need(args=(("nested", True),))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person's groups. Shape: `login` as the directory spells it; `as_of` None when nothing is."""

    groups: frozenset[str]
    as_of: datetime | None
    login: str | None = None


NOTHING: Final = Known(frozenset(), None)


@dataclass(frozen=True, slots=True)
class _Remembered:
    until: datetime
    known: Known


class Memberships:
    """Groups by login. Only security groups of one source count: a mailing list, or a group of the same name in another
    domain, may be filled by people who must not give rights here.
    """

    def __init__(
        self, desk: Desk, store: Store, source: str | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._desk = desk
        self._store = store
        self._source = source or next(iter(desk.sources_of("groups")), None)
        self._clock = clock
        self._remembered: dict[str, _Remembered] = {}
        self._flights: dict[str, asyncio.Task[Known]] = {}

    async def groups_of(self, login: str, patience: float = PATIENCE) -> Known:
        """The groups of a person. Shape: a copy of at most eight hours while the directory is down or slow, then none.

        Units: `patience` in seconds; whoever asks waits no longer, the question goes on without them.
        """
        remembered, now = self._remembered.get(login), self._clock()
        if remembered is not None and remembered.until > now:
            return _unless_old(remembered.known, now)
        flight = self._flights.get(login)
        if flight is None:
            flight = self._flights[login] = asyncio.create_task(self._learn(login), name=f"groups of {login}")
            flight.add_done_callback(lambda _: self._flights.pop(login, None))
        done, _ = await asyncio.wait({flight}, timeout=patience)
        if done:
            return flight.result()
        return _unless_old(remembered.known if remembered is not None else await self._kept(login), now)

    async def close(self) -> None:
        """Give up what is being asked."""
        for flight in list(self._flights.values()):
            flight.cancel()
        await asyncio.gather(*self._flights.values(), return_exceptions=True)

    async def _learn(self, login: str) -> Known:
        now = self._clock()
        before = self._remembered.get(login)
        last = before.known if before is not None else await self._kept(login)
        try:
            known = await self._asked(login, now)
        except SourceError as problem:
            known = _unless_old(last, now)
            log.warning("groups of %s: %s; those of %s count", login, problem.code, known.as_of or "nobody")
            self._remember(login, known, now + _AGAIN)
            return known
        self._remember(login, known, now + REMEMBERED)
        if last.as_of is None or known.groups != last.groups or now - last.as_of >= REMEMBERED:
            await self._keep(login, known, now)
        return known

    async def _asked(self, login: str, now: datetime) -> Known:
        """What the directory says now. Raises: SourceError."""
        call = CallContext("membership", time.monotonic() + _LONGEST, uuid.uuid4().hex, "okno", fresh=True)
        person = _sure(await self._desk.ask("directory", "people_by_login", [login.casefold()], EVERYTHING, call))
        if not isinstance(person, Person):
            return Known(frozenset(), now)
        if not person.active or self._source is None:
            return Known(frozenset(), now, person.login)
        memberships = _sure(
            await self._desk.ask("groups", "memberships_of", [person.ref], _NESTED, call, source=self._source)
        )
        if not isinstance(memberships, tuple):
            raise SourceError("BAD_SOURCE_DATA", self._source, "memberships of a person are not all known")
        return Known(frozenset(_names(memberships, person.login)), now, person.login)

    def _remember(self, login: str, known: Known, until: datetime) -> None:
        if len(self._remembered) >= _MOST:
            self._remembered.clear()
        self._remembered[login] = _Remembered(until, known)

    async def _kept(self, login: str) -> Known:
        async with self._store.session() as session:
            row = await session.get(KnownGroups, login)
        return NOTHING if row is None else Known(frozenset(row.groups), aware(row.as_of))

    async def _keep(self, login: str, known: Known, now: datetime) -> None:
        row = KnownGroups(login=login, groups=sorted(known.groups), as_of=now)
        async with self._store.session() as session:
            await session.merge(row)


def _sure(answers: Sequence[object]) -> object:
    if isinstance(answers[0], SourceError):
        raise answers[0]
    return answers[0]


def _names(memberships: Sequence[Membership], login: str) -> set[str]:
    """Security groups of the account that signs in; not those of the person's administrative accounts."""
    own = login.casefold()
    return {each.group.name for each in memberships if each.group.kind == "SECURITY" and each.login.casefold() == own}


def _unless_old(known: Known, now: datetime) -> Known:
    return known if known.as_of is not None and now - known.as_of <= LAST_KNOWN else replace(NOTHING, login=known.login)
