"""Badge: a pass to the company's buildings."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import PERSONAL, computed, noun, value


@strawberry.enum(description="What a badge is.")
class BadgeKind(Enum):
    PERMANENT = strawberry.enum_value("PERMANENT", description="An employee's own.")
    TEMPORARY = strawberry.enum_value("TEMPORARY", description="Given for days.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else.")


@strawberry.enum(description="Whether a badge opens doors now.")
class BadgeStatus(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="It does.")
    BLOCKED = strawberry.enum_value("BLOCKED", description="It was blocked.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time is over.")


@noun(domain="badge", sensitivity=PERSONAL)
class Passage:
    """One try to open a door."""

    door: str = value("The door.")
    at: datetime = value("When.")
    granted: bool = value("Whether it opened.")


@noun(domain="badge")
class Badge:
    """A badge."""

    number: str = value("Its number.")
    kind: BadgeKind = value("What it is.")
    zones: list[str] = value("Zones it opens.")
    issued_at: datetime | None = value("When it was issued.")
    valid_until: datetime | None = value("When it ends; null for never.")
    blocked_at: datetime | None = value("When it was blocked.")
    passages: list[Passage] | None = value(
        "The latest tries to open doors, the newest first, twenty at most.", PERSONAL
    )

    @computed(reads=("valid_until", "blocked_at"))
    def status(self) -> BadgeStatus:
        """Whether it opens doors now."""
