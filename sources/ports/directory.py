"""Port `directory`: who works here and where to find them; the people source of the graph."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.identifiers import Identifier
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, Page, Window, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name as they write it, and in Latin letters where that differs."""

    display: str
    given: str | None = None
    family: str | None = None
    middle: str | None = None
    latin: str | None = None


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number. Shape: `kind` is MOBILE, WORK or OTHER; `number` as the directory writes it, E.164 where it can."""

    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a person works."""

    region: str | None = None
    country: str | None = None
    city: str | None = None
    office: str | None = None
    floor: str | None = None
    desk: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One employee as the directory knows them; the record behind `Employee`.

    The attributes that rights depend on (region, vip, department, manager) come with it, so that they are known first.
    """

    source: str
    employee_id: str
    login: str
    directory_id: str
    name: PersonName
    active: bool
    email: str | None = None
    photo: str | None = None
    phones: tuple[Phone, ...] = ()
    workplace: Workplace | None = None
    time_zone: str | None = None
    languages: tuple[str, ...] = ()
    vip: bool | None = None
    title: str | None = None
    department: str | None = None
    manager_id: str | None = None
    previous_login: str | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    ref: EmployeeRef = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ref", EmployeeRef(self.employee_id, self.login, self.email, self.directory_id))

    @property
    def personnel_number(self) -> str:
        """The employee number as people say it."""
        return self.employee_id


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people to list. All given conditions hold at once; `None` does not restrict."""

    region: str | None = None
    department: str | None = None
    office: str | None = None
    city: str | None = None
    active: bool | None = None


class Directory(Protocol):
    """Who works here."""

    @question(key=str, record=Person)
    async def people_by_id(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Person]]:
        """People by employee id. Shape: `keys[i] -> Person`, unknown -> None."""
        ...

    @question(key=str, record=Person)
    async def people_by_login(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Person]]:
        """People by login, case-insensitively."""
        ...

    @question(key=str, record=Person)
    async def people_by_email(self, keys: Sequence[str], need: Need, call: CallContext) -> Sequence[Answer[Person]]:
        """People by e-mail address, case-insensitively."""
        ...

    async def people(self, page: Page, call: CallContext, *, wanted: PeopleFilter, order: str) -> Window[Person]:
        """A page of people. Shape: `order` is LOGIN or NAME; the cursor is the tuple of values it orders by."""
        ...

    async def identifiers(self, call: CallContext) -> Sequence[Identifier]:
        """Everything a caller can say of the people here."""
        ...

    @write(readback="people_by_id", key="employee_id")
    async def update_contact(
        self, employee_id: str, phones: tuple[Phone, ...] | None, desk: str | None, call: CallContext
    ) -> Written:
        """Change telephones and desk; None leaves them, no telephones or an empty desk take them away."""
        ...
