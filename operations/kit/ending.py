"""Ending: what is written down when a run comes to its end, or to where it stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from audit.event import Event
from operations.kit.plan import when
from operations.kit.recording import recorded
from operations.kit.tables import COMPENSATED, FROZEN, SUCCEEDED, UNKNOWN, OperationRun

_OUTCOME: Final[Mapping[str, Any]] = {SUCCEEDED: "success", UNKNOWN: "unknown", COMPENSATED: "failure"}
_CODES: Final = {UNKNOWN: "UNKNOWN", FROZEN: "FROZEN"}


@dataclass(frozen=True, slots=True)
class End:
    """What a run is then, and the record that says so."""

    values: Mapping[str, Any]
    event: Event


def ending(
    run: OperationRun,
    code: str,
    state: str,
    now: datetime,
    message: str | None = None,
    *,
    kind: str = "SourceRejected",
    step: str | None = None,
) -> End:
    """The end of a run, or the state in which it waits for a person. Shape: `step` is the one that went wrong."""
    values: dict[str, Any] = {"state": state, "lease_until": None, "lease_owner": None}
    if state not in (UNKNOWN, FROZEN):
        values["ended_at"] = now
    if message is not None:
        problem = {"kind": kind, "code": _CODES.get(state, "SOURCE_REJECTED"), "message": message, "step": step}
        values["problem"] = problem
    if state != SUCCEEDED:
        values["due_at"] = None  # what was not done has not to be taken back
    elif run.plan.get("revertsAt") is not None:
        values["due_at"] = when(run.plan["revertsAt"])  # what was stopped for a while and is done now has
    return End(values, recorded(run, code, "outcome", _OUTCOME.get(state, "failure"), detail={"state": state}))
