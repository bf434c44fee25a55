"""Port `groups`: groups of the domains, direct and nested membership."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class Group:
    """A group of a domain. Shape: `kind` is SECURITY or DISTRIBUTION; `object_id` survives renames."""

    source: str
    object_id: str
    name: str
    domain: str
    kind: str
    privileged: bool
    description: str | None = None
    distinguished_name: str | None = None
    email: str | None = None
    owner_login: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One group an employee is in. `direct` is false where it comes through another group only."""

    group: Group
    login: str
    direct: bool

    @property
    def identity(self) -> str:
        """What tells this membership from the employee's others."""
        return f"{self.group.object_id} {self.login}"


@dataclass(frozen=True, slots=True)
class Member:
    """One account in a group."""

    login: str
    employee_id: str | None = None

    @property
    def identity(self) -> str:
        """What tells this member from the group's others."""
        return self.login


class Groups(Protocol):
    """Groups of one domain."""

    @question(key=EmployeeRef, record=Membership, many=True)
    async def memberships_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Membership, ...]]]:
        """The groups each is in, by name. Argument `nested`: also those reached through other groups."""
        ...

    @question(key=str, record=Group)
    async def group_by_id(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Group]]:
        """Groups by their immutable object id."""
        ...

    @question(key=str, record=Member, many=True)
    async def members_of(
        self, keys: Sequence[str], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Member, ...]]]:
        """The direct members of each group (by object id), in order of login."""
        ...

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Names of all groups."""
        ...

    @write(readback="members_of", key="group_id")
    async def add_to_group(self, group_id: str, login: str, call: CallContext) -> Written:
        """Make the account of that login a direct member."""
        ...

    @write(readback="members_of", key="group_id")
    async def remove_from_group(self, group_id: str, login: str, call: CallContext) -> Written:
        """Make the account of that login a direct member no longer."""
        ...
