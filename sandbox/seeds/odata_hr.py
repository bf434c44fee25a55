"""The personnel file: employee numbers without their leading zeros, names in the native script, dates in effect."""

from datetime import date, timedelta
from typing import Any, Final

from sandbox.company.model import Company
from sandbox.company.person import Department, Person
from sources.odata_hr.twin import HrSeed, ODataHrTwin

_STATUS: Final = {"ACTIVE": "A", "ON_LEAVE": "L", "TERMINATED": "T", "FUTURE": "F"}


def twin(company: Company) -> ODataHrTwin:
    """The personnel system's twin, filled."""
    return ODataHrTwin(seed(company))


def seed(company: Company) -> HrSeed:
    """Everybody ever hired, and the tree of departments."""
    return HrSeed(
        tuple(_employee(person, company.now.date()) for person in company.people),
        tuple(_department(department) for department in company.departments),
    )


def _employee(person: Person, today: date) -> dict[str, Any]:
    return {
        "personIdExternal": _written(person.employee_id),
        "firstName": person.given_name,
        "lastName": person.family_name,
        "middleName": person.patronymic,
        "email": person.email,
        "title": person.title,
        "status": _STATUS[person.status],
        "hireDate": person.hire_date.isoformat(),
        "terminationDate": person.termination_date.isoformat() if person.termination_date else None,
        "managerId": _written(person.manager_id) if person.manager_id else None,
        "employmentType": person.employment_type.lower(),
        "birthDate": person.private.birth_date.isoformat(),
        "personalEmail": person.private.personal_email,
        "homeAddress": person.private.home_address,
        "documentNumber": person.private.document_number,
        "department_code": person.department,
        "jobs": _jobs(person, today),
        "absences": [
            {"kind": each.kind.lower(), "startDate": each.starts.isoformat(), "endDate": each.ends.isoformat()}
            for each in person.absences
        ],
    }


def _jobs(person: Person, today: date) -> list[dict[str, Any]]:
    """The newest first, as HR lists them; every fifth one of long standing began with half of the working time."""
    began = {"startDate": person.hire_date.isoformat(), "position": person.title, "fte": 1}
    full_time = person.hire_date + timedelta(days=400)
    if int(person.employee_id) % 5 or full_time >= today:
        return [began]
    return [{**began, "startDate": full_time.isoformat()}, {**began, "fte": 0.5}]


def _department(department: Department) -> dict[str, Any]:
    return {
        "code": department.code,
        "name": department.name.en,
        "head": _written(department.head_id) if department.head_id else None,
        "parent": department.parent,
    }


def _written(employee_id: str) -> str:
    return employee_id.lstrip("0") or "0"
