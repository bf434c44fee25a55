"""The tables of the twin's personnel service, and what its `$metadata` tells of them."""

from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from sources.kit.twin.odata_query import Choice, QuerySyntax

ROOT: Final = "/odata/v4/hr"
_TEXT, _DAY, _MOMENT = "Edm.String", "Edm.Date", "Edm.DateTimeOffset"
_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "Employees": {
        "personIdExternal": _TEXT,
        "firstName": _TEXT,
        "lastName": _TEXT,
        "middleName": _TEXT,
        "email": _TEXT,
        "title": _TEXT,
        "status": _TEXT,
        "hireDate": _DAY,
        "terminationDate": _DAY,
        "managerId": _TEXT,
        "employmentType": _TEXT,
        "birthDate": _DAY,
        "personalEmail": _TEXT,
        "homeAddress": _TEXT,
        "documentNumber": _TEXT,
        "department_code": _TEXT,
        "modifiedAt": _MOMENT,
    },
    "Departments": {"code": _TEXT, "name": _TEXT, "head": _TEXT, "parent": _TEXT},
    "Jobs": {"startDate": _DAY, "position": _TEXT, "fte": "Edm.Decimal"},
    "Absences": {"kind": _TEXT, "startDate": _DAY, "endDate": _DAY},
}
_KEYS: Final = {"Employees": "personIdExternal", "Departments": "code"}
_NEIGHBOURS: Final[Mapping[str, Mapping[str, str]]] = {
    "Employees": {"department": "Departments", "jobs": "Jobs", "absences": "Absences"}
}
_MANY: Final = frozenset({"jobs", "absences"})


class Tables:
    """Rows by key, with fewer columns than usual when told so."""

    def __init__(self, lacking: frozenset[str], nested: bool) -> None:
        self.employees: dict[str, dict[str, Any]] = {}
        self.departments: dict[str, dict[str, Any]] = {}
        self.columns: dict[str, dict[str, str]] = {
            entity_set: {name: kind for name, kind in columns.items() if f"{entity_set}.{name}" not in lacking}
            for entity_set, columns in _COLUMNS.items()
        }
        self.neighbours: dict[str, dict[str, str]] = {
            entity_set: {
                name: target
                for name, target in _NEIGHBOURS.get(entity_set, {}).items()
                if f"{entity_set}.{name}" not in lacking
            }
            for entity_set in _COLUMNS
        }
        if nested:
            self.columns["Departments"]["parent_code"] = self.columns["Departments"].pop("parent")
            self.neighbours["Departments"]["parent"] = "Departments"

    def rows(self, entity_set: str) -> list[dict[str, Any]]:
        """All rows of a set, by key."""
        if entity_set == "Employees":
            return sorted(self.employees.values(), key=lambda row: str(row["personIdExternal"]))
        if entity_set == "Departments":
            return sorted(self.departments.values(), key=lambda row: str(row["code"]))
        return [row for person in self.rows("Employees") for row in person.get(entity_set.lower(), ())]

    def by_key(self, entity_set: str, key: str) -> dict[str, Any] | None:
        """One row."""
        return {"Employees": self.employees, "Departments": self.departments}.get(entity_set, {}).get(key)

    def properties(self, entity_set: str) -> tuple[str, ...]:
        """The columns of a set."""
        return tuple(self.columns[entity_set])

    def check(self, entity_set: str, name: str) -> None:
        """Raises: QuerySyntax for a column that is not there."""
        if name not in self.columns[entity_set]:
            raise QuerySyntax(f'Property "{name}" does not exist in "HRService.{entity_set}"')

    def shown(self, entity_set: str, row: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
        """A row as it is answered: the chosen columns, always the key, and the expanded neighbours."""
        for name in choice.select:
            self.check(entity_set, name)
        key = _KEYS.get(entity_set)
        names = [name for name in self.columns[entity_set] if not choice.select or name in (*choice.select, key)]
        shown = {name: row.get("parent" if name == "parent_code" else name) for name in names}
        for name, inner in choice.expand.items():
            target = self.neighbours[entity_set].get(name)
            if target is None:
                raise QuerySyntax(f'Navigation property "{name}" does not exist in "HRService.{entity_set}"')
            if name in _MANY:
                shown[name] = [self.shown(target, each, inner) for each in row.get(name, ())]
            else:
                found = self.departments.get(str(row.get("department_code" if name == "department" else "parent")))
                shown[name] = self.shown(target, found, inner) if found else None
        return shown


def metadata(tables: Tables) -> str:
    """The `$metadata` document."""
    types = "".join(_entity_type(tables, entity_set) for entity_set in tables.columns)
    sets = "".join(f'<EntitySet Name="{name}" EntityType="HRService.{name}"/>' for name in tables.columns)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="HRService" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'<EntityContainer Name="EntityContainer">{sets}</EntityContainer>{types}'
        '<Action Name="transfer" IsBound="true"><Parameter Name="in" Type="HRService.Employees"/>'
        '<Parameter Name="department" Type="Edm.String"/><ReturnType Type="HRService.Employees"/></Action>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(tables: Tables, entity_set: str) -> str:
    key = f'<Key><PropertyRef Name="{_KEYS[entity_set]}"/></Key>' if entity_set in _KEYS else ""
    columns = "".join(
        f"<Property Name={quoteattr(name)} Type={quoteattr(kind)}/>"
        for name, kind in tables.columns[entity_set].items()
    )
    neighbours = "".join(
        f"<NavigationProperty Name={quoteattr(name)} Type={quoteattr(_target(name, target))}/>"
        for name, target in tables.neighbours[entity_set].items()
    )
    return f'<EntityType Name="{entity_set}">{key}{columns}{neighbours}</EntityType>'


def _target(name: str, target: str) -> str:
    return f"Collection(HRService.{target})" if name in _MANY else f"HRService.{target}"
