"""Port `hr`: employment, the chain of departments, absences, and the restricted personal file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sources.ports.call import CallContext
from sources.ports.errors import Answer
from sources.ports.keys import EmployeeRef
from sources.ports.question import Need, question
from sources.ports.write import Written, write


@dataclass(frozen=True, slots=True)
class DepartmentStep:
    """One department of a chain."""

    code: str
    name: str
    head_id: str | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Days away from work, both ends included. Shape: `kind` is VACATION, SICK, PARENTAL, BUSINESS_TRIP, UNPAID, OTHER."""

    kind: str
    starts: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class PositionStep:
    """A position held since a day."""

    title: str
    since: date


@dataclass(frozen=True, slots=True)
class Employment:
    """One person's employment. Shape: `departments` runs from the own department up to the root.

    `status` is ACTIVE, ON_LEAVE, TERMINATED, FUTURE, OTHER; `kind` is PERMANENT, FIXED_TERM, CONTRACTOR, INTERN.
    """

    source: str
    employee_id: str
    status: str
    position: str | None = None
    kind: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None
    departments: tuple[DepartmentStep, ...] = ()
    manager_id: str | None = None
    hired_on: date | None = None
    terminated_on: date | None = None
    absences: tuple[Absence, ...] = ()
    positions: tuple[PositionStep, ...] = ()

    @property
    def department(self) -> DepartmentStep | None:
        """The own department."""
        return self.departments[0] if self.departments else None


@dataclass(frozen=True, slots=True)
class PersonalDetails:
    """What only HR may know: restricted, each field a reason to ask why."""

    source: str
    employee_id: str
    legal_name: str | None = None
    birth_date: date | None = None
    personal_email: str | None = None
    home_address: str | None = None
    document_number: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One line of a manager's list of reports."""

    source: str
    employee_id: str


class Hr(Protocol):
    """The personnel file."""

    @question(key=EmployeeRef, record=Employment)
    async def employment_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[Employment]]:
        """The employment of each."""
        ...

    @question(key=EmployeeRef, record=PersonalDetails)
    async def personal_of(
        self, keys: Sequence[EmployeeRef], need: Need, call: CallContext
    ) -> Sequence[Answer[PersonalDetails]]:
        """The restricted part of the file of each."""
        ...

    @question(key=str, record=Report, many=True)
    async def reports_of(
        self, keys: Sequence[str], need: Need, call: CallContext
    ) -> Sequence[Answer[tuple[Report, ...]]]:
        """Who reports to each of these employee ids directly. Shape: by employee id of the manager, in order of id."""
        ...

    @write(readback="personal_of", key="employee")
    async def update_personal(
        self, employee: EmployeeRef, personal_email: str | None, home_address: str | None, call: CallContext
    ) -> Written:
        """Change contact data of the personal file; None leaves it."""
        ...
