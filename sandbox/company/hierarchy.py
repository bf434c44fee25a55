"""Who leads whom: heads of departments, team leads in the large ones, and a manager for everybody else."""

from collections import defaultdict
from dataclasses import replace

from sandbox.company.demo import DEMO_LOGINS, DEMO_PEOPLE
from sandbox.company.departments import DIVISIONS, HEAD_TITLE, LEAD_TITLE, POSITIONS, ROOT, UNIT_BY_CODE, UNITS
from sandbox.company.person import Department, LocalText, Person
from sandbox.company.places import SITE_BY_OFFICE

LEAD_LOGIN = "lead"
_TEAM = 12  # people a team lead answers for


def build_hierarchy(people: tuple[Person, ...]) -> tuple[tuple[Department, ...], tuple[Person, ...]]:
    """Departments with heads, people with managers; where nobody is fit to lead one, its parent's head does."""
    by_unit: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        if person.status == "ACTIVE":
            by_unit[person.department].append(person)
    heads = _heads(by_unit, people[len(DEMO_PEOPLE)])
    leads = {code: _leads(members, heads[code]) for code, members in by_unit.items()}
    departments = tuple(Department(unit.code, unit.name, unit.parent, unit.region, heads[unit.code]) for unit in UNITS)
    chief = heads[ROOT]
    heading = set(heads.values()) - {chief}
    leading = {number for numbers in leads.values() for number in numbers}
    placed = []
    for place, person in enumerate(people):
        title = None
        if person.employee_id == chief:
            title = POSITIONS[ROOT][0]
        elif person.employee_id in heading:
            title = HEAD_TITLE
        elif person.employee_id in leading:
            title = LEAD_TITLE
        placed.append(
            replace(
                person,
                manager_id=_manager(person, place, heads, leads.get(person.department, [])),
                title=_in_language(title, person) if title else person.title,
                title_en=title.en if title else person.title_en,
                vip=person.vip
                or person.employee_id in {heads[code] for code in (ROOT, *DIVISIONS)} - _demo_ids(people),
            )
        )
    return departments, tuple(placed)


def _demo_ids(people: tuple[Person, ...]) -> set[str]:
    return {person.employee_id for person in people[: len(DEMO_PEOPLE)]}


def _heads(by_unit: dict[str, list[Person]], chief: Person) -> dict[str, str]:
    heads = {ROOT: chief.employee_id}
    for unit in sorted(UNITS, key=lambda unit: _depth(unit.code)):
        if unit.parent is None:
            continue
        # Demo people keep the work they are there to show; one of them is a lead by trade.
        able = [
            person for person in by_unit[unit.code] if person.login not in DEMO_LOGINS or person.login == LEAD_LOGIN
        ]
        first = min(
            able, key=lambda person: (person.login != LEAD_LOGIN, not person.vip, person.hire_date), default=None
        )
        heads[unit.code] = first.employee_id if first else heads[unit.parent]
    return heads


def _leads(members: list[Person], head: str) -> list[str]:
    ranked = sorted(members, key=lambda person: person.hire_date)
    able = [person.employee_id for person in ranked if person.employee_id != head and person.login not in DEMO_LOGINS]
    return able[: len(members) // _TEAM]


def _manager(person: Person, place: int, heads: dict[str, str], leads: list[str]) -> str | None:
    """A team lead for members, the head for team leads, the head one level up for heads, nobody for the chief."""
    if person.employee_id == heads[ROOT]:
        return None
    if leads and person.employee_id not in leads and person.employee_id != heads[person.department]:
        return heads[person.department] if person.login in DEMO_LOGINS else leads[place % len(leads)]
    code: str | None = person.department
    while code is not None and heads[code] == person.employee_id:
        code = UNIT_BY_CODE[code].parent
    return heads[code or ROOT]


def _depth(code: str) -> int:
    parent = UNIT_BY_CODE[code].parent
    return 0 if parent is None else 1 + _depth(parent)


def _in_language(text: LocalText, person: Person) -> str:
    return str(getattr(text, SITE_BY_OFFICE[person.office].language))
