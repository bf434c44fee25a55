"""Group: a group of accounts in one of the company's domains."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.connection import After, Connection, First, PageInfo
from schema.declare import CONFIDENTIAL, PUBLIC, Lead, Lookup, boundary, noun, value
from schema.node import Node

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="What a group is for.")
class GroupKind(Enum):
    SECURITY = strawberry.enum_value("SECURITY", description="Gives rights.")
    DISTRIBUTION = strawberry.enum_value("DISTRIBUTION", description="Gives mail.")


@noun(domain="group", keys=("id",), lookup=Lookup("groups", "group_by_id", "object_id"), owner="owner")
class Group(Node):
    """A group of accounts in one domain."""

    name: str = value("Its name.")
    domain: str = value("The domain.")
    kind: GroupKind = value("What it is for.")
    privileged: bool = value("Whether it gives administrative rights.")
    description: str | None = value("What it is there for.")
    email: str | None = value("Address of the group.")
    distinguished_name: str | None = value("Place in the tree.", CONFIDENTIAL)
    created_at: datetime | None = value("When it was made.")

    @boundary("directory", "people_by_login", key="owner_login")
    def owner(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Who answers for it."""

    @boundary("groups", "members_of", key="object_id", leads=Lead("directory", "people_by_login", "login", "groups"))
    def members(
        self, first: First = 25, after: After = None
    ) -> Connection[Annotated["Employee", strawberry.lazy("schema.employee")]] | None:
        """Employees who are in it directly."""


@noun(domain="group")
class GroupEdge:
    """One group somebody is in."""

    cursor: str = value("The place, opaque; stays good while others come and go.", PUBLIC, domain="structure")
    node: Group = value("The group.")
    direct: bool = value("Whether the membership is a direct one, not only through another group.")
    login: str = value("The account that is in it.")


@noun(domain="structure", sensitivity=PUBLIC)
class GroupConnection:
    """A page of the groups somebody is in."""

    edges: list[GroupEdge] = value("The places of this page, in order.")
    page_info: PageInfo = value("Where this page stands in the list.")
    total_count: int | None = value("How many there are in all; null where the source cannot tell cheaply.")
