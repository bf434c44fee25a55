"""What a Request Tracker holds, in its own words: the seed of the twin, and of a real server."""

from collections.abc import Sequence
from dataclasses import dataclass, field

NEVER = "1970-01-01T00:00:00Z"


@dataclass(slots=True)
class RtUser:
    """A user. Shape: `name` is what they sign in with; people who only write e-mails have their address as name."""

    name: str
    email: str = ""
    real_name: str = ""
    privileged: bool = False


@dataclass(slots=True)
class RtTransaction:
    """One entry of a history. Shape: `kind` is RT's Type; `content` what was said, as plain text."""

    kind: str
    creator: str
    created: str
    field: str = ""
    old: str = ""
    new: str = ""
    content: str | None = None
    id: int = 0


@dataclass(slots=True)
class RtTicket:
    """A ticket. Shape: moments in ISO 8601, `NEVER` for none; `requestors` and `owner` name users."""

    id: int
    queue: str
    subject: str
    status: str
    requestors: list[str]
    owner: str = "Nobody"
    priority: int = 0
    created: str = NEVER
    last_updated: str = NEVER
    resolved: str = NEVER
    transactions: list[RtTransaction] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RtSeed:
    """A filled Request Tracker."""

    users: Sequence[RtUser]
    queues: Sequence[str]
    tickets: Sequence[RtTicket]
