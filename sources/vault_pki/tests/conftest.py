"""One certificate authority and the road to it."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from sources.kit.manifest import systems
from sources.kit.resilience.line import Line
from sources.kit.source import Instance
from sources.ports.call import CallContext
from sources.ports.permit import WritePermit
from sources.vault_pki.client import VaultPki
from sources.vault_pki.twin import IssuedRow, VaultPkiTwin

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def context(*, seconds: float = 5.0, fresh: bool = False, permit: WritePermit | None = None) -> CallContext:
    """The call of one request."""
    return CallContext("test", time.monotonic() + seconds, "trace", "tester", fresh=fresh, permit=permit)


def permit_for(write: str) -> WritePermit:
    """Leave for one write."""
    return WritePermit("test", "step", "pki", write, time.monotonic() + 60)


def serial(number: int) -> str:
    """A serial with a byte of zeros in front, as some authorities write them."""
    return number.to_bytes(8, "big").hex(":")


def issued(number: int, login: str = "ann", *, role: str = "vpn", days: int = 365, **columns: object) -> IssuedRow:
    """One certificate; what matters is given."""
    row: dict[str, object] = {"alt_names": f"{login}@okno.example", "issuer": "Test CA", **columns}
    return IssuedRow(serial(number), role, login, not_before=BEGAN, not_after=BEGAN + timedelta(days=days), **row)  # type: ignore[arg-type]


@dataclass(slots=True)
class House:
    """A running twin and a line to it."""

    twin: VaultPkiTwin
    source: VaultPki
    line: Line

    def lists(self) -> int:
        """Lists that reached the twin."""
        return self.twin.seen["GET /v1/pki/certs"] + self.twin.seen["GET /v1/pki/certs/revoked"]

    def reads(self) -> int:
        """Single certificates that were read from the twin."""
        return sum(count for asked, count in self.twin.seen.items() if asked.startswith("GET /v1/pki/cert/"))


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., object]]:
    """Starts a twin with these certificates; everything is closed after the test."""
    async with AsyncExitStack() as stack:

        async def start(*rows: IssuedRow, ready: bool = True, lists_revoked: bool = True, **settings: str) -> House:
            twin = VaultPkiTwin(rows, lists_revoked=lists_revoked)
            await twin.start()
            stack.push_async_callback(twin.stop)
            given = {key: value for key, value in {**twin.settings(), **settings}.items() if value}
            source = VaultPki(Instance("pki", "vault_pki", systems()["vault_pki"], given))
            stack.push_async_callback(source.close)
            if ready:
                await source.start(context())
                twin.seen.clear()
            return House(twin, source, Line(source))

        yield start
