"""Revealing: one masked value of one employee, shown in full once, with a purpose; recorded before it is shown."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from audit.event import Event
from audit.trail import Trail
from authz.profile import ALLOWED, MASKED
from operations.kit.acting import Acting
from operations.kit.after import team_of
from operations.kit.cases_tables import OperationReveal
from operations.kit.looking import Look
from operations.kit.obligations import Obligation, Obligations, Purpose
from operations.kit.problems import OperationProblem, Problem, bad_field, problem
from operations.kit.wish import employee_of, fresh
from resolvers.asking import Asking
from sources.ports.call import utc_now
from sources.ports.directory import Person

REVEALS: Final = "reveal_value"
MOST_AN_HOUR: Final = 30
"""Values that one operator is shown in an hour."""
_KEY: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a masked value stands. Shape: `values` are those of an employee that the question's answer shows, in order."""

    port: str
    question: str
    key: Callable[[Person], object]
    values: Callable[[Any], tuple[str | None, ...]]


def _of_file(attribute: str) -> Place:
    def values(record: Any) -> tuple[str | None, ...]:
        found = None if record is None else getattr(record, attribute)
        return (None if found is None else str(found),)

    return Place("hr", "personal_of", lambda person: person.ref, values)


PLACES: Final[Mapping[str, Place]] = {
    "Phone.number": Place(
        "directory",
        "people_by_id",
        lambda person: person.employee_id,
        lambda person: () if person is None else tuple(each.number for each in person.phones),
    ),
    "PersonalDetails.birthDate": _of_file("birth_date"),
    "PersonalDetails.personalEmail": _of_file("personal_email"),
    "PersonalDetails.documentNumber": _of_file("document_number"),
}
"""Every field that has a mask, by its name in the graph."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked to be shown. Shape: `place` among several of an employee counts from 0, in the order of the graph."""

    employee: str
    field: str
    place: int
    purpose: Purpose
    key: str

    @property
    def fingerprint(self) -> str:
        """What stands for all that was asked for under the key."""
        ticket = None if self.purpose.case else self.purpose.ticket
        whole = [self.employee, self.field, self.place, self.purpose.reason, ticket]
        return hashlib.sha256(orjson.dumps(whole)).hexdigest()


@dataclass(slots=True)
class Shown:
    """What comes of it."""

    field: str | None = None
    value: str | None = None
    replayed: bool = False
    obligations: tuple[Obligation, ...] = ()


class Revealing:
    """Shows values. Reads only; nothing is kept of the value."""

    def __init__(
        self,
        trail: Trail,
        engine: AsyncEngine,
        acting: Acting,
        obligations: Obligations,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._trail = trail
        self._engine = engine
        self._acting = acting
        self._obligations = obligations
        self._clock = clock

    async def reveal(self, asking: Asking, wanted: Wanted, shown: Shown) -> Person:
        """Show a value, if it may be. Shape: `shown` is filled in. Raises: OperationProblem; SourceError; TrailUnavailable."""
        place = _place(asking, wanted)
        if not 0 < len(wanted.key.strip()) <= _KEY:
            raise OperationProblem(bad_field("idempotency_key", f"takes 1 to {_KEY} characters"))
        viewer, call = asking.viewer, fresh(asking.call)
        look = Look(asking.desk, call, self._clock)
        employee = await employee_of(wanted.employee, look)
        if await self._known(viewer.login, wanted):
            shown.field, shown.replayed = wanted.field, True
            return employee
        await self._allowed(asking, wanted, employee, shown)
        self._seen_masked(asking, wanted, employee)
        if await self._count(viewer.login) >= MOST_AN_HOUR:
            raise problem("LimitReached", f"{MOST_AN_HOUR} values an hour at most; ask a colleague, or wait")
        allowance = asking.allowance
        if allowance is not None and not allowance.take(employee.employee_id):
            raise problem("LimitReached", str(allowance.exceeded("employees")))
        values = place.values(await look.ask(place.port, place.question, place.key(employee)))
        if not 0 <= wanted.place < max(len(values), 1):
            raise problem("NotFound", "there are not so many", path=("input", "place"))
        value = values[wanted.place] if values else None
        if not await self._recorded(asking, wanted, employee):
            shown.field, shown.replayed = wanted.field, True
            return employee
        shown.field, shown.value = wanted.field, value
        return employee

    async def _allowed(self, asking: Asking, wanted: Wanted, employee: Person, shown: Shown) -> None:
        """See that the viewer may, and has fulfilled what is asked for. Raises: OperationProblem; SourceError."""
        viewer, call = asking.viewer, fresh(asking.call)
        decision, _facts = await self._acting.deciding.decide(
            viewer, REVEALS, employee, None, call, wanted.purpose.ticket
        )
        if viewer.service or not decision.allowed:
            raise problem("NotAllowed", "your rights do not let you see more of this employee than a mask leaves")
        frozen = await self._acting.freezing.over(REVEALS, viewer.login, team_of(viewer), viewer.session, ())
        if frozen is not None:
            raise OperationProblem(frozen)
        shown.obligations = await self._obligations.looked_at(
            decision.obligations, employee, wanted.purpose, viewer, call
        )
        for each in shown.obligations:
            if not each.fulfilled and each.missing is not None:
                raise each.missing

    @staticmethod
    def _seen_masked(asking: Asking, wanted: Wanted, employee: Person) -> None:
        """See that the viewer is shown a mask there: no more, and no less. Raises: OperationProblem."""
        type_name, _, field_name = wanted.field.partition(".")
        outcome = asking.sight.of(employee).row[asking.guards.labels.of[type_name, field_name]]
        if outcome == ALLOWED:
            raise problem("NotPossible", "you may read this as it is; it is not masked", code="ALREADY_VISIBLE")
        if outcome != MASKED:
            raise problem("NotAllowed", "your rights do not let you know of this at all")

    async def _known(self, operator: str, wanted: Wanted) -> bool:
        """Whether the key stands for this already. Raises: OperationProblem KeyConflict."""
        known = select(col(OperationReveal.fingerprint)).where(
            col(OperationReveal.operator) == operator, col(OperationReveal.key) == wanted.key
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(known)).scalar()
        if found is not None and found != wanted.fingerprint:
            path = ("input", "idempotencyKey")
            raise problem("KeyConflict", "this key was used for something else; take a new one", path=path)
        return found is not None

    async def _count(self, operator: str) -> int:
        since = self._clock() - timedelta(hours=1)
        wanted = select(func.count()).where(col(OperationReveal.operator) == operator, col(OperationReveal.at) >= since)
        async with self._engine.connect() as connection:
            return int((await connection.execute(wanted)).scalar_one())

    async def _recorded(self, asking: Asking, wanted: Wanted, employee: Person) -> bool:
        """Make it durable that the value is about to be shown; False where the same key has shown it meanwhile."""
        viewer = asking.viewer
        row = OperationReveal(
            operator=viewer.login,
            key=wanted.key,
            fingerprint=wanted.fingerprint,
            employee_id=employee.employee_id,
            field=wanted.field,
            at=self._clock(),
        )
        event = Event(
            code="field.revealed",
            stage="read",
            outcome="success",
            operator=viewer.login,
            team=team_of(viewer),
            session=viewer.session,
            employee=employee.employee_id,
            country=viewer.country,
            fields=(wanted.field,),
            reason=wanted.purpose.reason,
            ticket=wanted.purpose.ticket,
            policy=viewer.policy.version,
            trace=asking.call.trace_id,
            detail={"place": wanted.place},
        )

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(insert(OperationReveal), [row.model_dump()])
            return True

        try:
            await self._trail.together(work, event)
        except IntegrityError:
            return not await self._known(viewer.login, wanted)
        return True


def _place(asking: Asking, wanted: Wanted) -> Place:
    found = PLACES.get(wanted.field)
    type_name, _, field_name = wanted.field.partition(".")
    if found is None or (type_name, field_name) not in asking.guards.labels.of:
        raise OperationProblem(
            Problem("BadInput", "BAD_INPUT", f"field is one of {', '.join(PLACES)}", ("input", "field"))
        )
    return found
