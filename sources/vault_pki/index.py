"""The index of certificates by employee, since the authority lists serials only."""

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sources.ports.call import utc_now
from sources.ports.certificates import Certificate


class CertificateIndex:
    """Certificates by serial, login and address, with an age. Units: `age` in seconds."""

    def __init__(self) -> None:
        self._by_serial: dict[str, Certificate] = {}
        self._by_login: dict[str, set[str]] = defaultdict(set)
        self._by_email: dict[str, set[str]] = defaultdict(set)
        self.unreadable: dict[str, str] = {}
        """Serials whose certificate cannot be read, and why: nobody's, and not read over and over."""
        self._read_at: dict[str, float] = {}
        self._heard: float | None = None
        self.as_of: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether all certificates have been seen once."""
        return self.as_of is not None

    @property
    def age(self) -> float:
        """Seconds since the last whole refresh began; endless before the first and after a write."""
        return float("inf") if self._heard is None else time.monotonic() - self._heard

    def serials(self) -> set[str]:
        """All serials known, unreadable ones too."""
        return self._by_serial.keys() | self.unreadable.keys()

    def certificates(self) -> Iterable[Certificate]:
        """All certificates."""
        return self._by_serial.values()

    def doubtful(self, serials: Iterable[str], since: float) -> list[str]:
        """Those that may have been revoked since they were read. Units: `since` in seconds of the clock."""
        standing = (serial for serial in serials if not self.is_revoked(serial))
        return [serial for serial in standing if self._read_at.get(serial, 0.0) < since]

    def is_revoked(self, serial: str) -> bool:
        """Whether the revocation of a serial is known; that of an unreadable one changes nothing here."""
        known = self._by_serial.get(serial)
        return serial in self.unreadable or (known is not None and known.revoked_at is not None)

    def keep(self, certificate: Certificate, read_at: float) -> None:
        """Add a certificate, or what has changed of it. Units: `read_at` in seconds of the clock, when it was asked for."""
        self._by_serial[certificate.serial] = certificate
        self._read_at[certificate.serial] = read_at
        if certificate.owner_login:
            self._by_login[certificate.owner_login.casefold()].add(certificate.serial)
        for email in certificate.emails:
            self._by_email[email.casefold()].add(certificate.serial)

    def drop(self, serial: str) -> None:
        """Forget a certificate that the authority has tidied away."""
        self.unreadable.pop(serial, None)
        self._read_at.pop(serial, None)
        certificate = self._by_serial.pop(serial, None)
        if certificate is None:
            return
        if certificate.owner_login:
            self._by_login[certificate.owner_login.casefold()].discard(serial)
        for email in certificate.emails:
            self._by_email[email.casefold()].discard(serial)

    def refreshed(self, began: float, as_of: datetime) -> None:
        """Note that everything is as it was at that moment."""
        self._heard, self.as_of = began, as_of

    def expire(self) -> None:
        """Make the next question refresh: something was written."""
        self._heard = None

    def by_serial(self, serial: str) -> Certificate | None:
        """One certificate."""
        return self._by_serial.get(serial)

    def of(self, login: str, email: str | None) -> tuple[Certificate, ...]:
        """Certificates in the name of a login or to a person's address (a changed surname), latest end first."""
        serials = set(self._by_login.get(login.casefold(), ()))
        if email:
            serials |= self._by_email.get(email.casefold(), set())
        found = (self._by_serial[serial] for serial in serials)
        return tuple(sorted(found, key=lambda each: (each.not_after, each.serial), reverse=True))


def now() -> tuple[float, datetime]:
    """The moment a refresh begins, on the clock and in the calendar."""
    return time.monotonic(), utc_now()
