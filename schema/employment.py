"""Employment: what HR knows of a person."""

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.connection import After, Connection, First
from schema.declare import PERSONAL, RESTRICTED, Lead, boundary, computed, noun, value
from schema.labels import Mask
from schema.scalars import PartialDate

if TYPE_CHECKING:
    from schema.employee import Employee


@strawberry.enum(description="Where an employment stands.")
class EmploymentStatus(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="Working.")
    ON_LEAVE = strawberry.enum_value("ON_LEAVE", description="Employed and away for long.")
    TERMINATED = strawberry.enum_value("TERMINATED", description="Has left.")
    FUTURE = strawberry.enum_value("FUTURE", description="Hired for a later day.")
    OTHER = strawberry.enum_value("OTHER", description="HR uses a word of its own.")


@strawberry.enum(description="What an employment rests on.")
class EmploymentKind(Enum):
    PERMANENT = strawberry.enum_value("PERMANENT", description="Without an end.")
    FIXED_TERM = strawberry.enum_value("FIXED_TERM", description="Until a day.")
    CONTRACTOR = strawberry.enum_value("CONTRACTOR", description="Employed by another company.")
    INTERN = strawberry.enum_value("INTERN", description="Learning.")
    OTHER = strawberry.enum_value("OTHER", description="HR uses a word of its own.")


@strawberry.enum(description="Why somebody is away.")
class AbsenceKind(Enum):
    VACATION = strawberry.enum_value("VACATION", description="On vacation.")
    SICK = strawberry.enum_value("SICK", description="Ill.")
    PARENTAL = strawberry.enum_value("PARENTAL", description="With a small child.")
    BUSINESS_TRIP = strawberry.enum_value("BUSINESS_TRIP", description="Working elsewhere.")
    UNPAID = strawberry.enum_value("UNPAID", description="On unpaid leave.")
    OTHER = strawberry.enum_value("OTHER", description="Away for another reason.")


@noun(domain="hr")
class Department:
    """A department."""

    code: str = value("Its code.")
    name: str = value("Its name.")

    @boundary("directory", "people_by_id", key="head_id")
    def head(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Who heads it."""


@noun(domain="hr", sensitivity=PERSONAL)
class Absence:
    """Days away from work, both ends included."""

    kind: AbsenceKind | None = value("Why.", RESTRICTED)
    starts: date = value("First day.")
    ends: date | None = value("Last day; null while it is open.")


@noun(domain="hr")
class PositionStep:
    """A position held since a day."""

    title: str = value("The position.")
    since: date = value("First day in it.")


@noun(domain="hr")
class Employment:
    """One person's employment."""

    status: EmploymentStatus = value("Where it stands today.")
    position: str | None = value("Present position.")
    kind: EmploymentKind | None = value("What it rests on.")
    family_name: str | None = value("Family name as HR writes it.")
    given_name: str | None = value("Given name as HR writes it.")
    departments: list[Department] = value("The chain of departments, from the own one up to the root.")
    hired_on: date | None = value("First day.")
    terminated_on: date | None = value("Last day, also when it lies ahead.", PERSONAL)
    absences: list[Absence] | None = value("Present and coming absences, the nearest first.", PERSONAL)
    positions: list[PositionStep] = value("Positions held, the latest first.")

    @computed(reads=("departments",))
    def department(self) -> Department | None:
        """The own department."""

    @computed(reads=("absences",), sensitivity=PERSONAL)
    def absence(self) -> Absence | None:
        """Today's absence."""

    @boundary("directory", "people_by_id", key="manager_id")
    def manager(self) -> Annotated["Employee", strawberry.lazy("schema.employee")] | None:
        """Whom they report to."""

    @boundary(
        "hr", "reports_of", key="employee_id", leads=Lead("directory", "people_by_id", "employee_id", "employment")
    )
    def reports(
        self, first: First = 25, after: After = None
    ) -> Connection[Annotated["Employee", strawberry.lazy("schema.employee")]] | None:
        """Who reports to them directly."""


@noun(domain="hr", sensitivity=RESTRICTED)
class PersonalDetails:
    """The restricted part of the personnel file."""

    legal_name: str | None = value("Name as in the documents.", PERSONAL)
    birth_date: PartialDate | None = value("Day of birth; for some only its year.", mask=Mask.YEAR)
    personal_email: str | None = value("Private address.", mask=Mask.EMAIL)
    home_address: str | None = value("Where they live.")
    document_number: str | None = value("Number of the identity document.", mask=Mask.LAST_FOUR)
