"""Who is connected now: tunnels into the network, and single sign-on sessions."""

from datetime import timedelta
from uuid import UUID

from sandbox.company.cast import Cast, ago
from sandbox.company.model import IdentitySession, VpnSession

VPN_SHARE = 0.05
# Address blocks that are reserved for documentation, so that no address belongs to anybody.
_OUTSIDE = ("203.0.113", "198.51.100", "192.0.2")
_APPLICATIONS = ("Wiki", "Tracker", "Webmail", "Travel", "Reports", "Repositories")
_AGENTS = (
    "Osprey/131 (Windows NT 10.0; Win64; x64)",
    "Osprey/130 (Macintosh; Intel Mac OS X 14_6)",
    "Osprey/131 (X11; Linux x86_64)",
    "OspreyMobile/88 (Android 14)",
    "PomonaMobile/18 (iOS 18.1)",
)


def build_vpn_sessions(cast: Cast) -> tuple[VpnSession, ...]:
    """Tunnels by client id; the demo people are all at home today, and the showcase has two."""
    rng, now = cast.stream("vpn"), cast.now
    users = []
    for person in cast.working:
        if person.employee_id in cast.oddities.without_account:
            continue
        connected = cast.is_demo(person) or (person.status == "ACTIVE" and rng.random() < VPN_SHARE)
        users += [person.login] * (2 if person is cast.showcase else int(connected))
    rng.shuffle(users)
    return tuple(
        VpnSession(
            owner_login=login,
            client_id=number,
            real_address=f"{rng.choice(_OUTSIDE)}.{rng.randint(1, 254)}:{rng.randint(20000, 60000)}",
            virtual_ip=f"10.200.{number // 250}.{number % 250 + 2}",
            connected_since=ago(now, rng, 0.6),
            bytes_received=rng.randrange(10**9),
            bytes_sent=rng.randrange(5 * 10**9),
        )
        for number, login in enumerate(users)
    )


def build_identity_sessions(cast: Cast) -> tuple[IdentitySession, ...]:
    """Sessions by id; four people in ten have some, the showcase three."""
    rng, now = cast.stream("identity_sessions"), cast.now
    found = []
    for person in cast.working:
        if person.employee_id in cast.oddities.without_account:
            continue
        if person is cast.showcase:
            amount = 3
        else:
            amount = rng.randint(1, 3) if cast.is_demo(person) or rng.random() < 0.4 else 0
        for application in rng.sample(_APPLICATIONS, amount):
            started = ago(now, rng, 2.5, least=0.1)
            found.append(
                IdentitySession(
                    id=str(UUID(int=rng.getrandbits(128), version=4)),
                    owner_uid=person.uid,
                    application=application,
                    ip=f"{rng.choice(_OUTSIDE)}.{rng.randint(1, 254)}",
                    user_agent=rng.choice(_AGENTS),
                    started_at=started,
                    last_seen_at=ago(now, rng, (now - started).total_seconds() / 86400),
                    expires_at=now + timedelta(days=rng.randint(2, 14)),
                )
            )
    return tuple(sorted(found, key=lambda session: session.id))
