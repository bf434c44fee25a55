"""Certificate: what a certificate authority issued to somebody."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.declare import Lookup, boundary, computed, noun, value
from schema.node import Node

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="Whether a certificate is good now.")
class CertificateStatus(Enum):
    VALID = strawberry.enum_value("VALID", description="Good now.")
    NOT_YET_VALID = strawberry.enum_value("NOT_YET_VALID", description="Good from a later moment.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time is over.")
    REVOKED = strawberry.enum_value("REVOKED", description="Withdrawn.")


@strawberry.enum(description="What a certificate is for.")
class CertificatePurpose(Enum):
    VPN = strawberry.enum_value("VPN", description="Joining the network from outside.")
    WIFI = strawberry.enum_value("WIFI", description="Joining the office network.")
    SIGNING = strawberry.enum_value("SIGNING", description="Signing mail and documents.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else.")


@noun(
    domain="certificate", keys=("id",), lookup=Lookup("certificates", "certificate_by_serial", "serial"), owner="owner"
)
class Certificate(Node):
    """An X.509 certificate."""

    serial: str = value("Serial number in lower-case hex with colons.")
    subject: str = value("To whom, as it stands in it.")
    issuer: str = value("By whom, as it stands in it.")
    purpose: CertificatePurpose = value("What it is for.")
    not_before: datetime = value("Good from.")
    not_after: datetime = value("Good until.")
    emails: list[str] = value("Addresses it speaks for.")
    revoked_at: datetime | None = value("When it was withdrawn.")

    @computed(reads=("not_before", "not_after", "revoked_at"))
    def status(self) -> CertificateStatus:
        """Whether it is good now."""

    @boundary("directory", "people_by_login", key="owner_login")
    def owner(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """To whom it was issued."""
