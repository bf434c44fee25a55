"""Cases: the ticket that an operator has in hand, which is the purpose of what they read and do until it is closed."""

import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail
from operations.kit.cases_tables import OperationCase
from resolvers.asking import Viewer
from sources.ports.call import utc_now

BELIEVED_FOR: Final = 2.0
"""Seconds for which a process believes what it has read of an operator's case; its own changes count at once."""
_REMEMBERED: Final = 5_000

Whose = tuple[str, str]
"""An operator and their sign-in."""


class Cases:
    """Cases of all operators, for every process."""

    def __init__(self, trail: Trail, engine: AsyncEngine, clock: Callable[[], datetime] = utc_now) -> None:
        self._trail = trail
        self._engine = engine
        self._clock = clock
        self._known: OrderedDict[Whose, tuple[float, OperationCase | None]] = OrderedDict()

    async def of(self, operator: str, session: str | None) -> OperationCase | None:
        """The case that an operator has open in a sign-in."""
        whose = (operator, session or "")
        known = self._known.get(whose)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        wanted = (
            select(OperationCase).where(*_open(whose)).order_by(col(OperationCase.opened_at).desc()).limit(1)
        )  # fmt: skip
        async with self._engine.connect() as connection:
            row = (await connection.execute(wanted)).mappings().first()
        return self._remember(whose, None if row is None else OperationCase(**row))

    async def ticket_of(self, viewer: Viewer) -> str | None:
        """The ticket that a viewer has in hand; none where that cannot be told now."""
        if viewer.service:
            return None
        try:
            case = await self.of(viewer.login, viewer.session)
        except SQLAlchemyError:
            return None  # nothing can be recorded either then: what is personal is not shown, the rest needs no purpose
        return None if case is None else case.ticket

    async def open(
        self, operator: str, session: str | None, ticket: str, employee_id: str, event: Event
    ) -> OperationCase:
        """Take a ticket in hand; whatever was in hand before is closed. Raises: TrailUnavailable."""
        whose, now = (operator, session or ""), self._clock()
        case = OperationCase(
            id=uuid.uuid4().hex,
            operator=operator,
            sign_in=session or "",
            ticket=ticket,
            employee_id=employee_id,
            opened_at=now,
        )

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(update(OperationCase).where(*_open(whose)).values(closed_at=now))
            await connection.execute(insert(OperationCase), [case.model_dump()])
            return True

        await self._trail.together(work, event)
        self._remember(whose, case)
        return case

    async def close(self, operator: str, session: str | None, event: Event) -> bool:
        """Put the ticket down; False where none is in hand. Raises: TrailUnavailable."""
        whose, now = (operator, session or ""), self._clock()

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(update(OperationCase).where(*_open(whose)).values(closed_at=now))
            return bool(done.rowcount)

        closed = await self._trail.together(work, event) is not None
        self._remember(whose, None)
        return closed

    def _remember(self, whose: Whose, case: OperationCase | None) -> OperationCase | None:
        self._known[whose] = (time.monotonic() + BELIEVED_FOR, case)
        self._known.move_to_end(whose)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return case


def _open(whose: Whose) -> tuple[ColumnElement[bool], ...]:
    operator, session = whose
    return (
        col(OperationCase.operator) == operator,
        col(OperationCase.sign_in) == session,
        col(OperationCase.closed_at).is_(None),
    )
