"""Facts: what is known of an employee, an object and the moment, in the words that conditions ask for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from authz.vocabulary import ATTRIBUTES, LATER, UNKNOWN, Fact
from sources.ports.certificates import Certificate
from sources.ports.directory import Person
from sources.ports.equipment import Device
from sources.ports.groups import Group

ORDINARY: Final = "ordinary"
"""Class of a department that the installation does not name."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of the viewer and the moment; None where there is none, UNKNOWN where there ought to be one.

    Shape: `manager_id` is the employee number of the viewer's manager; `country` is that of their workplace; `case_email`
    the address of whoever asked for the open ticket in hand.
    """

    login: str
    manager_id: str | None = UNKNOWN
    country: str = UNKNOWN
    case_email: str | None = None
    caller_verified: bool = False
    department_classes: Mapping[str, str] = field(default_factory=dict)


def region(person: Person | None, _moment: Circumstances) -> Fact:
    """The region, UNKNOWN where the directory has none."""
    return (person.workplace.region if person and person.workplace else None) or UNKNOWN


def vip(person: Person | None, _moment: Circumstances) -> Fact:
    """Special protection; whose is not known counts as protected."""
    return UNKNOWN if person is None or person.vip is None else person.vip


def department_class(person: Person | None, moment: Circumstances) -> Fact:
    """The class that the installation gives the department."""
    if person is None or person.department is None:
        return UNKNOWN
    return moment.department_classes.get(person.department, ORDINARY)


def is_self(person: Person | None, moment: Circumstances) -> Fact:
    """Whether the employee is the viewer."""
    return UNKNOWN if person is None else person.login.casefold() == moment.login.casefold()


def is_my_manager(person: Person | None, moment: Circumstances) -> Fact:
    """Whether the employee is the viewer's manager."""
    if person is None or moment.manager_id == UNKNOWN:
        return UNKNOWN
    return person.employee_id == moment.manager_id


def case_open(person: Person | None, moment: Circumstances) -> Fact:
    """Whether the ticket in hand is open and this employee's."""
    if moment.case_email is None:
        return False
    if person is None or person.email is None:
        return UNKNOWN
    return person.email.casefold() == moment.case_email.casefold()


def operator_country(_person: Person | None, moment: Circumstances) -> Fact:
    """From where the viewer works."""
    return moment.country


def caller_verified(_person: Person | None, moment: Circumstances) -> Fact:
    """Whether the caller has proven who they are."""
    return moment.caller_verified


SUBJECT: Final[Mapping[str, Callable[[Person | None, Circumstances], Fact]]] = {
    each.__name__: each
    for each in (region, vip, department_class, is_self, is_my_manager, case_open, operator_country, caller_verified)
}
"""How each attribute of an employee or the moment is found. What is not here is not known yet, and counts against."""

READ: Final[Mapping[str, str]] = {
    "region": "workplace",
    "vip": "vip",
    "department_class": "department",
    "is_self": "login",
    "is_my_manager": "employee_id",
    "case_open": "email",
}
"""The attribute of the person's record that each looks at."""


def _group_owner(group: Group, moment: Circumstances) -> Fact:
    return group.owner_login is not None and group.owner_login.casefold() == moment.login.casefold()


def _told(said: Fact | None) -> Fact:
    """What an object says of itself; what it does not say counts against."""
    return UNKNOWN if said is None else said


OBJECT: Final[Mapping[type, Mapping[str, Callable[[Any, Circumstances], Fact]]]] = {
    Group: {"group_privileged": lambda group, _moment: _told(group.privileged), "group_owner": _group_owner},
    Certificate: {"certificate_purpose": lambda certificate, _moment: _told(certificate.purpose)},
    Device: {"device_class": lambda device, _moment: _told(device.kind)},
}
"""How each attribute of an object is found, by its record."""

READ_OF_OBJECT: Final[Mapping[str, str]] = {
    "group_privileged": "privileged",
    "group_owner": "owner_login",
    "certificate_purpose": "purpose",
    "device_class": "kind",
}
"""The attribute of the object's record that each looks at."""


def facts_of(person: Person | None, moment: Circumstances, record: Any = None) -> dict[str, Fact]:
    """Every fact by its attribute; an object's are LATER as long as no object is given."""
    of_object = OBJECT.get(type(record), {})
    found: dict[str, Fact] = {}
    for name, attribute in ATTRIBUTES.items():
        if name in SUBJECT:
            found[name] = SUBJECT[name](person, moment)
        elif attribute.kind == "object":
            found[name] = of_object[name](record, moment) if name in of_object else LATER
        else:
            found[name] = UNKNOWN
    return found
