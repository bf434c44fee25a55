"""Tokens: random, given out once, kept as digests."""

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlmodel import col

from gateway.identity.tables import Token
from gateway.store import Store
from sources.ports.call import utc_now

PREFIX: Final = "okno_"
LIFE: Final = timedelta(hours=12)
_KEPT: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token stands for."""

    login: str
    kind: str
    expires_at: datetime


class Tokens:
    """Gives tokens out and knows them again. What it knows it remembers for five seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._remembered: dict[str, tuple[datetime, Bearer]] = {}

    async def give(self, login: str, *, kind: str = "SANDBOX") -> str:
        """A new token for a login; it is told only now. Tokens that have ended are cleared away."""
        token = PREFIX + secrets.token_urlsafe(32)
        now = utc_now()
        async with self._store.session() as session:
            await session.execute(delete(Token).where(col(Token.expires_at) < now))
            session.add(Token(digest=_digest(token), login=login, kind=kind, created_at=now, expires_at=now + LIFE))
        return token

    async def bearer(self, token: str, client: str | None) -> Bearer | None:
        """Whom a token stands for, None when it is not good here and now. Shape: `client` is the caller's address."""
        if not token.startswith(PREFIX) or len(token) > 200:
            return None
        now = utc_now()
        digest = _digest(token)
        known = self._remembered.get(digest)
        bearer = known[1] if known is not None and known[0] > now else await self._look_up(digest, now)
        if bearer is None or bearer.expires_at <= now:
            return None
        return bearer if bearer.kind != "SANDBOX" or is_loopback(client) else None

    async def _look_up(self, digest: str, now: datetime) -> Bearer | None:
        async with self._store.session() as session:
            row = await session.get(Token, digest)
        if row is None:
            return None
        expires = row.expires_at if row.expires_at.tzinfo else row.expires_at.replace(tzinfo=UTC)
        bearer = Bearer(row.login, row.kind, expires)
        if len(self._remembered) > 10_000:
            self._remembered.clear()
        self._remembered[digest] = (now + _KEPT, bearer)
        return bearer


def is_loopback(client: str | None) -> bool:
    """Whether an address is this machine's own. An IPv4 address may come in the clothes of IPv6."""
    try:
        address = ipaddress.ip_address(client or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
