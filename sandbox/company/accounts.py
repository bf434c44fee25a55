"""Accounts of the main domain and of the engineering one."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from uuid import UUID

from sandbox.company.cast import Cast, ago
from sandbox.company.logins import LONGEST
from sandbox.company.model import AccountKind, Domain, DomainAccount
from sandbox.company.person import Person

PASSWORD_DAYS = 90
_LAB_UNITS = frozenset({"ENG", "ENG-WEB", "ENG-DAT", "ENG-SRE", "ENG-LAB", "IT-IAM"})
_SERVICES = ("backup", "scanner", "printing", "monitoring", "builds", "telephony", "payroll-sync", "badge-sync")


def build_accounts(cast: Cast, computers: dict[str, list[str]]) -> tuple[DomainAccount, ...]:
    """All accounts by domain and login. Whoever left long ago has none; whoever is to come has none yet."""
    maker = _Maker(cast, cast.stream("accounts"), computers)
    accounts = []
    for person in cast.people:
        number = person.employee_id
        if person.status == "FUTURE" or number in cast.oddities.without_account or maker.gone(person):
            continue
        accounts.append(maker.personal(person, "corp"))
        if person.department in _LAB_UNITS and person.status != "TERMINATED":
            accounts.append(maker.personal(person, "lab"))
        if number in cast.oddities.admin_account or person.login in ("identity", "network"):
            accounts.append(maker.admin(person))
    accounts.extend(maker.service(name) for name in _SERVICES)
    return tuple(sorted(accounts, key=lambda account: (account.domain, account.login)))


class _Maker:
    def __init__(self, cast: Cast, rng: Random, computers: dict[str, list[str]]) -> None:
        self.cast, self.rng, self.now, self.computers = cast, rng, cast.now, computers

    def gone(self, person: Person) -> bool:
        """Closed accounts are kept for half a year."""
        if person.status != "TERMINATED" or person.termination_date is None:
            return False
        old = self.now.date() - person.termination_date > timedelta(days=180)
        return old and person.employee_id not in self.cast.oddities.account_outlives

    def personal(self, person: Person, domain: Domain) -> DomainAccount:
        rng, now, left = self.rng, self.now, person.status == "TERMINATED"
        alive = not left or person.employee_id in self.cast.oddities.account_outlives
        showcase = person is self.cast.showcase and domain == "corp"
        chance = 1.0 if self.cast.is_demo(person) else rng.random()
        locked = showcase or (not left and chance < 0.02)
        expired, must_change = 0.02 <= chance < 0.04, 0.04 <= chance < 0.05
        created = _midday(person)
        aged = rng.uniform(PASSWORD_DAYS + 1, 140) if expired else rng.uniform(0, PASSWORD_DAYS - 2)
        changed = max(created, now - timedelta(seconds=int(aged * 86400)))
        seen = ago(now, rng, 2 if rng.random() < 0.9 else 40)
        if left and person.termination_date and not alive:
            seen = datetime.combine(person.termination_date, time(15, 40), UTC)
            changed = min(changed, seen)
        enabled = alive and not (person.status == "ON_LEAVE" and rng.random() < 0.1)
        hosts = self.computers.get(person.employee_id) or ["mail-gateway"]
        return DomainAccount(
            domain=domain,
            login=person.login,
            kind="PERSONAL",
            owner_id=person.employee_id,
            object_guid=self.guid(),
            enabled=enabled,
            locked_since=now - timedelta(minutes=rng.randint(20, 600)) if locked else None,
            lockout_host=hosts[0] if locked else None,
            bad_password_count=rng.randint(5, 9) if locked else rng.choices((0, 1, 2), (92, 6, 2))[0],
            password_set_at=changed,
            password_expires_at=changed + timedelta(days=PASSWORD_DAYS),
            must_change=must_change,
            last_sign_in_at=max(seen, created),
            expires_at=_last_day(person),
            created_at=created,
            description=f"{person.title_en}, {person.department}",
        )

    def admin(self, person: Person) -> DomainAccount:
        login = f"adm-{person.login}"[:LONGEST]
        return self._unlocked(login, "ADMIN", person.employee_id, f"Administrative account of {person.login}", 60.0)

    def service(self, name: str) -> DomainAccount:
        return self._unlocked(f"svc-{name}", "SERVICE", None, f"Service account: {name}", 900.0)

    def _unlocked(
        self, login: str, kind: AccountKind, owner: str | None, description: str, days: float
    ) -> DomainAccount:
        changed = ago(self.now, self.rng, days, least=1)
        return DomainAccount(
            domain="corp",
            login=login,
            kind=kind,
            owner_id=owner,
            object_guid=self.guid(),
            enabled=True,
            locked_since=None,
            lockout_host=None,
            bad_password_count=0,
            password_set_at=changed,
            password_expires_at=None if owner is None else changed + timedelta(days=PASSWORD_DAYS),
            must_change=False,
            last_sign_in_at=ago(self.now, self.rng, 5),
            expires_at=None,
            created_at=changed - timedelta(days=self.rng.randint(1, 700)),
            description=description,
        )

    def guid(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))


def _midday(person: Person) -> datetime:
    return datetime.combine(person.hire_date, time(12, 0), UTC)


def _last_day(person: Person) -> datetime | None:
    if person.termination_date is None or person.employment_type == "PERMANENT":
        return None
    return datetime.combine(person.termination_date, time(23, 59), UTC)
