"""Second factor: what a person confirms a sign-in with."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import PERSONAL, noun, value


@strawberry.enum(description="How a sign-in is confirmed.")
class SecondFactorKind(Enum):
    TOTP = strawberry.enum_value("TOTP", description="A code that changes with time.")
    HOTP = strawberry.enum_value("HOTP", description="A code that changes with each use.")
    WEBAUTHN = strawberry.enum_value("WEBAUTHN", description="A security key or passkey.")
    PUSH = strawberry.enum_value("PUSH", description="A question on the phone.")
    SMS = strawberry.enum_value("SMS", description="A code by text message.")
    EMAIL = strawberry.enum_value("EMAIL", description="A code by mail.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else.")


@noun(domain="second_factor")
class SecondFactor:
    """One token of the second-factor system."""

    serial: str = value("Its serial.")
    kind: SecondFactorKind = value("How it confirms.")
    description: str | None = value("What its owner calls it.")
    active: bool = value("Whether it may be used.")
    locked: bool = value("Whether too many failures have locked it.")
    failures: int | None = value("Failures in a row.")
    enrolled_at: datetime | None = value("When it was enrolled.")
    last_used_at: datetime | None = value("When it last confirmed.", PERSONAL)
