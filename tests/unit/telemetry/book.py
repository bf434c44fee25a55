"""A journal and a trail written by hand."""

import itertools
from datetime import datetime

from sqlalchemy import insert

from audit.event import Event
from audit.trail import Trail
from gateway.store import Store
from operations.kit.catalogue import events
from operations.kit.tables import OperationRun, OperationStep

_numbers = itertools.count(1)


class Book:
    """A journal and a trail that tests write by hand."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def read(
        self, at: datetime, *, operator: str = "ann", employee: str = "e1", session: str | None = "s1"
    ) -> None:
        trail = Trail(self.store.writing, codes=events().all(), clock=lambda: at)
        await trail.start()
        await trail.append(
            Event(
                code="employee.read",
                stage="read",
                outcome="success",
                operator=operator,
                employee=employee,
                session=session,
            )
        )
        await trail.close()

    async def run(
        self,
        at: datetime,
        state: str = "SUCCEEDED",
        *,
        proven: datetime | None = None,
        name: str = "unlock_account",
        team: str | None = "north",
        operator: str = "ann",
        employee: str = "e1",
        session: str | None = "s1",
        origin: str = "OPERATOR",
    ) -> None:
        id_ = f"run-{next(_numbers)}"
        row = OperationRun(
            id=id_, name=name, state=state, caller=operator, team=team, viewer={"session": session}, employee_id=employee,
            employee_login="x", given={}, key=id_, fingerprint="f", plan={}, plan_hash="h", policy="p", origin=origin,
            created_at=at, changed_at=at,
        )  # fmt: skip
        step = OperationStep(run=id_, number=1, name="s", state="DONE", step={}, read_back_at=proven)
        async with self.store.writing.begin() as connection:
            await connection.execute(insert(OperationRun).values(**row.model_dump()))
            await connection.execute(insert(OperationStep).values(**step.model_dump()))
