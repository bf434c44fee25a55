"""Watching: detections over the trail as it grows; what is found is recorded in it, once, whichever process finds it."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from audit.cursor import Cursor
from audit.delivery_tables import AuditDetected
from audit.detections.detector import Detector
from audit.detections.kinds import VIP, counted, detectors
from audit.detections.seen import Finding, Seen, seen
from audit.detections.thresholds import Thresholds
from audit.moment import utc_now
from audit.placed import Placed, piece
from audit.trail import Trail

log = logging.getLogger("okno.audit")

_MOST: Final = 500
_FARTHEST: Final = 200_000
"""How many records are looked back over at most when a process begins, or not much more."""
_DISORDER: Final = timedelta(minutes=5)
"""By how much records of several writers may stand in another order than that of their moments."""
_KINDS: Final = ("mass_lookup", "vip", "no_case", "odd_hours", "take_over")

People = Callable[[Collection[str]], Awaitable[frozenset[str]]]
"""Who of these is under special protection. Shape: an employee's number, or `@` and a login. Raises: OSError when it cannot be told."""


async def nobody(_whose: Collection[str]) -> frozenset[str]:
    """Where no directory tells."""
    return frozenset()


def cursor_of(kind: str) -> str:
    """By which a kind's place is kept."""
    return f"detection:{kind}"


def kinds_of(said: Thresholds) -> list[str]:
    """The kinds that are not turned off."""
    return [each for each in _KINDS if getattr(said, each) is not None]


class Watching:
    """Each kind reads the trail at its own pace. A kind that was never begun begins behind the records that there are.

    Units: `look_every` in seconds.
    """

    def __init__(
        self,
        trail: Trail,
        said: Thresholds,
        people: People = nobody,
        *,
        owner: str,
        look_every: float = 2.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._trail = trail
        self._reading = trail.reading
        self._writing = trail.reading.execution_options(okno_writes=True)
        self._said = said
        self._people = people
        self._look_every = look_every
        self._cursors = {
            kind: Cursor(cursor_of(kind), owner, turn=60.0, fresh=True, clock=clock) for kind in kinds_of(said)
        }
        self._protected: set[str] = set()
        self._at: dict[str, tuple[int, Detector]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to watch."""
        self._tasks = [asyncio.create_task(self._keep(kind), name=f"detection {kind}") for kind in self._cursors]

    async def close(self) -> None:
        """Stop; another process goes on, or this one after its next start."""
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            with suppress(Exception):  # a database that is gone lets turns run out by themselves
                async with asyncio.timeout(2), self._writing.begin() as connection:
                    for cursor in self._cursors.values():
                        await connection.run_sync(cursor.leave)
        self._tasks = []

    async def _keep(self, kind: str) -> None:
        well = True
        while True:
            try:
                while await self.turn(kind):
                    pass
                well = True
            except Exception as problem:  # noqa: BLE001  # whatever it is, it is tried again
                self._at.pop(kind, None)  # whatever it has counted is not kept: it is counted again
                log.log(logging.WARNING if well else logging.DEBUG, "detection %s cannot go on now: %r", kind, problem)
                well = False
            await asyncio.sleep(self._look_every * random.uniform(0.8, 1.2))  # noqa: S311  # spreads load, guards nothing

    async def turn(self, kind: str) -> bool:
        """Look at some records. Returns: False where nothing waits, or it is another's turn. Raises: TrailUnavailable."""
        cursor = self._cursors[kind]
        async with self._reading.connect() as connection:
            if not await connection.run_sync(cursor.due):
                return False
        async with self._writing.begin() as connection:
            place = await connection.run_sync(cursor.take)
        if place is None:
            return False
        async with self._reading.connect() as connection:
            found = await connection.run_sync(piece, place, _MOST)
        if found.beyond == place:
            return False
        try:
            detector = await self._begun(kind, place)
            findings = await self._seen(detector, found.records)
        except OSError as problem:
            await self._failed(cursor, str(problem))
            return False
        if not await self._kept(cursor, place, found.beyond, findings):
            self._at.pop(kind, None)
            return False
        self._at[kind] = (found.beyond, detector)
        return True

    async def _begun(self, kind: str, place: int) -> Detector:
        """The detector as it is behind all records below a place: the one that was there, or one that has seen enough."""
        at = self._at.pop(kind, None)
        if at is not None and at[0] == place:
            return at[1]
        async with self._reading.connect() as connection:
            marks = await connection.run_sync(_marks, kind)
        made = next(
            each for each in detectors(self._said, self._protected.__contains__, {kind: marks}) if each.kind == kind
        )
        self._protected.clear()  # of whom there was something to tell, it was told, and the marks say so
        async with self._reading.connect() as connection:
            begin = await connection.run_sync(_reach, place, made.window)
        while begin < place:
            async with self._reading.connect() as connection:
                before = await connection.run_sync(piece, begin, min(_MOST, place - begin))
            for each in self._counted(before.records):
                made.see(each)  # what it says now was said in its time
            begin = max(before.beyond, begin + 1)
        return made

    async def _seen(self, detector: Detector, records: Sequence[Placed]) -> list[Finding]:
        looked_at = self._counted(records)
        if detector.kind == VIP:
            await self._ask(looked_at)
        findings = [detector.see(each) for each in looked_at]
        return [each for each in findings if each is not None]

    def _counted(self, records: Sequence[Placed]) -> list[Seen]:
        return [each for each in map(seen, records) if counted(each, self._said.but)]

    async def _ask(self, looked_at: Sequence[Seen]) -> None:
        whose = {each.whose for each in looked_at if each.reading and each.ticket is None and each.whose is not None}
        self._protected.clear()
        self._protected |= await self._people(whose) if whose else frozenset()

    async def _kept(self, cursor: Cursor, place: int, beyond: int, findings: Sequence[Finding]) -> bool:
        """The place and what was found, both or neither."""

        async def work(connection: AsyncConnection) -> bool:
            return await connection.run_sync(_moved, cursor, place, beyond, findings)

        kept = await self._trail.together(work, *(each.event() for each in findings))
        if kept is not None:
            for each in findings:
                log.warning("detection %s: %s", each.kind, each.said)
        return kept is not None

    async def _failed(self, cursor: Cursor, problem: str) -> None:
        async with self._writing.begin() as connection:
            await connection.run_sync(cursor.fail, problem, lambda failures: min(60.0, 2.0**failures))


def _moved(connection: Connection, cursor: Cursor, place: int, beyond: int, findings: Sequence[Finding]) -> bool:
    if not cursor.move(connection, place, beyond):
        return False
    for each in findings:
        mark = {"kind": each.kind, "subject": each.subject, "place": each.evidence[-1]}
        known = (col(AuditDetected.kind) == each.kind) & (col(AuditDetected.subject) == each.subject)
        connection.execute(delete(AuditDetected).where(known))
        connection.execute(insert(AuditDetected), [mark])
    return True


def _marks(connection: Connection, kind: str) -> Mapping[str, int]:
    wanted = select(col(AuditDetected.subject), col(AuditDetected.place)).where(col(AuditDetected.kind) == kind)
    return {str(subject): int(place) for subject, place in connection.execute(wanted)}


def _reach(connection: Connection, place: int, window: timedelta) -> int:
    """A place from which on a window behind `place` has all that it may reach, and not many times as much."""
    last = piece(connection, max(0, place - 1), 1).records
    step, begin = _MOST, place
    while begin > 0 and step <= _FARTHEST:
        begin = max(0, place - step)
        first = piece(connection, begin, 1).records
        if last and first and _moment(first[0]) < _moment(last[0]) - window - _DISORDER:
            break
        step *= 2
    return begin


def _moment(record: Placed) -> datetime:
    return datetime.fromisoformat(record.at)
