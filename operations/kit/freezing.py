"""Freezing: one person of security stops a person, a session, a team, a kind of operation, or all writes to a system."""

import uuid
from collections.abc import Callable, Sequence, Set
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail
from operations.kit.problems import Problem
from operations.kit.tables import Freeze
from sources.ports.call import utc_now

KINDS: Final = ("PERSON", "SESSION", "TEAM", "OPERATION", "SOURCE")


class Freezing:
    """What is frozen now, for every process: looked up at each operation, so none is behind."""

    def __init__(self, trail: Trail, engine: AsyncEngine, clock: Callable[[], datetime] = utc_now) -> None:
        self._trail = trail
        self._engine = engine
        self._clock = clock

    async def live(self) -> list[Freeze]:
        """All that is frozen now, the newest first."""
        wanted = select(Freeze).where(col(Freeze.lifted_at).is_(None)).order_by(col(Freeze.at).desc())
        async with self._engine.connect() as connection:
            return [Freeze(**row) for row in (await connection.execute(wanted)).mappings()]

    async def over(
        self, operation: str, person: str, team: str | None, session: str | None, sources: Sequence[str]
    ) -> Problem | None:
        """What is frozen of all that an operation touches; None where nothing is."""
        touched = {("OPERATION", operation), *(("SOURCE", each) for each in sources)}
        return await self._over(touched | _touched(person, team, session))

    async def of_person(self, person: str, team: str | None, session: str | None) -> Problem | None:
        """What is frozen of somebody, whatever they do; None where nothing is."""
        return await self._over(_touched(person, team, session))

    async def _over(self, touched: Set[tuple[str, str | None]]) -> Problem | None:
        for each in await self.live():
            name = each.name.casefold() if each.kind == "PERSON" else each.name
            if (each.kind, name) in touched:
                told = {"OPERATION": "this operation", "SOURCE": f"every change in {each.name}", "TEAM": "this team"}
                what = told.get(each.kind, "your access to operations")
                return Problem("Frozen", "FROZEN", f"security officers have frozen {what}: {each.reason}")
        return None

    async def freeze(self, kind: str, name: str, reason: str, by: str, event: Event) -> Freeze:
        """Stop something at once."""
        row = Freeze(id=uuid.uuid4().hex, kind=kind, name=name, reason=reason, by=by, at=self._clock())

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(Freeze), [row.model_dump()])
            return True

        await self._trail.together(work, event)
        return row

    async def lift(self, id_: str, by: str, event: Event) -> bool:
        """Let it go on; False where it was not frozen any more."""
        now = self._clock()

        async def work(connection: AsyncConnection) -> bool:
            done = await connection.execute(
                update(Freeze)
                .where(col(Freeze.id) == id_, col(Freeze.lifted_at).is_(None))
                .values(lifted_by=by, lifted_at=now)
            )
            return bool(done.rowcount)

        return await self._trail.together(work, event) is not None


def _touched(person: str, team: str | None, session: str | None) -> set[tuple[str, str | None]]:
    return {("PERSON", person.casefold()), ("TEAM", team), ("SESSION", session)}
