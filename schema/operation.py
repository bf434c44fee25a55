"""Operations: what can be done, what would be changed, what was, and what proves it."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import PUBLIC, argument, computed, noun, value
from schema.problem import Problem

if TYPE_CHECKING:
    from schema.employee import Employee

STRUCTURE = "structure"
"""Whoever may ask for a run may read it: that is decided where it is looked up. What it says of the employee keeps the
label of the field that it speaks of."""


@strawberry.enum(description="Whether an operation is only planned, or done.")
class OperationMode(Enum):
    PREVIEW = strawberry.enum_value("PREVIEW", description="Look at the systems and say what would be changed.")
    APPLY = strawberry.enum_value("APPLY", description="Do it.")


@strawberry.enum(description="How much harm an operation can do.")
class Risk(Enum):
    LOW = strawberry.enum_value("LOW", description="Little.")
    MEDIUM = strawberry.enum_value("MEDIUM", description="Some; a ticket is needed.")
    HIGH = strawberry.enum_value("HIGH", description="Much; more is needed.")


@strawberry.enum(description="Where a run of an operation stands.")
class OperationState(Enum):
    PLANNED = strawberry.enum_value("PLANNED", description="It has been planned and not begun.")
    AWAITING_APPROVAL = strawberry.enum_value("AWAITING_APPROVAL", description="Somebody else has to agree.")
    RUNNING = strawberry.enum_value("RUNNING", description="It is under way.")
    SUCCEEDED = strawberry.enum_value("SUCCEEDED", description="It was done, and read back.")
    FAILED = strawberry.enum_value("FAILED", description="It was not done, or the system does not show it.")
    COMPENSATING = strawberry.enum_value(
        "COMPENSATING", description="A later step failed; earlier ones are taken back."
    )
    COMPENSATED = strawberry.enum_value("COMPENSATED", description="A later step failed; earlier ones were taken back.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="Nobody knows whether it was done; a person has to look.")
    REJECTED = strawberry.enum_value("REJECTED", description="Somebody who was asked to agree did not.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Nobody agreed in time, or what was agreed to has changed.")
    CANCELLED = strawberry.enum_value("CANCELLED", description="Whoever asked for it took it back before it began.")
    FROZEN = strawberry.enum_value("FROZEN", description="Security officers have stopped it.")


@strawberry.enum(description="Where a step of a run stands.")
class StepState(Enum):
    WAITING = strawberry.enum_value("WAITING", description="It has not begun.")
    INTENDED = strawberry.enum_value("INTENDED", description="The system is being called.")
    DONE = strawberry.enum_value("DONE", description="It was done, and read back.")
    ALREADY_SO = strawberry.enum_value("ALREADY_SO", description="It was so before; nothing was called.")
    REFUSED = strawberry.enum_value("REFUSED", description="The system refused.")
    UNPROVEN = strawberry.enum_value("UNPROVEN", description="The system took it and does not show it.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="Nobody knows whether it was done.")
    UNDONE = strawberry.enum_value("UNDONE", description="It was done and taken back.")
    SKIPPED = strawberry.enum_value("SKIPPED", description="It was not done.")


@strawberry.input(description="What an operation is for.")
class PurposeInput:
    reason: str | None = strawberry.field(default=None, description="Why, in words.")
    ticket: str | None = strawberry.field(default=None, description="The number of the employee's open ticket.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class PlannedChange:
    """One value that would be another."""

    field: str = value("What changes, as `Type.field`.")
    before: str | None = value("What is there now; null where nothing is, or where the viewer may not read it.")
    after: str = value("What would be there.")
    withheld: bool = value("Whether what is there now may not be read by the viewer.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class Obligation:
    """What has to be fulfilled before an operation runs."""

    kind: str = value("What it is: reason, ticket, caller_verified, step_up, time_window, four_eyes or owner_approval.")
    fulfilled: bool = value("Whether it is fulfilled.")
    how: str = value("How it is, or how it can be.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class PlannedApproval:
    """Somebody's agreement that a plan needs."""

    kind: str = value("four_eyes or owner_approval.")
    asked_of: str | None = value("Who would be asked, as `team:` or `login:`; null for anybody else who may run it.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class OperationPlan:
    """What would be done."""

    hash: str = value("Stands for all of it; give it back with APPLY, and nothing else will be done.")
    changes: list[PlannedChange] = value("What would be changed; empty where everything is so already.")
    side_effects: list[str] = value("What follows from it besides.")
    obligations: list[Obligation] = value("What has to be fulfilled first.")
    approvals: list[PlannedApproval] = value("Whose agreement it would wait for; empty where nobody else has to agree.")
    expires_at: datetime | None = value("Until when it would wait for them, were it asked for now.")
    already: bool = value("Whether everything is so already.")
    reverts_at: datetime | None = value("When it will be taken back by itself.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class Proof:
    """What the system showed afterwards, asked by another way than the call itself."""

    read_back_at: datetime = value("When it was read back.")
    shown: list[str] = value("What it showed, as `attribute: value`, as far as the viewer may read it.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class OperationStep:
    """One call of a run."""

    name: str = value("Its name.")
    source: str = value("The system that is called.")
    state: StepState = value("Where it stands.")
    attempts: int = value("How often the system was called.")
    made: str | None = value("The key of what the system made.")
    proof: Proof | None = value("What proves it; null where nothing does yet.")
    problem: str | None = value("What went wrong.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class Approval:
    """Somebody's agreement that a run waits for, or has had."""

    kind: str = value("four_eyes or owner_approval.")
    asked_of: str | None = value("Who is asked, as `team:` or `login:`; null for anybody else who may run it.")
    plan_hash: str = value("The plan that is agreed to; give it back with the decision.")
    deadline: datetime = value("Until when it waits.")
    decision: str | None = value("APPROVED or REJECTED; null while it waits.")
    decided_by: str | None = value("Who decided.")
    decided_at: datetime | None = value("When.")
    note: str | None = value("What they said.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class Undo:
    """How a run can be taken back."""

    possible: bool = value("Whether it can be, as far as is known without looking.")
    operation: str | None = value("The operation whose rights are needed for it.")
    why_not: str | None = value("Why it cannot.")
    undone_by: strawberry.ID | None = value("The run that took it back.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class OperationProblemNote:
    """What went wrong with a run."""

    code: str = value("For programs.")
    message: str = value("For people.")
    step: str | None = value("In which step.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class Operation:
    """One run of an operation."""

    id: strawberry.ID = value("Its id.")
    name: str = value("Which operation, as `verb_noun`.")
    state: OperationState = value("Where it stands.")
    by: str = value("Who asked for it.")
    holder: str = value("Who answers for it now.")
    team: str | None = value("The team they acted for.")
    reason: str | None = value("Why.")
    ticket: str | None = value("The ticket it is for.")
    origin: str = value("OPERATOR, UNDO, REVERT, COMPENSATION, CASE, SCENARIO or BULK.")
    parent: strawberry.ID | None = value("The run that it belongs to.")
    created_at: datetime = value("When it was asked for.")
    ended_at: datetime | None = value("When it came to its end.")
    reverts_at: datetime | None = value("When it will be taken back by itself.")
    changes: list[PlannedChange] = value("What was to be changed.")
    steps: list[OperationStep] = value("Its steps, in order.")
    approvals: list[Approval] = value("What it waits for, or has waited for.")
    undo: Undo = value("How it can be taken back.")
    problem: OperationProblemNote | None = value("What went wrong.")
    audit_events: list[str] = value("Codes of the events in the trail that tell of it.")

    @computed(asks=("directory.people_by_id",))
    def employee(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Whom it is about."""


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class ShownSecret:
    """Something that is shown once: read it out or write it down now."""

    step: str = value("The step that made it.")
    value: str = value("The secret itself. It is kept nowhere and will not be shown again.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class OperationPayload:
    """What comes of asking for an operation."""

    plan: OperationPlan | None = value("What would be done.")
    operation: Operation | None = value("The run; null in a preview, and where nothing was begun.")
    secrets: list[ShownSecret] = value("What is shown once.")
    replayed: bool = value("Whether the key stood for this run before: nothing was done a second time.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")

    @computed(asks=("directory.people_by_id",))
    def employee(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Whom it is about, as they are now."""


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class OperationField:
    """One input field of an operation, for a form."""

    name: str = value("Its name.")
    kind: str = value("ID, String, Int, Boolean, DateTime, or a list of strings.")
    node: str | None = value("For an id: of what type.")
    about: str = value("What it is.")
    required: bool = value("Whether it has to be given.")
    choices: list[str] = value("The only values it may have; empty for any.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class OperationType:
    """Something that can be done."""

    name: str = value("Its name, as `verb_noun`.")
    field: str = value("The mutation's name.")
    about: str = value("What it does.")
    domain: str = value("Whose data it changes.")
    risk: Risk = value("How much harm it can do.")
    event: str = value("The code of its events in the trail.")
    fields: list[OperationField] = value("What has to be given besides employee, purpose and key.")
    undone_by: str | None = value("The operation whose rights are needed to take it back; null where it cannot be.")
    reveals: bool = value("Whether it shows a secret once.")
    allowed: bool = value("Whether the viewer may run it on anybody at all.")
    why_not: str | None = value("Why not.")
    obligations: list[str] = value("What may have to be fulfilled first.")


@strawberry.input(description="Which runs to list; all given conditions hold at once.")
class OperationFilter:
    employee: strawberry.ID | None = strawberry.field(default=None, description="Only about this employee.")
    states: list[OperationState] | None = strawberry.field(default=None, description="Only in one of these states.")
    names: list[str] | None = strawberry.field(default=None, description="Only runs of these operations.")
    mine: bool | None = strawberry.field(default=None, description="Only what the viewer asked for or answers for.")


RunId = Annotated[strawberry.ID, argument("The run's id.")]
