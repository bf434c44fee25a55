"""Deeds: what was done through Okno, as it stands in the timeline of whoever it was done to."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from operations.kit import tables
from operations.kit.acting import Acting
from operations.kit.knowing import Knowing
from operations.kit.runs import Brief, Latest
from resolvers.asking import Asking
from sources.ports.activity import OURSELVES, Deed
from sources.ports.errors import SourceError

log = logging.getLogger("okno.operations")

MOST: Final = 500
"""The latest runs of one employee that their timeline tells; `operations` lists all."""
_BACK: Final = ("UNDO", "REVERT", "COMPENSATION")
_CODES: Final[Mapping[str, str]] = {
    tables.PLANNED: "operation.planned",
    tables.AWAITING: "operation.asked_for",
    tables.RUNNING: "operation.begun",
    tables.FAILED: "operation.failed",
    tables.COMPENSATING: "operation.begun",
    tables.COMPENSATED: "operation.compensated",
    tables.UNKNOWN: "operation.left_in_doubt",
    tables.REJECTED: "operation.rejected",
    tables.EXPIRED: "operation.expired",
    tables.CANCELLED: "operation.cancelled",
    tables.FROZEN: "operation.frozen",
}


class Deeds:
    """The port `activity`. Shape: `acting` gives what operations are done with, once it is open."""

    def __init__(self, acting: Callable[[], Acting]) -> None:
        self._acting = acting

    async def deeds_of(self, asking: Asking, employees: Sequence[str]) -> Sequence[Sequence[Deed]]:
        """The latest runs about employees of which a viewer may know. Raises: SourceError."""
        acting = self._acting()
        try:
            found = await acting.journal.latest(employees, MOST)
            runs = [each.run for several in found.values() for each in several]
            known = {
                run.id
                for run, is_known in zip(runs, await Knowing(acting).known(asking, runs), strict=True)
                if is_known
            }
        except (SQLAlchemyError, OSError) as problem:
            log.warning("what was done through Okno cannot be looked up: %s", type(problem).__name__)
            raise SourceError("SOURCE_UNAVAILABLE", OURSELVES) from problem
        return [
            [self._deed(each, acting) for each in found[employee] if each.run.id in known] for employee in employees
        ]

    def _deed(self, latest: Latest, acting: Acting) -> Deed:
        run = latest.run
        return Deed(run.id, self._code(run, acting, changed=latest.changed), run.name, run.at)

    def _code(self, run: Brief, acting: Acting, *, changed: bool) -> str:
        if run.state != tables.SUCCEEDED:
            return _CODES[run.state]
        if not changed:
            return "operation.not_needed"
        if run.origin in _BACK:
            return "operation.undone"
        operation = acting.operations.get(run.name)
        return "operation.ended" if operation is None else operation.event
