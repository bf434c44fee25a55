"""Recording: what of a run stands in the trail."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.event import Change, Event, Outcome, Protected, Stage
from operations.kit.json_values import Json
from operations.kit.plan import Change as PlannedChange
from operations.kit.tables import OperationRun


def recorded(
    run: OperationRun,
    code: str,
    stage: Stage,
    outcome: Outcome,
    *,
    step: str | None = None,
    source: str | None = None,
    changes: Sequence[PlannedChange] = (),
    approver: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Event:
    """An event of a run. What was there before and is wanted after may be personal, so it is protected."""
    viewer = run.viewer
    return Event(
        code=code,
        stage=stage,
        outcome=outcome,
        operator=run.holder or run.caller,
        team=run.team,
        roles=tuple(viewer.get("roles", ())),
        session=viewer.get("session"),
        approver=approver,
        end_user=viewer.get("on_behalf_of"),
        employee=run.employee_id or None,
        source=source,
        country=viewer.get("country"),
        reason=run.reason,
        ticket=run.ticket,
        policy=run.policy,
        rule=viewer.get("rule"),
        changes=tuple(
            Change(field=each.coordinate, before=_protected(each.before), after=_protected(each.after))
            for each in changes
        ),
        operation=run.id,
        step=step,
        trace=run.trace,
        detail={"name": run.name, "origin": run.origin, **(detail or {})},
    )


def _protected(value: Json) -> Protected | None:
    return None if value is None else Protected(value)
