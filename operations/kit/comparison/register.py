"""Register: runs to be compared, and what was found, each told once."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import and_, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from audit.event import Event
from operations.kit.comparison.tables import CLAIM, OperationComparison, OperationOrphan
from operations.kit.journal import Journal
from operations.kit.tables import OperationRun, OperationStep

_PAGE: Final = 200


class Register:
    """What the journal and earlier comparisons know."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._engine = journal.trail.reading

    async def runs(self, since: datetime) -> AsyncIterator[tuple[OperationRun, Sequence[OperationStep]]]:
        """Runs that were changed since a moment, with their steps, in the order of their ids."""
        last = ""
        while True:
            wanted = (
                select(OperationRun)
                .where(col(OperationRun.changed_at) >= since, col(OperationRun.id) > last)
                .order_by(col(OperationRun.id))
                .limit(_PAGE)
            )
            async with self._engine.connect() as connection:
                runs = [OperationRun(**row) for row in (await connection.execute(wanted)).mappings()]
            if not runs:
                return
            steps = await self._journal.steps_of([each.id for each in runs])
            for each in runs:
                yield each, steps[each.id]
            last = runs[-1].id

    async def last_whole(self) -> datetime | None:
        """When the last comparison began that could ask everybody."""
        wanted = (
            select(col(OperationComparison.began_at), col(OperationComparison.unasked))
            .order_by(col(OperationComparison.began_at).desc())
            .limit(_PAGE)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(wanted)).all()
        return next((began for began, unasked in rows if not unasked), None)

    async def open(self) -> list[OperationOrphan]:
        """Claims that did not hold when they were looked at last."""
        wanted = select(OperationOrphan).where(
            col(OperationOrphan.kind) == CLAIM, col(OperationOrphan.settled_at).is_(None)
        )
        async with self._engine.connect() as connection:
            return [OperationOrphan(**row) for row in (await connection.execute(wanted)).mappings()]

    async def tell(self, orphan: OperationOrphan, event: Event) -> bool:
        """Tell of something that does not agree. Returns: whether it is news."""
        row = {name: getattr(orphan, name) for name in type(orphan).model_fields}
        known = col(OperationOrphan.id) == orphan.id

        async def work(connection: AsyncConnection) -> bool:
            settled = (await connection.execute(select(col(OperationOrphan.settled_at)).where(known))).first()
            if settled is None:
                await connection.execute(insert(OperationOrphan), row)
                return True
            again = update(OperationOrphan).where(known, col(OperationOrphan.settled_at).is_not(None))
            done = await connection.execute(again.values(settled_at=None, found_at=orphan.found_at))
            return bool(done.rowcount)

        try:
            return await self._journal.trail.together(work, event) is not None
        except IntegrityError:
            return False  # another comparison has told of it at this moment

    async def settle(self, runs: Collection[str], but: Collection[str], now: datetime) -> int:
        """Close every claim of these runs that holds again, or was overtaken: all that are open but these. Returns: how many."""
        count = 0
        for each in await self.open():
            if each.run not in runs or each.id in but:
                continue
            event = Event(
                code="orphan.settled",
                stage="outcome",
                outcome="success",
                operator="okno",
                employee=each.employee_id or None,
                source=each.source,
                object=each.object,
                operation=each.run,
                step=each.step,
                detail={"name": each.name},
            )
            this = and_(col(OperationOrphan.id) == each.id, col(OperationOrphan.settled_at).is_(None))

            async def work(connection: AsyncConnection, this: object = this) -> bool:
                done = await connection.execute(update(OperationOrphan).where(this).values(settled_at=now))  # type: ignore[arg-type]  # bound early
                return bool(done.rowcount)

            count += await self._journal.trail.together(work, event) is not None
        return count

    async def made(self, comparison: OperationComparison, event: Event) -> None:
        """Write a comparison down. Raises: TrailUnavailable."""
        row = {name: getattr(comparison, name) for name in type(comparison).model_fields}

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(OperationComparison), row)
            return True

        await self._journal.trail.together(work, event)
