"""Search: finding a node by anything a caller can say."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Annotated, Final

import strawberry

from schema.certificate import Certificate
from schema.connection import PageInfo
from schema.declare import PUBLIC, noun, value
from schema.device import Device
from schema.employee import Employee
from schema.group import Group
from schema.ticket import Ticket


@strawberry.enum(description="What to look for.")
class SearchKind(Enum):
    EMPLOYEE = strawberry.enum_value("EMPLOYEE", description="People.")
    DEVICE = strawberry.enum_value("DEVICE", description="Equipment.")
    CERTIFICATE = strawberry.enum_value("CERTIFICATE", description="Certificates.")
    GROUP = strawberry.enum_value("GROUP", description="Groups.")
    TICKET = strawberry.enum_value("TICKET", description="Tickets.")


@strawberry.enum(description="By what something was found.")
class IdentifierKind(Enum):
    LOGIN = strawberry.enum_value("LOGIN", description="Sign-in name, a former one included.")
    ACCOUNT_LOGIN = strawberry.enum_value(
        "ACCOUNT_LOGIN", description="Sign-in name of a further account, such as an administrative one."
    )
    NAME = strawberry.enum_value("NAME", description="Name.")
    EMAIL = strawberry.enum_value("EMAIL", description="E-mail address.")
    PHONE = strawberry.enum_value("PHONE", description="Phone number.")
    PERSONNEL_NUMBER = strawberry.enum_value("PERSONNEL_NUMBER", description="Employee number.")
    HOST = strawberry.enum_value("HOST", description="Host name.")
    IP = strawberry.enum_value("IP", description="Network address.")
    SERIAL = strawberry.enum_value("SERIAL", description="Maker's serial number.")
    ASSET_TAG = strawberry.enum_value("ASSET_TAG", description="Asset tag.")
    CERTIFICATE_SERIAL = strawberry.enum_value("CERTIFICATE_SERIAL", description="Serial of a certificate.")
    GROUP_NAME = strawberry.enum_value("GROUP_NAME", description="Name of a group.")
    TICKET_NUMBER = strawberry.enum_value("TICKET_NUMBER", description="Number of a ticket.")


FOUND_BY: Final[Mapping[str, tuple[str, tuple[tuple[str, str], ...]]]] = {
    "LOGIN": ("Employee", (("Employee", "login"),)),
    "ACCOUNT_LOGIN": ("Employee", (("Employee", "accounts"), ("Account", "login"))),
    "NAME": ("Employee", (("Employee", "name"), *(("PersonName", part) for part in ("display", "given", "family", "middle", "latin")))),
    "EMAIL": ("Employee", (("Employee", "email"),)),
    "PHONE": ("Employee", (("Employee", "phones"), ("Phone", "number"))),
    "PERSONNEL_NUMBER": ("Employee", (("Employee", "personnelNumber"),)),
    "HOST": ("Device", (("Device", "hostname"),)),
    "IP": ("Device", (("Device", "ip"),)),
    "SERIAL": ("Device", (("Device", "serialNumber"),)),
    "ASSET_TAG": ("Device", (("Device", "tag"),)),
    "CERTIFICATE_SERIAL": ("Certificate", (("Certificate", "serial"),)),
    "GROUP_NAME": ("Group", (("Group", "name"),)),
    "TICKET_NUMBER": ("Ticket", (("Ticket", "number"),)),
}  # fmt: skip
"""The type that each kind of identifier leads to, and the fields that it tells of. Who may not read them all does not find by it."""

SearchResult = Annotated[
    Employee | Device | Certificate | Group | Ticket,
    strawberry.union(name="SearchResult", description="What a search can lead to."),
]


@noun(domain="search", sensitivity=PUBLIC)
class SearchEdge:
    """One thing found."""

    cursor: str = value("The place, opaque.")
    node: SearchResult = value("What was found; as everywhere, each field is subject to rights.")
    matched: IdentifierKind = value("By what it was found.")


@noun(domain="search", sensitivity=PUBLIC)
class SearchConnection:
    """What a search found, the likeliest first; namesakes stand side by side."""

    edges: list[SearchEdge] = value("What was found.")
    page_info: PageInfo = value("Where this page stands in the list.")
    as_of: datetime | None = value(
        "How old the oldest part of the index is that was searched; null before the first sweep."
    )
