"""Recording: what stands in the trail of changes to rights, sign-ins and tokens."""

from typing import Any

from audit.event import Event
from gateway.standing import Who


def decided(
    code: str, who: Who, of: str | None = None, *, reason: str | None = None, ticket: str | None = None, **detail: Any
) -> Event:
    """An act on rights. Shape: `of` is the login, the version or the grant that it is about."""
    return Event(
        code=code,
        stage="decision",
        outcome="success",
        operator=who.login,
        team=who.team,
        object=of,
        reason=reason,
        ticket=ticket,
        detail={name: value for name, value in detail.items() if value not in (None, (), [])},
    )


def by_name(code: str, operator: str, of: str | None = None, **detail: Any) -> Event:
    """An act of somebody who is known by a name only."""
    return Event(code=code, stage="decision", outcome="success", operator=operator, object=of, detail=detail)
