"""The personnel system's words to the port's records."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sources.kit.odata_model import Projection
from sources.kit.reading import BadData, day, optional_rows, optional_text, part, text
from sources.ports.hr import Absence, DepartmentStep, Employment, PersonalDetails, PositionStep, Report
from sources.ports.question import Need

KEY: Final = "personIdExternal"
DEEPEST: Final = 8
"""Levels of departments that are followed upwards."""
_DEPARTMENT: Final = ("code", "name", "head", "parent")
_STATUS: Final = {"A": "ACTIVE", "L": "ON_LEAVE", "T": "TERMINATED", "I": "TERMINATED", "F": "FUTURE"}
_KINDS: Final = frozenset({"PERMANENT", "FIXED_TERM", "CONTRACTOR", "INTERN"})
_ABSENCES: Final = frozenset({"VACATION", "SICK", "PARENTAL", "BUSINESS_TRIP", "UNPAID"})
_AT_WORK: Final = "BUSINESS_TRIP"

_JOBS: Final = Projection(("startDate", "position", "fte"))
_AWAY: Final = Projection(("kind", "startDate", "endDate"))
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "status": ("status", "hireDate", "terminationDate"),
    "position": ("title",),
    "kind": ("employmentType",),
    "given_name": ("firstName",),
    "family_name": ("lastName",),
    "email": ("email",),
    "manager_id": ("managerId",),
    "hired_on": ("hireDate",),
    "terminated_on": ("terminationDate",),
    "legal_name": ("firstName", "middleName", "lastName"),
    "birth_date": ("birthDate",),
    "personal_email": ("personalEmail",),
    "home_address": ("homeAddress",),
    "document_number": ("documentNumber",),
}
_EMPLOYMENT: Final = ("status", "position", "kind", "given_name", "family_name", "email", "manager_id")
_DATES: Final = ("hired_on", "terminated_on")
_PERSONAL: Final = ("legal_name", "birth_date", "personal_email", "home_address", "document_number")
REPORT: Final = Projection((KEY, "managerId", "status", "hireDate", "terminationDate"))
TREE: Final = Projection(_DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the system writes employee ids. Units: `width` in digits; None when it writes them as they are."""

    width: int | None = None

    def outward(self, employee_id: str) -> str:
        """An employee id in the system's words: `0001001` is `1001` there."""
        if self.width is None:
            return employee_id
        return employee_id.lstrip("0") or "0"

    def inward(self, written: str) -> str:
        """The employee id of what the system writes."""
        return written if self.width is None else written.zfill(self.width)

    def optional(self, row: Any, name: str) -> str | None:
        """An employee id in a column, None where it is empty."""
        written = optional_text(row, name)
        return None if written is None else self.inward(written)


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department and the code of the one above."""

    step: DepartmentStep
    parent: str | None


def wants_chain(need: Need) -> bool:
    """Whether departments above the own one are wanted."""
    return need.wants("departments")


def employment_projection(need: Need) -> Projection:
    """What to ask of a person for these attributes of `Employment`."""
    columns = _columns(need, (*_EMPLOYMENT, *_DATES))
    expand: dict[str, Projection] = {}
    if need.wants("department", "departments"):
        expand["department"] = department_projection(DEEPEST if wants_chain(need) else 0)
    if need.wants("position", "positions"):
        expand["jobs"] = _JOBS
    if need.wants("status", "absences"):
        # who is away today is on leave, whatever the letter says
        expand["absences"] = _AWAY
    return Projection(columns, expand)


def department_projection(levels: int) -> Projection:
    """A department and as many above it; the service's own model decides whether `parent` leads anywhere."""
    return Projection(_DEPARTMENT, {"parent": department_projection(levels - 1)} if levels else {})


def personal_projection(need: Need) -> Projection:
    """What to ask of a person for these attributes of `PersonalDetails`."""
    return Projection(_columns(need, _PERSONAL))


def _columns(need: Need, attributes: Iterable[str]) -> tuple[str, ...]:
    wanted = (column for name in attributes if need.wants(name) for column in _COLUMNS[name])
    return tuple(dict.fromkeys((KEY, *wanted)))


def key_of(row: Any, numbers: Numbers) -> str:
    """The employee id of a row; a row without one is bad."""
    return numbers.inward(text(row, KEY))


def manager_of(row: Any, numbers: Numbers) -> str | None:
    """The employee id of a row's manager."""
    return numbers.inward(text(row, "managerId"))


def employment_of(
    row: Any, source: str, numbers: Numbers, today: date, tree: Mapping[str, DepartmentRow]
) -> Employment:
    """One person's employment as of a day. Raises: BadData."""
    absences = sorted((_absence(each) for each in optional_rows(row, "absences")), key=lambda each: each.starts)
    jobs = _jobs(optional_rows(row, "jobs"))
    kind = optional_text(row, "employmentType")
    return Employment(
        source=source,
        employee_id=key_of(row, numbers),
        status=status_of(row, absences, today),
        position=_position(jobs, today) or optional_text(row, "title"),
        kind=_word(kind, _KINDS) if kind else None,
        given_name=optional_text(row, "firstName"),
        family_name=optional_text(row, "lastName"),
        email=optional_text(row, "email"),
        departments=chain_of(row, numbers, tree),
        manager_id=numbers.optional(row, "managerId"),
        hired_on=day(row, "hireDate"),
        terminated_on=day(row, "terminationDate"),
        absences=tuple(each for each in absences if each.ends is None or each.ends >= today),
        positions=jobs,
    )


def personal_of(row: Any, source: str, numbers: Numbers) -> PersonalDetails:
    """The restricted part of one person's file. Raises: BadData."""
    names = (optional_text(row, name) for name in ("firstName", "middleName", "lastName"))
    return PersonalDetails(
        source=source,
        employee_id=key_of(row, numbers),
        legal_name=" ".join(name for name in names if name) or None,
        birth_date=day(row, "birthDate"),
        personal_email=optional_text(row, "personalEmail"),
        home_address=optional_text(row, "homeAddress"),
        document_number=optional_text(row, "documentNumber"),
    )


def personal_changes(personal_email: str | None, home_address: str | None) -> dict[str, str | None]:
    """The columns to change; None leaves one, an empty text empties it."""
    given = {"personalEmail": personal_email, "homeAddress": home_address}
    return {name: value or None for name, value in given.items() if value is not None}


def report_of(row: Any, source: str, numbers: Numbers) -> Report:
    """One line of a manager's list. Raises: BadData."""
    return Report(source, key_of(row, numbers))


def works_here(row: Any, today: date) -> bool:
    """Whether a person has not left. A row that cannot be read counts, so that it is found bad later."""
    try:
        return status_of(row, (), today) != "TERMINATED"
    except BadData:
        return True


def status_of(row: Any, absences: Sequence[Absence], today: date) -> str:
    """ACTIVE, ON_LEAVE, TERMINATED, FUTURE or OTHER on a day: dates are in effect before anybody edits the letter."""
    hired, left = day(row, "hireDate"), day(row, "terminationDate")
    letter = optional_text(row, "status") or "A"
    said = _STATUS.get(letter.upper()[:1], "OTHER")
    if left is not None and left < today:
        return "TERMINATED"
    if hired is not None and hired > today:
        return "FUTURE"
    if said == "TERMINATED" and left is not None:
        # the last day has not come yet: entered ahead of time
        said = "ACTIVE"
    if said == "FUTURE" and hired is not None:
        said = "ACTIVE"
    away = any(
        each.starts <= today and (each.ends is None or each.ends >= today) for each in absences if _is_leave(each)
    )
    return "ON_LEAVE" if said == "ACTIVE" and away else said


def _is_leave(absence: Absence) -> bool:
    return absence.kind != _AT_WORK


def _absence(row: Any) -> Absence:
    starts = day(row, "startDate")
    if starts is None:
        raise BadData("startDate: a day is missing")
    return Absence(_word(text(row, "kind"), _ABSENCES), starts, day(row, "endDate"))


def _jobs(found: Iterable[Any]) -> tuple[PositionStep, ...]:
    """Positions in order of their first day; of two on one day the larger share of working time comes later."""
    steps = []
    for row in found:
        since = day(row, "startDate")
        if since is None:
            raise BadData("startDate: a day is missing")
        steps.append((since, _share(row), PositionStep(text(row, "position"), since)))
    return tuple(step for _since, _part, step in sorted(steps, key=lambda each: each[:2]))


def _share(row: Mapping[str, Any]) -> float:
    """The share of working time; services write decimals as numbers or as texts."""
    try:
        return float(row.get("fte") or 0)
    except (TypeError, ValueError):
        raise BadData("fte: expected a number") from None


def _position(jobs: Sequence[PositionStep], today: date) -> str | None:
    """The position held on a day; of someone who has not begun, the first one to come."""
    begun = [each for each in jobs if each.since <= today]
    if begun:
        return begun[-1].title
    return jobs[0].title if jobs else None


def department_of(row: Any, numbers: Numbers) -> DepartmentRow:
    """One row of the table of departments. Raises: BadData."""
    step = DepartmentStep(
        text(row, "code"), optional_text(row, "name") or text(row, "code"), numbers.optional(row, "head")
    )
    above = row.get("parent")
    if isinstance(above, Mapping):
        return DepartmentRow(step, optional_text(above, "code"))
    return DepartmentRow(step, optional_text(row, "parent"))


def tree_of(found: Iterable[Any], numbers: Numbers) -> dict[str, DepartmentRow]:
    """The table of departments by code. Raises: BadData."""
    departments = (department_of(row, numbers) for row in found)
    return {each.step.code: each for each in departments}


def chain_of(row: Any, numbers: Numbers, tree: Mapping[str, DepartmentRow]) -> tuple[DepartmentStep, ...]:
    """From the own department up to the root: by what came nested, then by the table. Circles are cut."""
    steps: dict[str, DepartmentStep] = {}
    nested: Any = part(row, "department")
    above: str | None = None
    while nested:
        found = department_of(nested, numbers)
        if found.step.code in steps:
            return tuple(steps.values())
        steps[found.step.code] = found.step
        above = found.parent
        nested = nested.get("parent") if isinstance(nested.get("parent"), Mapping) else None
    while above is not None and above in tree and above not in steps:
        steps[above], above = tree[above].step, tree[above].parent
    return tuple(steps.values())


def _word(written: str, known: frozenset[str]) -> str:
    word = written.upper().replace("-", "_").replace(" ", "_")
    return word if word in known else "OTHER"
