"""The people of the company as those who give them accounts, devices and tickets need to see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from sandbox.company.demo import DEMO_LOGINS, EMPLOYEE_LOGIN
from sandbox.company.oddities import Oddities
from sandbox.company.person import Person


@dataclass(frozen=True)
class Cast:
    """Everyone, with the day it is and with what is odd about whom."""

    seed: int
    now: datetime
    people: tuple[Person, ...]
    oddities: Oddities

    def stream(self, section: str) -> Random:
        """Chance of one section's own, so that a change in one section leaves the others as they were."""
        return Random(f"{self.seed}:{section}")

    @cached_property
    def working(self) -> tuple[Person, ...]:
        """Those employed now, on leave or not."""
        return tuple(person for person in self.people if person.status in ("ACTIVE", "ON_LEAVE"))

    @cached_property
    def leavers(self) -> tuple[Person, ...]:
        """Those who have left."""
        return tuple(person for person in self.people if person.status == "TERMINATED")

    @cached_property
    def demo_ids(self) -> frozenset[str]:
        """Employee numbers of the demo people."""
        return frozenset(person.employee_id for person in self.people if self.is_demo(person))

    @cached_property
    def showcase(self) -> Person:
        """The person who has something of everything, and something wrong."""
        return next(person for person in self.people if person.login == EMPLOYEE_LOGIN)

    def is_demo(self, person: Person) -> bool:
        """One of those whose card is full in every system."""
        return person.login in DEMO_LOGINS

    def served(self, person: Person) -> int:
        """Days since the person began, so that nothing is given to them earlier."""
        return (self.now.date() - person.hire_date).days

    def alive(self, outliving: frozenset[str]) -> Iterable[Person]:
        """Those employed now, and the leavers whose records nobody closed."""
        for person in self.people:
            if person.status in ("ACTIVE", "ON_LEAVE") or person.employee_id in outliving:
                yield person


def ago(now: datetime, rng: Random, days: float, *, least: float = 0.0) -> datetime:
    """A moment between `least` and `days` days before now, to the second."""
    return now - timedelta(seconds=int((least + (days - least) * rng.random()) * 86400))
