"""Reviewing: who sees a field of an employee and who may run an operation on them, for security officers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from authz.holders import Holder
from authz.reviewing import Running, Seen, who_runs, who_sees
from authz.vocabulary import Fact
from resolvers.asking import Asking
from resolvers.computed.access import OUTCOMES, named
from resolvers.computed.entry import employee
from resolvers.computed.registry import computes
from resolvers.facts import facts_of
from resolvers.problems import bad_input

_F = TypeVar("_F", Seen, Running)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a field or an operation. Shape: `looker` is OTHER, THEMSELVES or REPORT."""

    looker: str
    by: Holder
    role: str
    condition: str
    outcome: str | None = None
    obligations: tuple[str, ...] = ()

    @property
    def holder(self) -> str:
        """What they are called."""
        return self.by.name

    @property
    def members(self) -> tuple[str, ...]:
        """Their logins."""
        return self.by.members

    @property
    def groups(self) -> tuple[str, ...]:
        """Their directory groups."""
        return self.by.groups


@computes("Query.fieldReaders")
async def field_readers(root: Any, asking: Asking, info: Any, field: str, by: Mapping[str, str]) -> list[Way] | None:
    """Who sees a field of an employee."""
    place = named(field, asking.guards.labels)
    facts = await _facts(root, asking, info, by)
    if facts is None:
        return None
    found = who_sees(asking.viewer.policy, place, facts)
    return [
        Way(looker, each.holder, each.role, each.when, OUTCOMES[each.outcome])
        for looker, each in _by_looker(found.others, found.themselves, found.reports)
    ]


@computes("Query.operationRunners")
async def operation_runners(
    root: Any, asking: Asking, info: Any, operation: str, by: Mapping[str, str]
) -> list[Way] | None:
    """Who may run an operation on an employee."""
    if operation not in asking.viewer.policy.rights.operations:
        raise bad_input("operation: no such operation")
    facts = await _facts(root, asking, info, by)
    if facts is None:
        return None
    found = who_runs(asking.viewer.policy, operation, facts)
    return [
        Way(looker, each.holder, each.role, each.when, None, each.obligations)
        for looker, each in _by_looker(found.others, found.themselves, found.reports)
    ]


def _by_looker(others: tuple[_F, ...], themselves: tuple[_F, ...], reports: tuple[_F, ...]) -> Iterator[tuple[str, _F]]:
    for looker, part in (("OTHER", others), ("THEMSELVES", themselves), ("REPORT", reports)):
        yield from ((looker, each) for each in part)


async def _facts(root: Any, asking: Asking, info: Any, by: Mapping[str, str]) -> Mapping[str, Fact] | None:
    person = await employee(root, asking, info, by)
    return None if person is None else facts_of(person, asking.moment)
