"""Second factors: what people prove themselves with besides a password."""

from sandbox.company.cast import Cast, ago
from sandbox.company.model import FactorKind, SecondFactor

_PREFIX: dict[FactorKind, str] = {"TOTP": "TOTP", "WEBAUTHN": "WAN", "SMS": "PISM", "PUSH": "PIPU"}
_DESCRIPTION: dict[FactorKind, str] = {
    "TOTP": "authenticator on the telephone",
    "WEBAUTHN": "security key",
    "SMS": "text message",
    "PUSH": "push to the telephone",
}
_KINDS: tuple[FactorKind, ...] = ("TOTP", "WEBAUTHN", "SMS", "PUSH")


def build_second_factors(cast: Cast) -> tuple[SecondFactor, ...]:
    """All factors by serial; the showcase has locked one of two by guessing."""
    rng, now = cast.stream("second_factors"), cast.now
    found: list[SecondFactor] = []

    def enrol(login: str, served: int, kind: FactorKind, *, locked: bool = False, active: bool = True) -> None:
        enrolled = ago(now, rng, min(900, served), least=2)
        found.append(
            SecondFactor(
                serial=f"{_PREFIX[kind]}{len(found) + 0x1A2B0:08X}",
                owner_login=login,
                kind=kind,
                description=_DESCRIPTION[kind],
                active=active,
                locked=locked,
                fail_count=10 if locked else rng.choices((0, 1, 2), (9, 1, 1))[0],
                enrolled_at=enrolled,
                last_used_at=max(enrolled, ago(now, rng, 20)) if rng.random() < 0.93 else None,
            )
        )

    for person in cast.people:
        login, served = person.login, cast.served(person)
        if person is cast.showcase:
            enrol(login, served, "TOTP", locked=True)
            enrol(login, served, "PUSH")
        elif person.status == "TERMINATED":
            if person.employee_id in cast.oddities.account_outlives:
                enrol(login, served, "TOTP")
        elif person.status != "FUTURE" and (cast.is_demo(person) or rng.random() < 0.9):
            enrol(login, served, rng.choices(_KINDS, (6, 2, 1, 2))[0], locked=rng.random() < 0.015)
            if rng.random() < 0.25:
                enrol(login, served, "WEBAUTHN", active=rng.random() < 0.9)
    return tuple(sorted(found, key=lambda factor: factor.serial))
