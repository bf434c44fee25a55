"""Registered documents: what they ask for, who put them forward, who agreed."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import PUBLIC, noun, value
from schema.problem import Problem

STRUCTURE = "structure"
"""Who may read of documents at all is decided where they are looked up."""


@strawberry.enum(description="Where a registered document stands.")
class DocumentState(Enum):
    PROPOSED = strawberry.enum_value("PROPOSED", description="Somebody has put it forward.")
    APPROVED = strawberry.enum_value("APPROVED", description="Another person has agreed to it: it may be run.")
    RETIRED = strawberry.enum_value("RETIRED", description="It may be run no more.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class DocumentPassport:
    """What a document asks for, told from its text."""

    hash: str = value("What tells two passports apart; whoever agrees to a document names it.")
    kind: str = value("One of query, mutation and subscription.")
    fields: list[str] = value("The fields that it asks for, as `Type.field`.")
    labels: list[str] = value("Whose data and how sensitive, as `domain sensitivity`.")
    sources: list[str] = value("The kinds of systems that it asks.")
    operations: list[str] = value("What it changes.")
    cost: int = value("Points that it costs at most while nobody says how long its lists are to be.")
    hidden: bool = value("Whether it names fields that not everybody may know of.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class TrustedDocument:
    """A document that was registered, so that whoever may send no free text can run it."""

    id: strawberry.ID = value("`sha256:` and the hash of its text, as clients send it in `documentId`.")
    name: str = value("The name of its operation.")
    text: str = value("The document itself.")
    state: DocumentState = value("Where it stands.")
    passport: DocumentPassport = value("What it asks for, as of when it was put forward.")
    roles: list[str] = value("Roles of which one is needed to run it; empty: none.")
    ceiling: int = value("Points that one run of it may cost.")
    has_grown: bool = value("Whether it would ask for more now than was agreed to; then it is not run.")
    reason: str = value("What it is for.")
    proposed_by: str = value("Who put it forward.")
    proposed_at: datetime = value("Since when.")
    decided_by: str | None = value("Who agreed to it.")
    decided_at: datetime | None = value("When.")
    retired_by: str | None = value("Who retired it.")
    retired_at: datetime | None = value("When.")


@noun(domain=STRUCTURE, sensitivity=PUBLIC)
class DocumentPayload:
    """What comes of registering a document, agreeing to it, or retiring it."""

    document: TrustedDocument | None = value("The document, as it stands now.")
    problems: list[Problem] = value("Why nothing was done; empty where it was.")
