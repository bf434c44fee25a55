"""Attempt: one try to sign in, between leaving for the provider and coming back.

Everything follows from one secret that only this browser's cookie holds, so that nothing is kept here for somebody who
has not signed in: neither a table to be filled nor a key to be shared by processes.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from gateway.identity.digests import drawn

LIFE: Final = timedelta(minutes=10)
_LONGEST_TARGET: Final = 1_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. Shape: `target` is the local address to go to afterwards."""

    secret: str
    began_at: datetime
    target: str

    @classmethod
    def begun(cls, target: str | None, now: datetime) -> "Attempt":
        """A new try."""
        return cls(drawn(), now.replace(microsecond=0), local(target))

    @classmethod
    def read(cls, cookie: str, state: str, now: datetime) -> "Attempt | None":
        """The try that a cookie holds, None unless it is young and the provider's answer is the one to it."""
        try:
            secret, began, target = cookie.split(".")
            at = datetime.fromtimestamp(int(began), UTC)
            found = cls(secret, at, base64.urlsafe_b64decode(target.encode()).decode())
        except (ValueError, OverflowError, OSError):
            return None
        young = timedelta(0) <= now - at <= LIFE
        return found if young and hmac.compare_digest(found.state.encode(), state.encode()) else None

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        target = base64.urlsafe_b64encode(self.target.encode()).decode()
        return f"{self.secret}.{int(self.began_at.timestamp())}.{target}"

    @property
    def state(self) -> str:
        """What comes back with the answer; it vouches for the moment and the target too."""
        return self._follows(f"state {int(self.began_at.timestamp())} {self.target}")

    @property
    def nonce(self) -> str:
        """What the ID token has to repeat."""
        return self._follows("nonce")

    @property
    def verifier(self) -> str:
        """What proves to the provider that the code is fetched by whoever asked for it."""
        return self._follows("verifier")

    def _follows(self, purpose: str) -> str:
        made = hmac.new(self.secret.encode(), purpose.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


def local(target: str | None) -> str:
    """An address of ours to go to, `/` for anything that could lead elsewhere."""
    if not target or len(target) > _LONGEST_TARGET or not target.startswith("/"):
        return "/"
    if any(not "!" <= char <= "~" or char == "\\" for char in target):  # browsers drop or turn some of these
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    leads_elsewhere = parts.scheme or parts.netloc or target.startswith("//") or parts.path.startswith("/auth/")
    return "/" if leads_elsewhere else target
