"""Port `certificates`: what was issued to whom, until when, and whether it was revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate. Shape: `serial` in lower-case hex with colons; `purpose` is VPN, WIFI, SIGNING, OTHER."""

    source: str
    serial: str
    subject: str
    issuer: str
    purpose: str
    not_before: datetime
    not_after: datetime
    owner_login: str | None = None
    emails: tuple[str, ...] = ()
    revoked_at: datetime | None = None

    def status_at(self, moment: datetime) -> str:
        """VALID, EXPIRED, REVOKED or NOT_YET_VALID at that moment."""
        if self.revoked_at is not None and self.revoked_at <= moment:
            return "REVOKED"
        if moment >= self.not_after:
            return "EXPIRED"
        return "VALID" if moment >= self.not_before else "NOT_YET_VALID"


class Certificates(Protocol):
    """One certificate authority's ledger."""

    @question(key=EmployeeRef, record=Certificate, many=True)
    async def certificates_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Certificate, ...]]]:
        """Certificates of each, the one that ends last first."""
        ...

    @question(key=str, record=Certificate)
    async def certificate_by_serial(
        self, keys: Sequence[str], need: Need, call: CallContext
    ) -> Sequence[Answer[Certificate]]:
        """Certificates by serial."""
        ...

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Serials of all certificates."""
        ...

    @write(readback="certificate_by_serial", key=None)
    async def issue_certificate(self, owner: EmployeeRef, purpose: str, days: int, call: CallContext) -> Written:
        """Issue a certificate. Shape: the serial is the key of what was made; the secret is certificate and private key as PEM."""
        ...

    @write(readback="certificate_by_serial", key="serial")
    async def revoke_certificate(self, serial: str, call: CallContext) -> Written:
        """Make a certificate worthless for good."""
        ...
