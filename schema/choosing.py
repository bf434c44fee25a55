"""Choosing: which field each filter and order looks at. Who may not read the field may not choose or order by it."""

from collections.abc import Mapping
from typing import Final

CHOSEN_BY: Final[Mapping[str, tuple[str, str]]] = {
    "region": ("Workplace", "region"),
    "department": ("Employment", "department"),
    "office": ("Workplace", "office"),
    "city": ("Workplace", "city"),
    "active": ("Employee", "active"),
}
"""Fields by the keys of `EmployeeFilter`."""

ORDERED_BY: Final[Mapping[str, tuple[str, str]]] = {"LOGIN": ("Employee", "login"), "NAME": ("Employee", "name")}
"""Fields by the values of `EmployeeOrder`."""
