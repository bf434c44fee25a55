"""Disagreement: what two systems say differently about one employee."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import PERSONAL, noun, value


@strawberry.enum(description="How soon somebody should look.")
class Gravity(Enum):
    HIGH = strawberry.enum_value("HIGH", description="Access that should not be there.")
    MEDIUM = strawberry.enum_value("MEDIUM", description="Will hinder somebody's work or a check.")
    LOW = strawberry.enum_value("LOW", description="Untidy.")


@noun(domain="disagreement", sensitivity=PERSONAL)
class Statement:
    """What one source says."""

    source: str = value("The source.")
    says: str = value("What it says.")


@noun(domain="disagreement", sensitivity=PERSONAL)
class Disagreement:
    """What two systems say differently."""

    code: str = value("What kind of disagreement, a stable word to translate by.")
    gravity: Gravity = value("How soon somebody should look.")
    about: str = value("The thing in question: a serial, a tag, a login.")
    statements: list[Statement] = value("Who says what.")
    since: datetime | None = value("Since when they have differed, where that can be told.")
    mended_by: str | None = value("Name of the operation that mends it.")
