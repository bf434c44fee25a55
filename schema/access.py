"""Access: who may see what, and why; the part of the graph that is about rights themselves."""

from enum import Enum
from typing import Annotated

import strawberry

from schema.declare import CONFIDENTIAL, INTERNAL, RESTRICTED, argument, noun, value


@strawberry.enum(description="What comes of a wish to read a field.")
class AccessOutcome(Enum):
    ALLOWED = strawberry.enum_value("ALLOWED", description="It is shown.")
    MASKED = strawberry.enum_value("MASKED", description="What its mask leaves is shown.")
    DENIED = strawberry.enum_value("DENIED", description="It is not shown.")


@noun(domain="policy", sensitivity=INTERNAL)
class FieldAccess:
    """What a viewer may see of one field of one employee, without the data."""

    field: str = value("The field, as `Type.field`.")
    outcome: AccessOutcome = value("What comes of it.")
    reason: str | None = value("Why, in words fit for anybody; null where it is shown.")
    ask: str | None = value("How to ask for it; null where it is shown.")
    near: str | None = value("Which condition was nearly met, in words fit for a lead.", CONFIDENTIAL)
    rule: str | None = value("The row that decided, and the facts, for security officers.", RESTRICTED)


@strawberry.enum(description="As whom somebody looks at an employee.")
class Looker(Enum):
    OTHER = strawberry.enum_value("OTHER", description="As anybody else.")
    THEMSELVES = strawberry.enum_value("THEMSELVES", description="As the employee; only what others do not see.")
    REPORT = strawberry.enum_value(
        "REPORT", description="As one whose manager the employee is; only what others do not see."
    )


@noun(domain="policy", sensitivity=RESTRICTED)
class FieldReader:
    """One way to a field of an employee: who sees it, by which role, and when."""

    looker: Looker = value("As whom they look.")
    holder: str = value("The team, its lead, or whoever is signed in.")
    role: str = value("The role that it comes from.")
    outcome: AccessOutcome = value("What they see.")
    condition: str = value("What must be so besides, in plain words.")
    members: list[str] = value("Logins that the team's file names.")
    groups: list[str] = value("Directory groups whose members belong to the team.")


@noun(domain="policy", sensitivity=RESTRICTED)
class OperationRunner:
    """One way to an operation on an employee: who may run it, by which role, when, and what they must fulfil."""

    looker: Looker = value("As whom they do it.")
    holder: str = value("The team, its lead, or whoever is signed in.")
    role: str = value("The role that it comes from.")
    condition: str = value("What must be so besides, in plain words.")
    obligations: list[str] = value("What must be fulfilled first.")
    members: list[str] = value("Logins that the team's file names.")
    groups: list[str] = value("Directory groups whose members belong to the team.")


FieldsArgument = Annotated[list[str], argument("Fields as `Type.field`, 200 at most.")]
TeamArgument = Annotated[
    strawberry.ID | None,
    argument("As an operator of this team would see it, for security officers; without it, as the viewer does."),
]
