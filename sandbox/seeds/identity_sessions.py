"""Single sign-on sessions, as the identity provider shows them."""

from datetime import datetime
from typing import Final

from sandbox.company.model import Company, IdentitySession
from sources.identity_sessions.twin import IdentityTwin, Session

_SHOUTED: Final = 4
"""Every so many sessions came by way of a broker that writes ids in capital letters."""


def twin(company: Company) -> IdentityTwin:
    """The provider's twin, with everyone signed in who is."""
    return IdentityTwin(seed(company))


def seed(company: Company) -> list[Session]:
    """Sessions by the directory's id of their owner."""
    return [_session(each, number) for number, each in enumerate(company.identity_sessions)]


def _session(session: IdentitySession, number: int) -> Session:
    return Session(
        id=session.id,
        userId=session.owner_uid.upper() if number % _SHOUTED == _SHOUTED - 1 else session.owner_uid,
        clients=[{"clientId": session.application.lower(), "name": session.application}],
        ipAddress=session.ip,
        userAgent=session.user_agent,
        start=_milliseconds(session.started_at),
        lastAccess=_milliseconds(session.last_seen_at),
        expires=_milliseconds(session.expires_at),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
