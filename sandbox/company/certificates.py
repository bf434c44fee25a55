"""Certificates: present ones, those that ran out, those taken back, and those that outlived their owner."""

from datetime import timedelta
from random import Random

from sandbox.company.cast import Cast, ago
from sandbox.company.model import Certificate, CertificatePurpose
from sandbox.company.person import Person

_ISSUERS: dict[CertificatePurpose, str] = {
    "VPN": "Okno Access CA 2",
    "WIFI": "Okno Access CA 2",
    "SIGNING": "Okno Signing CA 1",
}
_SHARES: tuple[tuple[CertificatePurpose, float], ...] = (("VPN", 0.62), ("WIFI", 0.42), ("SIGNING", 0.09))
_YEAR = 365


def build_certificates(cast: Cast) -> tuple[Certificate, ...]:
    """All certificates by serial."""
    issuer = _Issuer(cast, cast.stream("certificates"))
    for person in cast.working:
        for purpose, share in _SHARES:
            if (cast.is_demo(person) and purpose == "VPN") or issuer.rng.random() < share:
                issuer.issue(person, purpose)
        if cast.served(person) > 2 * _YEAR and issuer.rng.random() < 0.15:
            issuer.issue(person, "VPN", aged=issuer.rng.randint(_YEAR + 1, 2 * _YEAR))
        if issuer.rng.random() < 0.03:
            issuer.issue(person, "WIFI", revoked=True)
    for person in cast.leavers:
        outlives = person.employee_id in cast.oddities.certificate_outlives
        aged = min(issuer.rng.randint(30, 300), cast.served(person))
        issuer.issue(person, "VPN", aged=aged, revoked=not outlives)
    showcase = cast.showcase
    issuer.issue(showcase, "WIFI", aged=40)
    issuer.issue(showcase, "SIGNING", aged=200, revoked=True)
    issuer.issue(showcase, "VPN", aged=_YEAR - 3)  # runs out in three days
    return tuple(sorted(issuer.issued, key=lambda certificate: certificate.serial))


class _Issuer:
    def __init__(self, cast: Cast, rng: Random) -> None:
        self.cast, self.now, self.rng = cast, cast.now, rng
        self.issued: list[Certificate] = []

    def issue(
        self, person: Person, purpose: CertificatePurpose, *, aged: int | None = None, revoked: bool = False
    ) -> None:
        """A certificate good for a year from `aged` days ago; a revoked one was taken back some time after."""
        days = aged if aged is not None else self.rng.randint(1, min(_YEAR - 2, self.cast.served(person)))
        begins = self.now - timedelta(days=days, seconds=-self.rng.randrange(80000))
        serial = self.rng.getrandbits(160) >> 1
        pairs = f"{serial:040x}"
        self.issued.append(
            Certificate(
                serial=":".join(pairs[at : at + 2] for at in range(0, 40, 2)),
                owner_login=person.login,
                email=person.email,
                purpose=purpose,
                not_before=begins,
                not_after=begins + timedelta(days=_YEAR),
                revoked_at=ago(self.now, self.rng, max(1, days - 1)) if revoked else None,
                issuer=_ISSUERS[purpose],
            )
        )
