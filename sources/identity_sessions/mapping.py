"""Sessions of an identity provider to the port's."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sources.kit.reading import BadData, match_many, optional_text, rows, text, whole
from sources.ports.errors import Answer
from sources.ports.sessions import IdentitySession


def sessions(source: str, users: Sequence[str], found: Iterable[Any]) -> list[Answer[tuple[IdentitySession, ...]]]:
    """Sessions for user ids in lower case, the latest seen first. Shape: `users[i] -> tuple`, none -> ()."""
    answers = match_many(source, users, found, _user, lambda row: session(row, source))
    return [tuple(sorted(each, key=_recency)) if isinstance(each, tuple) else each for each in answers]


def session(row: Any, source: str) -> IdentitySession:
    """One session; one that several applications share names them all. Raises: BadData."""
    started = _milliseconds(row, "start")
    names = [optional_text(each, "name") or text(each, "clientId") for each in rows(row, "clients")]
    if started is None or not names:
        raise BadData("a session without a start or an application")
    return IdentitySession(
        source=source,
        session_id=text(row, "id"),
        application=", ".join(names),
        started_at=started,
        last_seen_at=_milliseconds(row, "lastAccess"),
        expires_at=_milliseconds(row, "expires"),
        ip=optional_text(row, "ipAddress"),
        user_agent=optional_text(row, "userAgent"),
    )


def _user(row: Any) -> str:
    return text(row, "userId").casefold()


def _recency(session: IdentitySession) -> tuple[float, str]:
    return -(session.last_seen_at or session.started_at).timestamp(), session.session_id


def _milliseconds(row: Any, name: str) -> datetime | None:
    value = whole(row, name)
    try:
        return datetime.fromtimestamp(value / 1000, UTC) if value else None
    except (OverflowError, ValueError, OSError):
        raise BadData(f"{name}: not a moment in milliseconds") from None
