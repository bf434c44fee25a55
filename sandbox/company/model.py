"""The facts of the made-up company, in its own words: no system's wire format is known here.

Keys between facts are named by what they hold: `*_id` an employee number, `*_login` a login, `*_uid` a person's uuid,
`hostname`, `serial_number`, `badge_number` the thing itself. Moments are aware and in UTC; days are plain dates.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from sandbox.company.person import Department as Department
from sandbox.company.person import Office as Office
from sandbox.company.person import Person as Person

Domain = Literal["corp", "lab"]
AccountKind = Literal["PERSONAL", "ADMIN", "SERVICE"]
GroupKind = Literal["SECURITY", "DISTRIBUTION"]
CertificatePurpose = Literal["VPN", "WIFI", "SIGNING"]
DeviceKind = Literal["LAPTOP", "DESKTOP", "PHONE", "MONITOR", "TABLET"]
DeviceStatus = Literal["ASSIGNED", "IN_STOCK", "REPAIR", "LOST"]
Platform = Literal["WINDOWS", "MACOS", "LINUX", "ANDROID", "IOS"]
JobAction = Literal["INSTALL", "REMOVE"]
JobState = Literal["SUCCEEDED", "FAILED", "RUNNING"]
FactorKind = Literal["TOTP", "WEBAUTHN", "SMS", "PUSH"]
BadgeKind = Literal["PERMANENT", "TEMPORARY"]
TicketStatus = Literal["new", "open", "stalled", "resolved", "rejected"]


@dataclass(frozen=True, slots=True)
class DomainAccount:
    """An account in the main domain (`corp`) or in the engineering one (`lab`); logins are unique inside a domain."""

    domain: Domain
    login: str
    kind: AccountKind
    owner_id: str | None  # None: a service account, or nobody filled it in
    object_guid: str
    enabled: bool
    locked_since: datetime | None
    lockout_host: str | None
    bad_password_count: int
    password_set_at: datetime
    password_expires_at: datetime | None  # None: never
    must_change: bool
    last_sign_in_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    description: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of one domain; `member_groups` nests groups of the same domain."""

    name: str
    domain: Domain
    kind: GroupKind
    description: str
    privileged: bool
    owner_login: str | None
    members: tuple[str, ...]  # logins of accounts of the same domain
    member_groups: tuple[str, ...]  # names


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate issued to a person by one of the company's authorities."""

    serial: str  # lower-case hex pairs with colons
    owner_login: str  # the common name
    email: str  # the subject alternative name
    purpose: CertificatePurpose
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    issuer: str


@dataclass(frozen=True, slots=True)
class Device:
    """A thing on the books of equipment."""

    asset_tag: str  # NB-000123
    kind: DeviceKind
    manufacturer: str
    model: str
    serial_number: str
    hostname: str | None
    ip: str | None
    mac: str | None
    status: DeviceStatus
    owner_id: str | None  # may be a number that no one else knows
    assigned_at: datetime | None
    purchased_on: date
    warranty_until: date
    office: str  # code
    location: str  # a desk or a storeroom


@dataclass(frozen=True, slots=True)
class DeviceManagement:
    """What device management knows of a device, by its serial number."""

    serial_number: str
    hostname: str | None
    enrolled: bool
    enrolled_at: datetime | None
    platform: Platform
    os_version: str
    compliant: bool
    compliance_reasons: tuple[str, ...]
    encrypted: bool
    last_seen_at: datetime
    locked: bool
    recovery_key_escrowed: bool
    owner_login: str | None  # whom device management believes; at times not the owner on the books


@dataclass(frozen=True, slots=True)
class SoftwareProduct:
    """A product of the software catalogue."""

    name: str
    publisher: str
    version: str  # the newest one
    licensed: bool
    platforms: tuple[Platform, ...]


@dataclass(frozen=True, slots=True)
class InstalledSoftware:
    """A program found on a computer."""

    hostname: str
    name: str
    version: str
    publisher: str
    installed_at: datetime


@dataclass(frozen=True, slots=True)
class Licence:
    """A seat of a licensed product."""

    seat_key: str
    product: str
    owner_login: str
    granted_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class SoftwareJob:
    """One run of an install or a removal on a computer; `finished_at` is empty while it runs."""

    id: str
    hostname: str
    action: JobAction
    product: str
    version: str
    state: JobState
    requested_by_login: str
    started_at: datetime
    finished_at: datetime | None
    message: str


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A token of the second-factor system."""

    serial: str  # TOTP0001A2B3
    owner_login: str
    kind: FactorKind
    description: str
    active: bool
    locked: bool
    fail_count: int
    enrolled_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Badge:
    """A pass to the buildings."""

    number: str
    owner_id: str
    kind: BadgeKind
    zones: tuple[str, ...]
    issued_at: datetime
    valid_until: datetime
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class BadgeEvent:
    """A badge shown to a door."""

    id: int
    badge_number: str
    door: str
    at: datetime
    granted: bool


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """The answer a mailbox gives while its owner is away."""

    enabled: bool
    text: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox; without an owner when it is shared or was left behind."""

    address: str
    owner_login: str | None
    display_name: str
    aliases: tuple[str, ...]
    quota_bytes: int
    used_bytes: int
    out_of_office: OutOfOffice | None
    forwarding: str | None
    last_access_at: datetime | None


@dataclass(frozen=True, slots=True)
class VpnSession:
    """A person connected now."""

    owner_login: str
    client_id: int
    real_address: str  # ip:port
    virtual_ip: str
    connected_since: datetime
    bytes_received: int
    bytes_sent: int


@dataclass(frozen=True, slots=True)
class IdentitySession:
    """A single sign-on session in one application."""

    id: str
    owner_uid: str
    application: str
    ip: str
    user_agent: str
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TicketComment:
    """Something said in a ticket."""

    author: str  # e-mail
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request to a support team, in the words of the person who asks."""

    id: int
    queue: str
    subject: str
    status: TicketStatus
    priority: int  # 0 to 100
    requester_email: str
    owner_login: str | None  # who works on it
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    comments: tuple[TicketComment, ...]  # oldest first; the first one is the request itself


@dataclass(frozen=True)
class Company:
    """Everything there is to know about the made-up company. Each tuple is sorted by its key."""

    seed: int
    now: datetime
    mail_domain: str
    offices: tuple[Office, ...]
    departments: tuple[Department, ...]
    people: tuple[Person, ...]
    accounts: tuple[DomainAccount, ...]
    groups: tuple[Group, ...]
    certificates: tuple[Certificate, ...]
    devices: tuple[Device, ...]
    device_management: tuple[DeviceManagement, ...]
    software_products: tuple[SoftwareProduct, ...]
    installed_software: tuple[InstalledSoftware, ...]
    licences: tuple[Licence, ...]
    software_jobs: tuple[SoftwareJob, ...]
    second_factors: tuple[SecondFactor, ...]
    badges: tuple[Badge, ...]
    badge_events: tuple[BadgeEvent, ...]
    mailboxes: tuple[Mailbox, ...]
    vpn_sessions: tuple[VpnSession, ...]
    identity_sessions: tuple[IdentitySession, ...]
    tickets: tuple[Ticket, ...]

    @cached_property
    def person_by_id(self) -> dict[str, Person]:
        """People by employee number."""
        return {person.employee_id: person for person in self.people}

    @cached_property
    def person_by_login(self) -> dict[str, Person]:
        """People by their present login."""
        return {person.login: person for person in self.people}

    @cached_property
    def office_by_code(self) -> dict[str, Office]:
        """Offices by code."""
        return {office.code: office for office in self.offices}

    @cached_property
    def department_by_code(self) -> dict[str, Department]:
        """Departments by code."""
        return {department.code: department for department in self.departments}
