"""Groups of both domains: departments inside departments, offices, applications, and the few that hold power."""

from collections import defaultdict

from sandbox.company.cast import Cast
from sandbox.company.demo import TEAM_MEMBERS, team_group
from sandbox.company.departments import ROOT
from sandbox.company.model import Domain, DomainAccount, Group, GroupKind
from sandbox.company.person import Department, Person
from sandbox.company.places import OFFICES

_APPLICATIONS = {
    "app-wiki-readers": ("Reads the knowledge base", 0.9),
    "app-wiki-editors": ("Writes the knowledge base", 0.15),
    "app-tracker-users": ("Uses the tracker", 0.5),
    "app-crm-users": ("Uses customer relations", 0.3),
    "app-erp-users": ("Uses resource planning", 0.25),
    "app-bi-viewers": ("Reads reports", 0.35),
    "app-bi-authors": ("Writes reports", 0.05),
    "app-git-developers": ("Pushes to repositories", 0.2),
    "app-design-suite": ("Uses the design suite", 0.05),
    "app-travel": ("Books travel", 0.4),
    "app-expenses": ("Files expenses", 0.6),
    "app-signing": ("Signs documents", 0.1),
    "vpn-users": ("May connect from outside", 0.7),
    "wifi-corporate": ("May join the corporate wireless network", 0.85),
    "remote-desktop": ("May open a remote desktop", 0.12),
    "print-colour": ("May print in colour", 0.3),
}
_PRIVILEGED = {
    "domain-admins": "Rules the domain",
    "server-operators": "Runs servers",
    "workstation-admins": "Administrator of every workstation",
    "pki-operators": "Issues certificates",
    "backup-operators": "Reads everything there is to back up",
    "password-resetters": "May reset passwords",
}
_LAB = {
    "lab-users": 1.0,
    "lab-gpu": 0.3,
    "lab-cluster": 0.4,
    "lab-registry": 0.5,
    "lab-sandbox": 0.25,
    "lab-data-readers": 0.5,
    "lab-data-writers": 0.15,
}


def build_groups(
    cast: Cast, departments: tuple[Department, ...], accounts: tuple[DomainAccount, ...]
) -> tuple[Group, ...]:
    """All groups by domain and name; members are sorted logins of the group's own domain."""
    builder = _Builder(cast, accounts)
    login_of = {person.employee_id: person.login for person in cast.people}
    children: dict[str, list[str]] = defaultdict(list)
    for department in departments:
        if department.parent:
            children[department.parent].append(department_group(department.code))
    for department in departments:
        builder.add(
            department_group(department.code),
            f"Department: {department.name.en}",
            [person.login for person in builder.people if person.department == department.code],
            nested=children[department.code],
            owner=login_of.get(department.head_id or ""),
        )
    for office in OFFICES:
        there = [person.login for person in builder.people if person.office == office.code]
        builder.add(f"all-{office.code.lower()}", f"Everybody in {office.name}", there, kind="DISTRIBUTION")
    builder.add(
        "all-company", "Everybody", [], kind="DISTRIBUTION", nested=[f"all-{office.code.lower()}" for office in OFFICES]
    )
    for team, members in TEAM_MEMBERS.items():
        builder.add(team_group(team), f"Okno: support team {team}", list(members), privileged=True, owner="identity")
    for name, (description, share) in _APPLICATIONS.items():
        builder.add(name, description, builder.some(share), owner="software")
    builder.add("app-intranet", "Opens the intranet", [], nested=[department_group(ROOT), "app-wiki-readers"])
    builder.add("role-developer", "What a developer needs", [], nested=["dep-eng", "app-git-developers"])
    builder.add("role-remote-worker", "What working from home needs", [], nested=["vpn-users", "remote-desktop"])
    for name, description in _PRIVILEGED.items():
        builder.add(name, description, builder.admins(), privileged=True, owner="identity")
    builder.add(
        "tier-0",
        "Everything that rules the rest",
        [],
        privileged=True,
        nested=["domain-admins", "pki-operators"],
        owner="security",
    )
    for name, share in _LAB.items():
        builder.add(name, f"Engineering: {name}", builder.some(share, "lab"), domain="lab", owner=builder.lab_owner)
    builder.add(
        "lab-everything",
        "Engineering: all services",
        [],
        domain="lab",
        nested=["lab-gpu", "lab-cluster", "lab-registry"],
    )
    builder.add(
        "lab-root", "Engineering: all people", [], domain="lab", nested=["lab-everything", "lab-users"], privileged=True
    )
    return tuple(sorted(builder.groups, key=lambda group: (group.domain, group.name)))


def department_group(code: str) -> str:
    """The group of a department."""
    return f"dep-{code.lower()}"


class _Builder:
    def __init__(self, cast: Cast, accounts: tuple[DomainAccount, ...]) -> None:
        self.cast, self.rng = cast, cast.stream("groups")
        self.groups: list[Group] = []
        personal = {
            domain: {a.login for a in accounts if a.domain == domain and a.kind == "PERSONAL"}
            for domain in ("corp", "lab")
        }
        self.people: tuple[Person, ...] = tuple(person for person in cast.people if person.login in personal["corp"])
        self.lab_people = tuple(person for person in cast.people if person.login in personal["lab"])
        self.lab_owner = cast.showcase.login
        self._admins = [account.login for account in accounts if account.kind == "ADMIN"]

    def some(self, share: float, domain: Domain = "corp") -> list[str]:
        """A share of people with an account; the showcase is always in."""
        people = self.people if domain == "corp" else self.lab_people
        return [person.login for person in people if person is self.cast.showcase or self.rng.random() < share]

    def admins(self) -> list[str]:
        """A few of the administrative accounts."""
        return self.rng.sample(self._admins, max(1, len(self._admins) // 4))

    def add(
        self,
        name: str,
        description: str,
        members: list[str],
        *,
        kind: GroupKind = "SECURITY",
        domain: Domain = "corp",
        nested: list[str] | tuple[str, ...] = (),
        privileged: bool = False,
        owner: str | None = None,
    ) -> None:
        self.groups.append(
            Group(
                name=name,
                domain=domain,
                kind=kind,
                description=description,
                privileged=privileged,
                owner_login=owner,
                members=tuple(sorted(members)),
                member_groups=tuple(sorted(nested)),
            )
        )
