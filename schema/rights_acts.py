"""Rights as they are changed: versions of the policy, roles for a time, sign-ins, holds, and what comes of each act."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from schema.declare import PUBLIC, argument, noun, value
from schema.operation import Obligation, Operation
from schema.problem import Problem

STRUCTURE = "structure"
"""Who may read of a grant, a version, a sign-in or a hold at all is decided where it is looked up."""


@strawberry.enum(description="What a role for a time is.")
class GrantKind(Enum):
    GRANT = strawberry.enum_value("GRANT", description="Another person has given it.")
    BREAK_GLASS = strawberry.enum_value("BREAK_GLASS", description="It was taken in an emergency.")


@strawberry.enum(description="Where a role for a time stands.")
class GrantState(Enum):
    WAITS = strawberry.enum_value("WAITS", description="A third person has to agree.")
    LIVE = strawberry.enum_value("LIVE", description="It is held now.")
    ENDED = strawberry.enum_value("ENDED", description="It is over.")


@strawberry.enum(description="Where a version of the policy stands.")
class PolicyState(Enum):
    PROPOSED = strawberry.enum_value("PROPOSED", description="Somebody has put it forward.")
    APPROVED = strawberry.enum_value("APPROVED", description="Another person has agreed to it.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="It is in force.")
    RETIRED = strawberry.enum_value("RETIRED", description="It was in force.")
    REJECTED = strawberry.enum_value("REJECTED", description="It was put aside.")


@strawberry.enum(description="What a hold keeps from being erased.")
class HoldKind(Enum):
    EMPLOYEE = strawberry.enum_value("EMPLOYEE", description="Records about an employee, by number.")
    TICKET = strawberry.enum_value("TICKET", description="Records made for a ticket.")
    OPERATION = strawberry.enum_value("OPERATION", description="Records of one run.")
    OPERATOR = strawberry.enum_value("OPERATOR", description="Records of what one person did, by login.")


@strawberry.input(description="One file of a policy.")
class PolicyFileInput:
    path: str = strawberry.field(description="Its place, such as `teams/helpdesk.yaml`.")
    text: str | None = strawberry.field(default=None, description="What stands in it; null takes the file away.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class RightsChange:
    """One thing that somebody gains or loses."""

    gained: bool = value("Whether it is gained; otherwise it is lost.")
    who: str = value("Who gains or loses it.")
    what: str = value("What, in plain words.")
    was: str = value("What it was before.")
    will_be: str = value("What it will be.")
    when: str = value("For which employees, things and moments.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class RightsPlan:
    """What an act on rights would change, to the end."""

    hash: str = value("Stands for all of it; give it back with APPLY, and nothing else will be done.")
    summary: str = value("All of it in one sentence.")
    widening: bool = value("Whether anybody gains anything.")
    changes: list[RightsChange] = value("Everything that is gained and lost; nothing is left out.")
    must_agree: list[str] = value("Who else has to agree, in words; empty where nobody has.")
    obligations: list[Obligation] = value("What has to be fulfilled first.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class RightsGrant:
    """A role that somebody holds until a moment."""

    id: strawberry.ID = value("Its id.")
    kind: GrantKind = value("What it is.")
    state: GrantState = value("Where it stands.")
    login: str = value("Who has it.")
    role: str = value("The role.")
    regions: list[str] = value("For which regions; empty for every one.")
    clearance: list[str] = value("The clearance that comes with it.")
    reason: str = value("What it is for.")
    ticket: str | None = value("The ticket that it is about.")
    starts: datetime = value("Since when.")
    until: datetime = value("Until when.")
    by: str = value("Who gave or took it.")
    approved_by: str | None = value("Who agreed to it.")
    ended_by: str | None = value("Who ended it before its time.")
    ended_at: datetime | None = value("When it was ended before its time.")
    waits_for_review: bool = value("Whether another person has still to look at what was done with it.")
    reviewed_by: str | None = value("Who looked at it afterwards.")
    review_note: str | None = value("What they found.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class PolicyVersion:
    """A version of who may what."""

    hash: strawberry.ID = value("Its name.")
    version: str = value("The name of the policy that it makes, as answers tell it.")
    state: PolicyState = value("Where it stands.")
    base: str | None = value("The version that it was last compared with.")
    widening: bool = value("Whether it gave anybody anything more than that one.")
    note: str = value("What it is for.")
    by: str = value("Who put it forward.")
    created_at: datetime = value("When.")
    decided_by: str | None = value("Who put it in force or aside.")
    decided_at: datetime | None = value("When.")
    shadowed: bool = value("Whether it runs beside the one in force.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class SignIn:
    """A sign-in of a person, still good."""

    id: strawberry.ID = value("Its id.")
    login: str = value("Who has signed in.")
    since: datetime = value("When.")
    seen_at: datetime = value("When it was used last, to half a minute.")
    expires_at: datetime = value("When it ends whatever happens.")
    address: str | None = value("From where.")
    agent: str | None = value("With what.")
    current: bool = value("Whether it is the one that asks.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class Hold:
    """A case of which nothing is erased."""

    id: strawberry.ID = value("Its id.")
    kind: HoldKind = value("What is kept.")
    about: str = value("Whom or what it is about.")
    reason: str = value("Why.")
    placed_by: str = value("Who asked for it.")
    placed_at: datetime = value("Since when.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class PolicyPayload:
    """What comes of an act on the policy."""

    plan: RightsPlan | None = value("What would be changed.")
    operation: Operation | None = value("The run; null in a preview, and where nothing was done.")
    policy_version: PolicyVersion | None = value("The version, as it is now.")
    replayed: bool = value("Whether the key stood for this before: nothing was done a second time.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class GrantPayload:
    """What comes of an act on roles for a time."""

    plan: RightsPlan | None = value("What would be changed.")
    operation: Operation | None = value("The run; null in a preview, and where nothing was done.")
    grant: RightsGrant | None = value("The grant, as it is now.")
    replayed: bool = value("Whether the key stood for this before: nothing was done a second time.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class RevocationPayload:
    """What comes of taking a sign-in or a token back."""

    plan: RightsPlan | None = value("What would be changed.")
    operation: Operation | None = value("The run; null in a preview, and where nothing was done.")
    replayed: bool = value("Whether the key stood for this before: nothing was done a second time.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class HoldPayload:
    """What comes of placing or lifting a hold."""

    plan: RightsPlan | None = value("What would be changed.")
    operation: Operation | None = value("The run; it waits until another person agrees.")
    hold: Hold | None = value("The hold, where there is one now.")
    replayed: bool = value("Whether the key stood for this before: nothing was done a second time.")
    problems: list[Problem] = value("Why nothing was done, or what it waits for; empty where it was done.")


LoginArgument = Annotated[str | None, argument("Whose; the viewer's own without it.")]
Everybody = Annotated[bool, argument("Those of everybody.")]
