"""Cursor: how far one reader of the trail has come, moved by one process at a time on every database."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from audit.delivery_tables import AuditCursor
from audit.moment import utc_now, written
from audit.placed import size_of

_LONGEST: Final = 300
"""Characters of a problem that are kept."""


@dataclass(frozen=True, slots=True)
class CursorState:
    """Where a reader of the trail is.

    Shape: `place` is how many records it is done with, `behind` how many there are besides; `failures` and `problem` are of the
    tries since `failed_since`; `begun` is False for one that has not read anything yet.
    """

    name: str
    place: int
    behind: int
    moved_at: str | None
    failures: int
    failed_since: str | None
    problem: str | None
    begun: bool = True


class Cursor:
    """One reader's place, as one process sees it. Units: `turn` in seconds, within which a process has to come back.

    Shape: `fresh` begins behind the records that there are when it is first met, in place of before all of them.
    """

    def __init__(
        self,
        name: str,
        owner: str,
        *,
        turn: float = 30.0,
        fresh: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.name = name
        self.owner = owner
        self.turn = turn
        self._fresh = fresh
        self._clock = clock

    def due(self, connection: Connection) -> bool:
        """Whether there may be something to do for this process now; a look that changes nothing."""
        row = connection.execute(select(AuditCursor).where(col(AuditCursor.name) == self.name)).mappings().first()
        if row is None:
            return True
        now = time.time()
        # a clock that was set back must not leave it with a dead process, or waiting, for long
        another = row["owner"] != self.owner and now < row["until"] <= now + 2 * self.turn
        waits = now < row["next_at"] <= now + 10 * self.turn
        return not another and not waits and size_of(connection) > row["place"]

    def take(self, connection: Connection) -> int | None:
        """Take or keep the turn, inside a transaction that writes. Returns: the place to go on from; None while it is another's."""
        now = time.time()
        free = or_(
            col(AuditCursor.owner) == self.owner,
            col(AuditCursor.until) <= now,
            col(AuditCursor.until) > now + 2 * self.turn,
        )
        mine = update(AuditCursor).where(col(AuditCursor.name) == self.name, free)
        if connection.execute(mine.values(owner=self.owner, until=now + self.turn)).rowcount:
            return int(connection.execute(select(col(AuditCursor.place)).where(self._mine())).scalar_one())
        if connection.execute(select(col(AuditCursor.name)).where(col(AuditCursor.name) == self.name)).first():
            return None
        place = size_of(connection) if self._fresh else 0
        row = {"name": self.name, "place": place, "owner": self.owner, "until": now + self.turn}
        try:
            with connection.begin_nested():
                connection.execute(insert(AuditCursor), [{**row, "failures": 0, "next_at": 0.0}])
        except IntegrityError:
            return None  # another process has met it in the same moment
        return place

    def move(self, connection: Connection, before: int, after: int) -> bool:
        """Everything below a place is done with. Returns: False where the turn was lost, and nothing has changed."""
        here = update(AuditCursor).where(self._mine(), col(AuditCursor.place) == before)
        moved = here.values(
            place=after,
            moved_at=written(self._clock()),
            until=time.time() + self.turn,
            failures=0,
            failed_since=None,
            problem=None,
            next_at=0.0,
        )
        return bool(connection.execute(moved).rowcount)

    def fail(self, connection: Connection, problem: str, wait: Callable[[int], float]) -> int:
        """It did not work. Shape: `wait` says for how many failures in a row how many seconds to wait. Returns: how many."""
        wanted = select(col(AuditCursor.failed_since), col(AuditCursor.failures)).where(self._mine())
        row = connection.execute(wanted).first()
        if row is None:
            return 0
        failures = int(row.failures) + 1
        failed = update(AuditCursor).where(self._mine())
        connection.execute(
            failed.values(
                failures=failures,
                failed_since=row.failed_since or written(self._clock()),
                problem=problem[:_LONGEST],
                next_at=time.time() + wait(failures),
                until=time.time() + self.turn,
            )
        )
        return failures

    def leave(self, connection: Connection) -> None:
        """Another process may go on at once."""
        connection.execute(update(AuditCursor).where(self._mine()).values(until=0.0))

    def _mine(self) -> ColumnElement[bool]:
        return (col(AuditCursor.name) == self.name) & (col(AuditCursor.owner) == self.owner)


async def states(engine: AsyncEngine, names: Sequence[str]) -> list[CursorState]:
    """Where each of these readers is, in this order."""
    async with engine.execution_options(okno_writes=False).connect() as connection:
        return await connection.run_sync(_states, names)


def _states(connection: Connection, names: Sequence[str]) -> list[CursorState]:
    size = size_of(connection)
    rows = connection.execute(select(AuditCursor).where(col(AuditCursor.name).in_(list(names)))).mappings()
    known = {row["name"]: row for row in rows}
    found: list[CursorState] = []
    for name in names:
        row = known.get(name)
        if row is None:
            found.append(CursorState(name, 0, size, None, 0, None, None, begun=False))
            continue
        behind = max(0, size - row["place"])
        found.append(
            CursorState(
                name, row["place"], behind, row["moved_at"], row["failures"], row["failed_since"], row["problem"]
            )
        )
    return found
