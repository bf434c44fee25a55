"""Timeline: what happened to somebody in all systems, in one order."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.declare import PERSONAL, computed, noun, value
from schema.operation import Operation


@strawberry.enum(description="Which part of work life an event is about.")
class TimelineKind(Enum):
    EMPLOYMENT = strawberry.enum_value("EMPLOYMENT", description="Hired, moved, away, left.")
    ACCOUNT = strawberry.enum_value("ACCOUNT", description="Sign-in accounts.")
    CERTIFICATE = strawberry.enum_value("CERTIFICATE", description="Certificates.")
    DEVICE = strawberry.enum_value("DEVICE", description="Equipment.")
    SOFTWARE = strawberry.enum_value("SOFTWARE", description="Programs and licences.")
    SECOND_FACTOR = strawberry.enum_value("SECOND_FACTOR", description="Second factors.")
    BADGE = strawberry.enum_value("BADGE", description="Badges and doors.")
    MAIL = strawberry.enum_value("MAIL", description="Mailbox.")
    VPN = strawberry.enum_value("VPN", description="Tunnels.")
    SESSION = strawberry.enum_value("SESSION", description="Sign-ins through the identity provider.")
    TICKET = strawberry.enum_value("TICKET", description="Tickets.")
    OPERATION = strawberry.enum_value("OPERATION", description="What was done through Okno, or tried.")


@noun(domain="timeline", sensitivity=PERSONAL)
class TimelineEvent:
    """Something that happened to somebody, told by one system."""

    at: datetime = value("When.")
    kind: TimelineKind = value("Which part of work life it is about.")
    code: str = value("What happened, as `noun.past`: a stable word to translate by.")
    about: str = value(
        "The thing it happened to: a serial, a tag, a login, a subject; empty where it is the person. "
        "The name of the operation where it was done through Okno."
    )
    source: str = value("The source that says so; `okno` where it was done through Okno.")

    @computed()
    def operation(self) -> Operation | None:
        """The run that it was, where it was done through Okno."""
