"""Audit: the trail as security officers read it, and what every employee may know of who has looked at them."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import PUBLIC, argument, computed, noun, value

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="What a record tells of.")
class AuditStage(Enum):
    INTENT = strawberry.enum_value("INTENT", description="A system was about to be called.")
    OUTCOME = strawberry.enum_value("OUTCOME", description="What came of it.")
    READ = strawberry.enum_value("READ", description="Something was shown.")
    DENIED = strawberry.enum_value("DENIED", description="Something was refused.")
    DECISION = strawberry.enum_value("DECISION", description="Something was decided.")


@strawberry.enum(description="How what a record tells of ended.")
class AuditOutcome(Enum):
    SUCCESS = strawberry.enum_value("SUCCESS", description="It was done, shown or decided.")
    FAILURE = strawberry.enum_value("FAILURE", description="It was not done.")
    DENIED = strawberry.enum_value("DENIED", description="It was refused.")
    UNKNOWN = strawberry.enum_value("UNKNOWN", description="Nobody knows.")


@strawberry.enum(description="In which order to tell records.")
class AuditOrder(Enum):
    NEWEST = strawberry.enum_value("NEWEST", description="The newest first.")
    OLDEST = strawberry.enum_value("OLDEST", description="In the order in which they happened.")


@strawberry.input(description="Which records of the trail; all given conditions hold at once.")
class AuditFilter:
    employee: strawberry.ID | None = strawberry.field(default=None, description="Only about this employee.")
    operator: str | None = strawberry.field(default=None, description="Only by whoever has this login.")
    codes: list[str] | None = strawberry.field(default=None, description="Only of these codes.")
    stages: list[AuditStage] | None = strawberry.field(default=None, description="Only of these stages.")
    outcomes: list[AuditOutcome] | None = strawberry.field(default=None, description="Only with these outcomes.")
    operation: strawberry.ID | None = strawberry.field(default=None, description="Only of this run.")
    ticket: str | None = strawberry.field(default=None, description="Only for this ticket.")
    since: datetime | None = strawberry.field(default=None, description="Not before this moment.")
    until: datetime | None = strawberry.field(default=None, description="Before this moment.")


@noun(domain="structure", sensitivity=PUBLIC)
class AuditChange:
    """A value that was, or was to be, another."""

    field: str = value("What changed, as `Type.field`.")
    before: str | None = value("What it was; null where nothing was, it is not kept any more, or was not asked for.")
    after: str | None = value("What it was to be; null likewise.")
    withheld: bool = value("Whether there is, or was, a personal value that is not shown here.")


@noun(domain="structure", sensitivity=PUBLIC)
class AuditDetail:
    """A further fact of a record."""

    name: str = value("What it is.")
    value: str = value("What it says, as JSON where it is no text; empty for a personal value that is not shown.")


@noun(domain="structure", sensitivity=PUBLIC)
class AuditRecord:
    """One record of the trail."""

    writer: str = value("The process that wrote it.")
    seq: int = value("Its number among the records of that process.")
    place: int | None = value("Its place in the signed tree; null while it has none.")
    hash: str = value("What its writer's chain goes on from, SHA-256 in hex.")
    at: datetime = value("When.")
    code: str = value("What happened, as `noun.past`, of a list that only grows.")
    about: str = value("What the code says, in words.")
    stage: AuditStage = value("What it tells of.")
    outcome: AuditOutcome = value("How that ended.")
    operator: str = value("Who did it; `okno` for what the system does by itself.")
    team: str | None = value("The team they acted for.")
    session: str | None = value("Their sign-in.")
    approver: str | None = value("Who agreed to it.")
    end_user: str | None = value("Whom a program said it acted for.")
    source: str | None = value("The system that was called.")
    object: str | None = value("The thing it was done to.")
    country: str | None = value("Where the operator was.")
    document: str | None = value("The digest of the query that showed something.")
    fields: list[str] = value("The fields that were shown.")
    reason: str | None = value("Why.")
    ticket: str | None = value("The ticket it was for.")
    policy: str | None = value("The version of the policy in force.")
    rule: str | None = value("The row of the policy that decided.")
    operation: strawberry.ID | None = value("The run it belongs to.")
    step: str | None = value("The run's step.")
    trace: str | None = value("The request it belongs to.")
    changes: list[AuditChange] = value("What was changed, or was to be.")
    detail: list[AuditDetail] = value("Further facts.")

    @computed(asks=("directory.people_by_id",))
    def employee(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Whom it is about."""


@noun(domain="structure", sensitivity=PUBLIC)
class LookAtMe:
    """Somebody has looked at something of yours, or changed it."""

    at: datetime = value("When.")
    by: str = value("Who; `okno` for what the system does by itself.")
    team: str | None = value("The team they acted for.")
    end_user: str | None = value("Whom a program said it acted for.")
    code: str = value("What they did, as `noun.past`.")
    about: str = value("What they did, in words.")
    outcome: AuditOutcome = value("How it ended.")
    domains: list[str] = value("Whose data was shown: hr, directory, device and so on.")
    reason: str | None = value("Why.")
    ticket: str | None = value("The ticket it was for.")
    operation: strawberry.ID | None = value("The run it belongs to.")


Records = Annotated[AuditFilter | None, argument("Which records; all without it.")]
Values = Annotated[bool, argument("Whether personal values that are still kept are shown; that they were is recorded.")]
Order = Annotated[AuditOrder, argument("In which order.")]
Since = Annotated[datetime | None, argument("Not before this moment.")]
