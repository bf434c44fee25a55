"""Employee: the noun everything hangs on."""

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.account import Account
from schema.badge import Badge
from schema.certificate import Certificate, CertificateStatus
from schema.connection import After, Connection, First
from schema.declare import INTERNAL, PERSONAL, PUBLIC, RESTRICTED, Lookup, argument, boundary, computed, noun, value
from schema.device import Device
from schema.disagreement import Disagreement
from schema.group import GroupConnection
from schema.labels import Mask
from schema.mailbox import Mailbox
from schema.node import Node
from schema.scalars import URL, TimeZone
from schema.second_factor import SecondFactor
from schema.session import IdentitySession, VpnSession
from schema.software import Licence
from schema.ticket import Ticket, TicketStatus
from schema.timeline import TimelineEvent, TimelineKind

if TYPE_CHECKING:
    from schema.employment import Employment, PersonalDetails


@noun(domain="directory", sensitivity=PUBLIC)
class PersonName:
    """A person's name, as they write it and in Latin letters."""

    display: str = value("The whole name as the person writes it.")
    given: str | None = value("Given name.")
    family: str | None = value("Family name; both of them where there are two.")
    middle: str | None = value("Patronymic or middle name.")
    latin: str | None = value("The whole name in Latin letters, where it is written otherwise.")


@strawberry.enum(description="What a phone number is for.")
class PhoneKind(Enum):
    MOBILE = strawberry.enum_value("MOBILE", description="A mobile phone.")
    WORK = strawberry.enum_value("WORK", description="The desk.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else.")


@noun(domain="directory", sensitivity=PERSONAL)
class Phone:
    """A phone number."""

    kind: PhoneKind = value("What it is for.", INTERNAL)
    number: str | None = value(
        "The number, in E.164 where the directory has it so; an extension follows `;ext=`.", mask=Mask.PHONE
    )


@noun(domain="directory", sensitivity=INTERNAL)
class Workplace:
    """Where a person works."""

    region: str | None = value("Region of the company, by which support teams are divided.")
    country: str | None = value("Country, by ISO 3166-1.")
    city: str | None = value("City.")
    office: str | None = value("Office building.")
    floor: str | None = value("Floor.")
    desk: str | None = value("Desk.")


@noun(
    domain="directory",
    sensitivity=INTERNAL,
    keys=("id", "login"),
    lookup=Lookup("directory", "people_by_id", "employee_id"),
)
class Employee(Node):
    """Somebody who works here, worked here, or is about to."""

    login: str = value("Sign-in name; may change, unlike the id.", PUBLIC)
    personnel_number: str = value("Employee number, with its leading zeros.", PUBLIC)
    name: PersonName = value("How they are called.", PUBLIC)
    active: bool | None = value("Whether the directory counts them as working here.")
    photo: URL | None = value("Address of a photo.", PERSONAL)
    email: str | None = value("Work address.", PUBLIC)
    phones: list[Phone] | None = value("Phone numbers.", PERSONAL)
    workplace: Workplace | None = value("Where they work.")
    time_zone: TimeZone | None = value("Their time zone.")
    languages: list[str] | None = value("Languages they speak, the preferred first, by BCP 47.")
    vip: bool | None = value("Whether they are under special protection.", RESTRICTED, hidden=True)

    @boundary("hr", "employment_of", domain="hr")
    def employment(self) -> Annotated["Employment", strawberry.lazy("schema.employment")] | None:
        """Position, department, manager, dates and absence, as HR has them."""

    @boundary("hr", "personal_of", domain="hr", sensitivity=RESTRICTED)
    def personal(self) -> Annotated["PersonalDetails", strawberry.lazy("schema.employment")] | None:
        """The restricted part of the personnel file."""

    @boundary("accounts", "accounts_of", domain="account")
    def account(self) -> Account | None:
        """Their own account: the personal one of the first domain that knows them."""

    @boundary("accounts", "accounts_of", domain="account")
    def accounts(self) -> list[Account] | None:
        """All their accounts in all domains, administrative ones included."""

    @boundary("groups", "memberships_of", domain="group", passes=("nested",), shows="group")
    def groups(
        self,
        first: First = 50,
        after: After = None,
        nested: Annotated[bool, argument("Whether to add groups reached only through other groups.")] = False,
    ) -> GroupConnection | None:
        """Groups of all domains they are in."""

    @boundary("certificates", "certificates_of", domain="certificate", filters=("status",))
    def certificates(
        self,
        status: Annotated[CertificateStatus | None, argument("Only those in this state.")] = None,
        first: First = 25,
        after: After = None,
    ) -> Connection[Certificate] | None:
        """Certificates issued to them, the one that ends last first."""

    @boundary("equipment", "devices_of", domain="device")
    def devices(self, first: First = 25, after: After = None) -> Connection[Device] | None:
        """Equipment they answer for."""

    @boundary("software", "licences_of", domain="software")
    def licences(self, first: First = 25, after: After = None) -> Connection[Licence] | None:
        """Seats of licensed products."""

    @boundary("second_factors", "second_factors_of", domain="second_factor")
    def second_factors(self, first: First = 25, after: After = None) -> Connection[SecondFactor] | None:
        """What they confirm a sign-in with."""

    @boundary("sessions", "sessions_of", domain="session")
    def sessions(self, first: First = 25, after: After = None) -> Connection[IdentitySession] | None:
        """Where they are signed in through the identity provider."""

    @boundary("vpn", "vpn_sessions_of", domain="vpn")
    def vpn_sessions(self, first: First = 25, after: After = None) -> Connection[VpnSession] | None:
        """Tunnels they have open now."""

    @boundary("badges", "badges_of", domain="badge")
    def badges(self, first: First = 25, after: After = None) -> Connection[Badge] | None:
        """Badges to buildings."""

    @boundary("mail", "mailbox_of", domain="mail")
    def mailbox(self) -> Mailbox | None:
        """Their mailbox."""

    @boundary("tickets", "tickets_of", domain="ticket", filters=("status",))
    def tickets(
        self,
        status: Annotated[list[TicketStatus] | None, argument("Only those in one of these states.")] = None,
        first: First = 25,
        after: After = None,
    ) -> Connection[Ticket] | None:
        """Tickets they asked for, the newest first."""

    @computed(
        asks=(
            "hr.employment_of",
            "accounts.accounts_of",
            "certificates.certificates_of",
            "equipment.devices_of",
            "badges.badges_of",
            "second_factors.second_factors_of",
            "mail.mailbox_of",
            "vpn.vpn_sessions_of",
            "sessions.sessions_of",
            "device_management.management_of",
        ),
        domain="disagreement",
        sensitivity=PERSONAL,
    )
    def disagreements(self) -> list[Disagreement] | None:
        """What the systems say differently about them, the gravest first."""

    @computed(
        asks=(
            "hr.employment_of",
            "accounts.accounts_of",
            "certificates.certificates_of",
            "equipment.devices_of",
            "badges.badges_of",
            "second_factors.second_factors_of",
            "mail.mailbox_of",
            "vpn.vpn_sessions_of",
            "sessions.sessions_of",
            "tickets.tickets_of",
            "software.licences_of",
            "software.jobs_on",
        ),
        domain="timeline",
        sensitivity=PERSONAL,
    )
    def timeline(
        self,
        kinds: Annotated[list[TimelineKind] | None, argument("Only events of these kinds.")] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[TimelineEvent] | None:
        """What happened to them in all systems, what was done through Okno among it, the newest first."""
