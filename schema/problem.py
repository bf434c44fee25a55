"""Problems: why an operation was not done, typed, so that a form can say what to do next."""

from collections.abc import Mapping
from typing import Any, Final

import strawberry

from schema.declare import PUBLIC, definition_of, label, noun, value

PROBLEMS: Final[Mapping[str, str]] = {
    "AlreadyDecided": "Somebody has decided already, or the time for it is over.",
    "ApprovalRequired": "Somebody else has to agree first.",
    "AuditUnavailable": "It could not be recorded, so it was not done.",
    "BadInput": "An input field cannot be taken as it is.",
    "CallerNotVerified": "Whoever calls has to be verified first.",
    "Frozen": "It has been frozen by security officers.",
    "KeyConflict": "The idempotency key was used for something else.",
    "LimitReached": "It has been done often enough for now.",
    "NotAllowed": "The policy does not let the viewer do this.",
    "NotFound": "What it is about is not there, or not this employee's.",
    "NotPossible": "It cannot be done to this, as it stands.",
    "NotTheTime": "It may not be done at this hour.",
    "ReasonRequired": "A reason has to be given.",
    "SourceRejected": "The system refuses.",
    "SourceUnreachable": "The system cannot be asked now.",
    "StalePlan": "What the plan was made from has changed since.",
    "StepUpRequired": "The viewer has to sign in again first.",
    "TicketRequired": "An open ticket of this employee has to be named.",
}
"""The types of problems, a closed list, and what each says."""


@strawberry.federation.interface(description="Why an operation was not done. Nothing has been changed then.")
class Problem:
    message: str = value("For people, in words.", PUBLIC)
    code: str = value("For programs, of a closed list.", PUBLIC)
    path: list[str] = value("The input field at fault, from the outermost; empty where none is.", PUBLIC)


for _field in definition_of(Problem).fields:
    label(_field, "structure", PUBLIC)


def _type(name: str, about: str) -> type[Any]:
    return noun(domain="structure", sensitivity=PUBLIC)(
        type(name, (Problem,), {"__doc__": about, "__annotations__": {}})
    )


PROBLEM_TYPES: Final = tuple(_type(name, about) for name, about in PROBLEMS.items())
"""The types themselves, in order of their names."""
