"""Outbox: messages that wait to be delivered, for every process; each is sent at least once, always by the same id."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail
from operations.kit.cases_tables import (
    ASKED,
    ENDED,
    GIVEN_UP,
    SENT,
    TICKET,
    WAITING,
    OperationFollowed,
    OperationMessage,
)
from operations.kit.tables import AWAITING, OperationRun
from sources.ports.call import utc_now

UNFOLLOWED: Final = ("CASE", "COMPENSATION")
"""Origins of runs of which nobody is told: what tells others, and what leaves everything as it was."""
LOOKED_BACK: Final = timedelta(days=7)
"""How far back runs are looked for that nobody has followed up."""
_LATE: Final = timedelta(minutes=1)
"""A run's end may be written down this much after the moment that it tells."""


class Outbox:
    """What has to be told, and whether it was."""

    def __init__(
        self,
        trail: Trail,
        engine: AsyncEngine,
        clock: Callable[[], datetime] = utc_now,
        held_for: timedelta = timedelta(minutes=2),
    ) -> None:
        self.clock = clock
        self._trail = trail
        self._engine = engine
        self._held_for = held_for
        self._looked_until: datetime | None = None

    def message(self, kind: str, channel: str, about: str, recipient: str, facts: dict[str, Any]) -> OperationMessage:
        """A message to be told as soon as may be. The same one has the same id."""
        now = self.clock()
        whole = f"{kind}\n{channel}\n{about}\n{recipient.casefold()}"
        return OperationMessage(
            id=f"msg_{hashlib.sha256(whole.encode()).hexdigest()[:32]}",
            kind=kind,
            channel=channel,
            about=about,
            recipient=recipient,
            facts=facts,
            state=WAITING,
            created_at=now,
            next_at=now,
        )

    async def ended(self, notifying: Collection[str], most: int = 100) -> list[OperationRun]:
        """Runs that have ended of which somebody may have to be told, and that nobody has followed up."""
        now = self.clock()
        since = now - LOOKED_BACK if self._looked_until is None else self._looked_until - _LATE
        told = or_(col(OperationRun.ticket).is_not(None), col(OperationRun.name).in_(list(notifying)))
        found = await self._unfollowed(
            ENDED, most, col(OperationRun.ended_at) >= since, col(OperationRun.origin).not_in(UNFOLLOWED), told
        )
        if len(found) < most:
            self._looked_until = now
        return found

    async def asked(self, most: int = 100) -> list[OperationRun]:
        """Runs that wait for somebody who has not been told."""
        return await self._unfollowed(ASKED, most, col(OperationRun.state) == AWAITING)

    async def _unfollowed(self, phase: str, most: int, *conditions: ColumnElement[bool]) -> list[OperationRun]:
        followed = exists().where(
            col(OperationFollowed.run) == col(OperationRun.id), col(OperationFollowed.phase) == phase
        )
        wanted = select(OperationRun).where(*conditions, ~followed).limit(most)
        async with self._engine.connect() as connection:
            return [OperationRun(**row) for row in (await connection.execute(wanted)).mappings()]

    async def follow(self, run: str, phase: str, messages: Sequence[OperationMessage]) -> None:
        """Write down who has to be told of a run. One process alone does. Raises: TrailUnavailable."""

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(OperationFollowed), [{"run": run, "phase": phase}])
            if messages:
                await connection.execute(insert(OperationMessage), [each.model_dump() for each in messages])
            return True

        try:
            await self._trail.together(work)
        except IntegrityError:
            return  # another process has

    async def add(self, messages: Sequence[OperationMessage]) -> None:
        """Write messages down. Raises: TrailUnavailable."""

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(OperationMessage), [each.model_dump() for each in messages])
            return True

        await self._trail.together(work)

    async def due(self, most: int = 50) -> list[OperationMessage]:
        """Messages whose turn it is, the one that waits longest first."""
        wanted = (
            select(OperationMessage)
            .where(col(OperationMessage.state) == WAITING, col(OperationMessage.next_at) <= self.clock())
            .order_by(col(OperationMessage.next_at))
            .limit(most)
        )
        return await self._found(wanted)

    async def of_ticket(self, number: str, since: datetime) -> list[OperationMessage]:
        """What is told in a ticket since a moment, the oldest first."""
        wanted = (
            select(OperationMessage)
            .where(
                col(OperationMessage.channel) == TICKET,
                col(OperationMessage.recipient) == number,
                col(OperationMessage.created_at) >= since,
            )
            .order_by(col(OperationMessage.created_at), col(OperationMessage.id))
        )
        return await self._found(wanted)

    async def _found(self, wanted: Any) -> list[OperationMessage]:
        async with self._engine.connect() as connection:
            return [OperationMessage(**row) for row in (await connection.execute(wanted)).mappings()]

    async def claim(self, message: OperationMessage) -> bool:
        """Take a message in hand, if nobody else has. It is anybody's again when this process does not come back."""
        held = self.clock() + self._held_for

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(OperationMessage)
                .where(
                    col(OperationMessage.id) == message.id,
                    col(OperationMessage.state) == WAITING,
                    col(OperationMessage.attempts) == message.attempts,
                    col(OperationMessage.next_at) <= self.clock(),
                )
                .values(next_at=held, attempts=message.attempts + 1)
            )
            return bool(done.rowcount)

        taken = await self._trail.together(work) is not None
        if taken:
            message.attempts += 1
        return taken

    async def sent(self, message: OperationMessage, *events: Event) -> None:
        """It was delivered. Raises: TrailUnavailable: then it is delivered again, by the same id."""
        await self._settle(message, {"state": SENT, "ended_at": self.clock(), "problem": None}, events)

    async def again(self, message: OperationMessage, problem: str, at: datetime, *events: Event) -> None:
        """It was not delivered, and is tried again at a moment."""
        await self._settle(message, {"next_at": at, "problem": problem[:200]}, events)

    async def give_up(self, message: OperationMessage, problem: str, *events: Event) -> None:
        """It will not be delivered."""
        values = {"state": GIVEN_UP, "ended_at": self.clock(), "problem": problem[:200]}
        await self._settle(message, values, events)

    async def _settle(self, message: OperationMessage, values: dict[str, Any], events: Sequence[Event]) -> None:
        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(OperationMessage)
                .where(
                    col(OperationMessage.id) == message.id,
                    col(OperationMessage.state) == WAITING,
                    col(OperationMessage.attempts) == message.attempts,
                )
                .values(**values)
            )
            return bool(done.rowcount)

        await self._trail.together(work, *events)
