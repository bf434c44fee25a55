"""Makes the whole company from a number of people, a seed and a day."""

from datetime import UTC, datetime

from sandbox.company.accounts import build_accounts
from sandbox.company.badges import build_badge_events, build_badges
from sandbox.company.cast import Cast
from sandbox.company.certificates import build_certificates
from sandbox.company.device_management import build_device_management
from sandbox.company.devices import build_devices, computers_by_owner
from sandbox.company.groups import build_groups
from sandbox.company.hierarchy import build_hierarchy
from sandbox.company.mail import build_mailboxes
from sandbox.company.model import Company
from sandbox.company.oddities import choose_oddities
from sandbox.company.people import MAIL_DOMAIN, hire_people, settled_people
from sandbox.company.places import OFFICES
from sandbox.company.second_factors import build_second_factors
from sandbox.company.sessions import build_identity_sessions, build_vpn_sessions
from sandbox.company.software import PRODUCTS, build_installed, build_jobs, build_licences
from sandbox.company.tickets import build_tickets

FEWEST, MOST = 40, 20_000


def build_company(people: int = 2000, seed: int = 7, now: datetime | None = None) -> Company:
    """The made-up company: equal arguments give an equal company.

    `now` anchors every date and is the last midnight in UTC unless given; nothing has happened after it.

    Raises: ValueError for a number of people outside 40 to 20,000, or a `now` without a time zone.
    """
    if not FEWEST <= people <= MOST:
        raise ValueError(f"people must be from {FEWEST} to {MOST}, not {people}")
    if now is None:
        now = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if now.tzinfo is None:
        raise ValueError("now must carry a time zone")
    now = now.astimezone(UTC)
    departments, staff = build_hierarchy(hire_people(people, seed, now))
    base = Cast(seed, now, staff, choose_oddities(staff, settled_people(people), seed))
    devices = build_devices(base)
    accounts = build_accounts(base, computers_by_owner(devices))
    badges = build_badges(base)
    return Company(
        seed=seed,
        now=now,
        mail_domain=MAIL_DOMAIN,
        offices=OFFICES,
        departments=departments,
        people=staff,
        accounts=accounts,
        groups=build_groups(base, departments, accounts),
        certificates=build_certificates(base),
        devices=devices,
        device_management=build_device_management(base, devices),
        software_products=PRODUCTS,
        installed_software=build_installed(base, devices),
        licences=build_licences(base),
        software_jobs=build_jobs(base, devices),
        second_factors=build_second_factors(base),
        badges=badges,
        badge_events=build_badge_events(base, badges),
        mailboxes=build_mailboxes(base),
        vpn_sessions=build_vpn_sessions(base),
        identity_sessions=build_identity_sessions(base),
        tickets=build_tickets(base),
    )
