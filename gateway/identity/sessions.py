"""Sessions: people who have signed in, kept in the store so that each can be seen and ended."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col, select

from audit.event import Event
from audit.trail import TrailUnavailable
from gateway.identity.digests import aware, digest_of, drawn, short_id
from gateway.identity.tables import Session
from gateway.store import Store
from sources.ports.call import utc_now

T = TypeVar("T")
log = logging.getLogger("okno.identity")

_KEPT: Final = timedelta(seconds=1)
_SEEN: Final = timedelta(seconds=30)
"""How far the stored moment of last use may lag behind; a session may seem idle this much too early, never too late."""
_SECRET_LENGTH: Final = 43
_AGENT_LENGTH: Final = 120


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that is good now. Shape: `groups` are those the provider told, None where it told none."""

    id: str
    login: str
    groups: frozenset[str] | None
    created_at: datetime
    seen_at: datetime
    idle_until: datetime
    expires_at: datetime
    address: str | None = None
    agent: str | None = None
    active_team: str | None = None
    country: str | None = None

    def good(self, now: datetime) -> bool:
        """Whether it has neither lain idle nor lasted too long."""
        return now < self.idle_until and now < self.expires_at


class Sessions:
    """Begins, knows and ends sessions.

    What it knows it remembers for a second: a session ended here ends at once, in other processes within that time.
    """

    def __init__(
        self, store: Store, idle: timedelta, longest: timedelta, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._store = store
        self._idle = idle
        self._longest = longest
        self._clock = clock
        self._remembered: dict[str, tuple[datetime, SignedIn]] = {}
        self._changes = 0
        self._left: dict[tuple[str, str], Event] = {}
        self._settling = False

    async def begin(
        self,
        login: str,
        groups: Sequence[str] | None = None,
        *,
        address: str | None = None,
        agent: str | None = None,
        country: str | None = None,
    ) -> tuple[str, SignedIn]:
        """A new session. Returns: the secret for the cookie, told only now, and the session. Ended ones are cleared."""
        secret, now = drawn(), self._clock()
        row = Session(
            digest=digest_of(secret),
            id=short_id(),
            login=login,
            groups=sorted(set(groups)) if groups is not None else None,
            created_at=now,
            seen_at=now,
            idle_until=min(now + self._idle, now + self._longest),
            expires_at=now + self._longest,
            address=address,
            agent=_printable(agent),
            country=country,
        )

        async def add(session: AsyncSession) -> None:
            ended = (col(Session.expires_at) < now) | (col(Session.idle_until) < now)
            await session.execute(delete(Session).where(ended))
            session.add(row)

        started = Event(
            code="session.started",
            stage="outcome",
            outcome="success",
            operator=login,
            session=row.id,
            address=address,
            country=country,
        )
        await self._recorded(add, started)
        return secret, _signed_in(row)

    async def denied(self, code: str, login: str | None, address: str | None) -> None:
        """Record that somebody was not let in."""

        async def nothing(_session: AsyncSession) -> None:
            """Only the record."""

        event = Event(
            code="session.denied",
            stage="denied",
            outcome="denied",
            operator=login or "nobody",
            address=address,
            detail={"problem": code},
        )
        await self._recorded(nothing, event)

    async def of(self, secret: str, *, used: bool = True) -> SignedIn | None:
        """The session that a cookie's secret opens, None when there is none that is good. Being asked counts as use, or not."""
        if len(secret) != _SECRET_LENGTH or not secret.isascii():
            return None
        now, digest = self._clock(), digest_of(secret)
        known = self._remembered.get(digest)
        found = known[1] if known is not None and known[0] > now else await self._look_up(digest, now, used=used)
        return found if found is not None and found.good(now) and not self._has_left(found) else None

    async def of_login(self, login: str) -> list[SignedIn]:
        """All sessions of a person that are good now, the one used last first."""
        now = self._clock()
        wanted = select(Session).where(col(Session.login) == login).order_by(col(Session.seen_at).desc())
        async with self._store.session() as session:
            rows = (await session.execute(wanted)).scalars().all()
        return [each for each in map(_signed_in, rows) if each.good(now) and not self._has_left(each)]

    async def choose_team(self, session_id: str, team: str, by: str) -> None:
        """Keep the active team of a session."""

        async def choose(session: AsyncSession) -> None:
            await session.execute(update(Session).where(col(Session.id) == session_id).values(active_team=team))

        chosen = Event(
            code="team.chosen", stage="decision", outcome="success", operator=by, team=team, session=session_id
        )
        await self._recorded(choose, chosen)
        self._forget(lambda each: each.id == session_id)

    async def end(self, session_id: str, login: str) -> bool:
        """End one session of a person, by their own doing. Returns: whether there was such a one."""
        one = (col(Session.id) == session_id) & (col(Session.login) == login)
        return bool(await self._delete(one, lambda each: each.id == session_id, _ended(login, session_id)))

    async def leave(self, session_id: str, login: str) -> bool:
        """A person ends a session of their own: a sign-out. Never refused for want of a record, since it only takes access away.

        Shape: one that cannot be recorded is told to the log as an error, and recorded with its moment after the next change
        here that can be; a process that is gone before leaves the log alone. Where the database takes no change at all, the
        session is good for nothing in this process at once, and is dropped together with that record; in other processes it
        is good until then, or until it runs out. Returns: whether there was such a one, as far as can be told.
        """
        try:
            return await self.end(session_id, login)
        except TrailUnavailable as problem:
            if (session_id, login) in self._left:
                return False
            log.exception("a sign-out of %s cannot be recorded now", login, extra={"session": session_id})
            unsure = problem.unsure
        late = replace(_ended(login, session_id), detail={"endedAt": self._clock().isoformat()})
        self._left[session_id, login] = late
        self._forget(lambda each: each.id == session_id)
        try:
            async with self._store.session() as session:
                found = await self._drop(session, session_id, login)
        except (SQLAlchemyError, OSError):
            log.exception("a session of %s cannot be dropped now", login, extra={"session": session_id})
            return True
        if not found and not unsure:
            del self._left[session_id, login]  # there was none
        return bool(found or unsure)

    def _has_left(self, session: SignedIn) -> bool:
        return (session.id, session.login) in self._left

    @staticmethod
    async def _drop(session: AsyncSession, session_id: str, login: str) -> int:
        one = (col(Session.id) == session_id) & (col(Session.login) == login)
        return int(getattr(await session.execute(delete(Session).where(one)), "rowcount", 0))

    async def _recorded(self, change: Callable[[AsyncSession], Awaitable[T]], event: Event) -> T:
        """A change and its record, both or neither; then what is owed, now that records are taken. Raises: TrailUnavailable."""
        made = await self._store.recorded(change, event)
        if self._left and not self._settling:
            self._settling = True
            try:
                for (session_id, login), late in list(self._left.items()):
                    await self._settle(session_id, login, late)
            except TrailUnavailable:
                log.warning("sign-outs cannot be recorded yet: %d", len(self._left))
            finally:
                self._settling = False
        return made

    async def _settle(self, session_id: str, login: str, late: Event) -> None:
        async def drop(session: AsyncSession) -> None:
            await self._drop(session, session_id, login)

        await self._store.recorded(drop, late)
        self._left.pop((session_id, login), None)

    async def _delete(self, which: ColumnElement[bool], remembered: Callable[[SignedIn], bool], event: Event) -> int:
        async def drop(session: AsyncSession) -> int:
            return int(getattr(await session.execute(delete(Session).where(which)), "rowcount", 0))

        count = await self._recorded(drop, event)
        self._forget(remembered)
        return count

    def _forget(self, which: Callable[[SignedIn], bool]) -> None:
        self._changes += 1
        self._remembered = {digest: known for digest, known in self._remembered.items() if not which(known[1])}

    async def _look_up(self, digest: str, now: datetime, *, used: bool) -> SignedIn | None:
        changes = self._changes
        async with self._store.session() as session:
            row = await session.get(Session, digest)
        if row is None:
            self._remembered.pop(digest, None)
            return None
        found = _signed_in(row)
        if used and found.good(now) and now - found.seen_at >= _SEEN:
            found = replace(found, seen_at=now, idle_until=min(now + self._idle, found.expires_at))
            # by digest and not through the row: one that has ended meanwhile stays ended
            use = update(Session).where(col(Session.digest) == digest)
            async with self._store.session() as session:
                await session.execute(use.values(seen_at=found.seen_at, idle_until=found.idle_until))
        if len(self._remembered) > 10_000:
            self._remembered.clear()
        if changes == self._changes:  # else what was read may be what has ended since
            self._remembered[digest] = (now + _KEPT, found)
        return found


def _ended(login: str, session_id: str) -> Event:
    return Event(code="session.ended", stage="outcome", outcome="success", operator=login, session=session_id)


def _signed_in(row: Session) -> SignedIn:
    return SignedIn(
        row.id,
        row.login,
        frozenset(row.groups) if row.groups is not None else None,
        aware(row.created_at),
        aware(row.seen_at),
        aware(row.idle_until),
        aware(row.expires_at),
        row.address,
        row.agent,
        row.active_team,
        row.country,
    )


def _printable(agent: str | None) -> str | None:
    """A browser's word for itself, short and without what could spoil a screen."""
    kept = "".join(char for char in agent or "" if char.isprintable())[:_AGENT_LENGTH]
    return kept or None
