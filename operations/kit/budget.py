"""Budget: how much one operator may look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """How much an operator may look at within an hour: different employees, and searches."""

    employees: int = 200
    searches: int = 600
