"""Tokens: random, given out once, kept as digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from gateway.identity.digests import aware, digest_of, drawn, short_id
from gateway.identity.login_settings import is_own
from gateway.identity.tables import Token
from gateway.recording import by_name
from gateway.store import Store
from sources.ports.call import utc_now

PREFIX: Final = "okno_"
LIFE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=366)
"""The longest life of a service's token."""

READ: Final = "graph:read"
WRITE: Final = "graph:write"
SDL: Final = "sdl"
ON_BEHALF: Final = "on_behalf"
SCOPES: Final = (READ, WRITE, SDL, ON_BEHALF)
"""What a service's token may be good for: queries, mutations, the whole schema, naming whom it acts for."""

_KEPT: Final = timedelta(seconds=1)
_USED: Final = timedelta(minutes=1)


class WrongToken(ValueError):
    """What a token was to be is not possible; the text says what is."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for, and what it is good for. Shape: `id` and `scopes` are those of a service's token."""

    login: str
    kind: str
    expires_at: datetime
    id: str | None = None
    scopes: frozenset[str] = frozenset()
    created_at: datetime | None = None


class Tokens:
    """Gives tokens out and knows them again.

    What it knows it remembers for a second: a token taken back ends here at once, in other processes within that time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered: dict[str, tuple[datetime, Bearer]] = {}

    async def give(self, login: str, *, kind: str = "SANDBOX") -> str:
        """A new token for a login; it is told only now. Tokens that have ended are cleared away."""
        token = PREFIX + drawn()
        now = utc_now()

        async def add(session: AsyncSession) -> None:
            # a service's token stays for a while after its end, so that the list can say what became of it
            await session.execute(delete(Token).where(col(Token.expires_at) < now, col(Token.kind) == "SANDBOX"))
            session.add(Token(digest=digest_of(token), login=login, kind=kind, created_at=now, expires_at=now + LIFE))

        await self._store.recorded(add, by_name("token.issued", "okno", login, kind=kind))
        return token

    async def give_service(self, service: str, scopes: Sequence[str], life: timedelta, by: str) -> tuple[str, str]:
        """A new token for a service. Returns: the token, told only now, and its id. Raises: WrongToken."""
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            raise WrongToken(f"scopes: expected some of {', '.join(SCOPES)}, not {', '.join(unknown) or 'none'}")
        if not timedelta(0) < life <= LONGEST:
            raise WrongToken(f"expires: expected at most {LONGEST.days}d")
        token, now = PREFIX + drawn(), utc_now()
        row = Token(
            digest=digest_of(token),
            login=service,
            kind="SERVICE",
            created_at=now,
            expires_at=now + life,
            id=short_id(),
            scopes=sorted(set(scopes)),
            by=by,
        )
        assert row.id is not None
        token_id = row.id

        async def add(session: AsyncSession) -> None:
            session.add(row)

        said = {"token": token_id, "scopes": row.scopes, "until": row.expires_at.isoformat()}
        await self._store.recorded(add, by_name("token.issued", by, service, kind="SERVICE", **said))
        return token, token_id

    async def of_services(self, service: str | None = None) -> list[Token]:
        """All tokens of services, or of one, the newest first; also those that have ended."""
        wanted = select(Token).where(col(Token.kind) == "SERVICE").order_by(col(Token.created_at).desc())
        async with self._store.session() as session:
            rows = (await session.execute(wanted)).scalars().all()
        return [row for row in rows if service in (None, row.login)]

    async def bearer(self, token: str, client: str | None) -> Bearer | None:
        """Whom a token stands for, None when it is not good here and now. Shape: `client` is the caller's address."""
        if not token.startswith(PREFIX) or len(token) > 200:
            return None
        now = utc_now()
        digest = digest_of(token)
        known = self._remembered.get(digest)
        bearer = known[1] if known is not None and known[0] > now else await self._look_up(digest, now)
        if bearer is None or bearer.expires_at <= now:
            return None
        return bearer if bearer.kind != "SANDBOX" or is_loopback(client) else None

    async def _look_up(self, digest: str, now: datetime) -> Bearer | None:
        async with self._store.session() as session:
            row = await session.get(Token, digest)
        if row is None or row.revoked_at is not None:
            self._remembered.pop(digest, None)
            return None
        scopes = frozenset(row.scopes or ())
        bearer = Bearer(row.login, row.kind, aware(row.expires_at), row.id, scopes, aware(row.created_at))
        if row.kind == "SERVICE" and (row.used_at is None or now - aware(row.used_at) >= _USED):
            async with self._store.session() as session:
                await session.execute(update(Token).where(col(Token.digest) == digest).values(used_at=now))
        if len(self._remembered) > 10_000:
            self._remembered.clear()
        self._remembered[digest] = (now + _KEPT, bearer)
        return bearer


def is_loopback(client: str | None) -> bool:
    """Whether an address is this machine's own. An IPv4 address may come in the clothes of IPv6."""
    return client != "localhost" and is_own(client)
