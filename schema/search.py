"""Search: finding a node by anything a caller can say."""

from datetime import datetime
from enum import Enum
from typing import Annotated

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
