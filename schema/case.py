"""Case: the ticket that an operator has in hand, and what went back into it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import PUBLIC, computed, noun, value
from schema.problem import Problem

if TYPE_CHECKING:
    from schema.employee import Employee


@noun(domain="structure", sensitivity=PUBLIC)
class WriteBack:
    """What came of a run, told in its ticket."""

    operation: strawberry.ID = value("The run.")
    state: str = value("WAITING, SENT, or GIVEN_UP.")
    attempts: int = value("How often it was tried.")
    problem: str | None = value("Why it was not taken, the last time.")
    next_at: datetime | None = value("When it is tried again; null where it is over.")


@noun(domain="structure", sensitivity=PUBLIC)
class Case:
    """The ticket that the viewer has in hand: the purpose of what they read and do, until they put it down."""

    id: strawberry.ID = value("Its id.")
    ticket: str = value("The ticket's number.")
    opened_at: datetime = value("When it was taken in hand.")
    write_backs: list[WriteBack] = value("What was told in the ticket since, or is about to be, the oldest first.")

    @computed(asks=("directory.people_by_id",))
    def employee(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Whom it is about: who asked for the ticket."""


@noun(domain="structure", sensitivity=PUBLIC)
class CasePayload:
    """What comes of taking a ticket in hand, or putting it down."""

    case: Case | None = value("What is in hand now.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")
