"""Who works in the made-up company, and where: the facts of HR."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Region = Literal["br", "cis", "af", "eu"]
Language = Literal["ru", "en", "es", "pt", "fr"]
EmploymentStatus = Literal["ACTIVE", "ON_LEAVE", "TERMINATED", "FUTURE"]
EmploymentType = Literal["PERMANENT", "FIXED_TERM", "CONTRACTOR", "INTERN"]
AbsenceKind = Literal["VACATION", "SICK", "PARENTAL", "BUSINESS_TRIP", "UNPAID"]


@dataclass(frozen=True, slots=True)
class LocalText:
    """A name in the five languages of the company."""

    en: str
    ru: str
    es: str
    pt: str
    fr: str


@dataclass(frozen=True, slots=True)
class Office:
    """A building: floors are numbered from 1, desks are named `<floor>-<three digits>`."""

    code: str
    name: str
    city: str
    country: str  # ISO 3166-1 alpha-2
    region: Region
    time_zone: str  # IANA
    address: str
    floors: int
    desk_phone: str  # E.164 number of the switchboard; people have an extension behind it


@dataclass(frozen=True, slots=True)
class Department:
    """One node of the tree of departments; the root has no parent."""

    code: str
    name: LocalText
    parent: str | None
    region: Region | None  # None: works for every region
    head_id: str | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Days away from work, both ends included."""

    kind: AbsenceKind
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class PrivateDetails:
    """What only HR knows of a person."""

    birth_date: date
    personal_email: str
    home_address: str
    document_number: str


@dataclass(frozen=True, slots=True)
class Person:
    """An employee as HR knows them: past, present or hired for a later day."""

    employee_id: str  # seven digits with leading zeros, never changes
    uid: str  # uuid, never changes
    login: str  # the present one; unique
    family_name: str  # native script; two surnames where the country has two
    given_name: str
    patronymic: str | None
    family_latin: str
    given_latin: str
    patronymic_latin: str | None
    display_name: str
    preferred_language: Language
    languages: tuple[Language, ...]
    email: str
    mobile: str  # E.164
    desk_phone: str  # E.164
    extension: str  # four to five digits
    region: Region
    office: str  # code
    city: str
    country: str
    time_zone: str
    floor: int
    desk: str
    department: str  # code
    title: str  # in the language of the office
    title_en: str
    manager_id: str | None
    employment_type: EmploymentType
    hire_date: date
    termination_date: date | None  # the last day, may lie ahead
    status: EmploymentStatus
    absences: tuple[Absence, ...]
    vip: bool
    private: PrivateDetails
    previous_login: str | None
    previous_family_name: str | None  # set for those who changed their surname
    previous_family_latin: str | None
    renamed_on: date | None
    directory_is_behind: bool  # the directory and the login still carry the previous surname

    @property
    def directory_family_name(self) -> str:
        """The surname the directory shows: the previous one until the change has reached it."""
        return self.previous_family_name if self.directory_is_behind and self.previous_family_name else self.family_name

    @property
    def directory_family_latin(self) -> str:
        """The same surname in Latin letters."""
        previous = self.previous_family_latin
        return previous if self.directory_is_behind and previous else self.family_latin

    @property
    def directory_display_name(self) -> str:
        """The display name with the surname the directory shows."""
        return self.display_name.replace(self.family_name, self.directory_family_name)
