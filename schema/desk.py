"""Around operations: verified callers and freezes."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import PUBLIC, noun, value
from schema.problem import Problem


@strawberry.enum(description="How a caller proves who they are.")
class CallerMethod(Enum):
    CALL_BACK = strawberry.enum_value("CALL_BACK", description="The operator calls back on a number known before.")
    MANAGER = strawberry.enum_value("MANAGER", description="The employee's manager says that it is them.")
    CODE = strawberry.enum_value("CODE", description="The caller reads out a code shown where they are signed in.")


@strawberry.enum(description="How it is found out what became of a run.")
class Resolution(Enum):
    LOOK = strawberry.enum_value("LOOK", description="By a look at the system.")
    HAPPENED = strawberry.enum_value("HAPPENED", description="A person has seen that it happened.")
    DID_NOT_HAPPEN = strawberry.enum_value("DID_NOT_HAPPEN", description="A person has seen that it did not.")


@strawberry.enum(description="What can be frozen.")
class FreezeKind(Enum):
    PERSON = strawberry.enum_value("PERSON", description="Every operation of one person.")
    SESSION = strawberry.enum_value("SESSION", description="Every operation of one sign-in.")
    TEAM = strawberry.enum_value("TEAM", description="Every operation of one team.")
    OPERATION = strawberry.enum_value("OPERATION", description="One operation, whoever runs it.")
    SOURCE = strawberry.enum_value("SOURCE", description="Every change in one system.")


@noun(domain="structure", sensitivity=PUBLIC)
class VerificationPayload:
    """What comes of verifying a caller."""

    id: strawberry.ID | None = value("The verification that was begun; to be confirmed.")
    verified_until: datetime | None = value("Until when the caller counts as verified, for you.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")


@noun(domain="structure", sensitivity=PUBLIC)
class CallerCode:
    """A code for the viewer to read out to the colleague of the service desk who is on the phone with them."""

    id: strawberry.ID = value("The verification that it is for.")
    code: str = value("Six digits. Tell them nobody else.")
    asked_by: str = value("Who asked for it.")
    good_until: datetime = value("Until when it is good.")


@noun(domain="structure", sensitivity=PUBLIC)
class Freeze:
    """Something that security officers have stopped."""

    id: strawberry.ID = value("Its id.")
    kind: FreezeKind = value("What is stopped.")
    name: str = value("Its name.")
    reason: str = value("Why.")
    by: str = value("Who stopped it.")
    at: datetime = value("Since when.")


@noun(domain="structure", sensitivity=PUBLIC)
class FreezePayload:
    """What comes of freezing, or of letting go on."""

    freeze: Freeze | None = value("What is stopped now.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")
