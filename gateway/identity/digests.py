"""Digests: secrets are drawn once, told once, and kept only as what proves them."""

import hashlib
import secrets
from datetime import UTC, datetime


def drawn() -> str:
    """A new random secret of 256 bits, in letters that stand in headers and cookies."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of a secret: SHA-256, enough because the secret is random and long."""
    return hashlib.sha256(secret.encode()).hexdigest()


def short_id() -> str:
    """A new name for a row that people may see; it opens nothing."""
    return secrets.token_hex(8)


def aware(moment: datetime) -> datetime:
    """A stored moment in UTC. SQLite keeps no time zone, and everything is stored in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
