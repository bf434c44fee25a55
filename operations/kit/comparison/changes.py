"""Changes: what systems show to have been changed, and whether it was by us."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final

from operations.kit.comparison.claims import Deed
from operations.kit.mark import Mark
from operations.kit.operation import Operation
from sources.ports.directory import Person

SLACK: Final = timedelta(minutes=10)
"""By how much the clock of a system may differ from ours, and its own note of a change from the change."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A change that a system shows. Shape: `name` is the operation by which we would have made it; `key` names the thing."""

    name: str
    employee_id: str
    source: str
    key: str
    moment: datetime


def marks(operations: Mapping[str, Operation[Any]], everyday: Iterable[str]) -> dict[str, Mark]:
    """The marks to look at, by operation: those of what is done every day only where they are asked for."""
    also = frozenset(everyday)
    return {
        name: each.mark
        for name, each in sorted(operations.items())
        if each.mark is not None and (name in also or not each.mark.everyday)
    }


def shown(name: str, mark: Mark, person: Person, answer: object, since: datetime, until: datetime) -> Iterator[Shown]:
    """The changes of a kind that one answer tells."""
    records: Sequence[Any] = answer if isinstance(answer, tuple | list) else () if answer is None else (answer,)
    for record in records:
        moment = getattr(record, mark.moment)
        if isinstance(moment, datetime) and since <= moment <= until:
            yield Shown(name, person.employee_id, record.source, str(getattr(record, mark.key)), moment)


class Ours:
    """What we have done ourselves, to be held against what systems show."""

    def __init__(self, deeds: Iterable[Deed]) -> None:
        self._deeds: dict[tuple[str, str], list[Deed]] = {}
        for each in filter(attrgetter("touched"), deeds):
            self._deeds.setdefault((each.call.source, each.employee_id), []).append(each)

    def explains(self, change: Shown) -> bool:
        """Whether a change is ours: the same thing, at the same time, by a call that was made or may have been."""
        return any(
            change.key in each.values and each.began - SLACK <= change.moment <= each.ended + SLACK
            for each in self._deeds.get((change.source, change.employee_id), ())
        )
