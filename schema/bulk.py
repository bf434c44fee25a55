"""Bulks: one operation for many employees, and where each of them stands."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import PUBLIC, argument, computed, noun, value
from schema.operation import Operation, OperationPayload, OperationProblemNote
from schema.problem import Problem

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="Where a bulk stands.")
class BulkState(Enum):
    RUNNING = strawberry.enum_value("RUNNING", description="It is under way.")
    PAUSED = strawberry.enum_value("PAUSED", description="It rests until it is let go on; what has begun goes on.")
    ENDED = strawberry.enum_value("ENDED", description="Everybody has had their turn; some may wait for an agreement.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="What had not begun was called off.")


@strawberry.input(description="One employee that something is done to.")
class BulkItemInput:
    employee: strawberry.ID = strawberry.field(description="Whom it is about.")
    ticket: str | None = strawberry.field(default=None, description="The number of this employee's open ticket.")
    plan_hash: strawberry.ID | None = strawberry.field(
        default=None, description="The hash of the plan that was shown for this employee: nothing else is done."
    )


@noun(domain="structure", sensitivity=PUBLIC)
class BulkCount:
    """How many employees of a bulk stand somewhere."""

    state: str = value("Where they stand, as in `BulkItem.state`.")
    count: int = value("How many.")


@noun(domain="structure", sensitivity=PUBLIC)
class BulkItem:
    """One employee of a bulk."""

    number: int = value("Its place, from 0.")
    state: str = value(
        "WAITING; BEGINNING; REFUSED, it was not begun; CANCELLED; or where its run stands, as `OperationState`."
    )
    attempts: int = value("How often it was tried.")
    ticket: str | None = value("The ticket it is for.")
    problem: OperationProblemNote | None = value("Why it was not done.")

    @computed()
    def operation(self) -> Operation | None:
        """Its run; null where it has none yet, or was refused."""

    @computed(asks=("directory.people_by_id",))
    def employee(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Whom it is about."""


@noun(domain="structure", sensitivity=PUBLIC)
class Bulk:
    """One operation for many employees; each is a run of its own."""

    id: strawberry.ID = value("Its id.")
    name: str = value("Which operation, as `verb_noun`.")
    state: BulkState = value("Where it stands.")
    by: str = value("Who asked for it.")
    team: str | None = value("The team they acted for.")
    reason: str | None = value("Why.")
    size: int = value("How many employees it is for.")
    created_at: datetime = value("When it was asked for.")
    ended_at: datetime | None = value("When everybody had had their turn, or it was called off.")
    problem: OperationProblemNote | None = value("Why it rests, where nobody has asked for that.")
    progress: list[BulkCount] = value("How many stand where, by the name of the state.")
    items: list[BulkItem] = value("Everybody that it is for, in the order asked for.")


@noun(domain="structure", sensitivity=PUBLIC)
class BulkPayload:
    """What comes of asking for a bulk, or of letting it rest, go on, be repeated or end."""

    previews: list[OperationPayload] = value("In a preview, what would be done to each, in the order asked for.")
    bulk: Bulk | None = value("The bulk; null in a preview, and where nothing was begun.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")


BulkId = Annotated[strawberry.ID, argument("The bulk's id.")]
Mine = Annotated[bool, argument("Only what the viewer asked for.")]
