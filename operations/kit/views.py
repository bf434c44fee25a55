"""Views: plans and runs as the graph shows them, less what the viewer may not read of the employee."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authz.profile import ALLOWED
from operations.kit.obligations import Obligation
from operations.kit.operation import Operation
from operations.kit.plan import Plan, decoded
from operations.kit.problems import Problem
from operations.kit.tables import DONE, SUCCEEDED, OperationApproval, OperationRun, OperationStep
from operations.kit.wish import Awaited, Payload
from resolvers import ids
from resolvers.asking import Asking
from resolvers.problems import bad_input
from resolvers.sight import Subject


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One value that would be another."""

    field: str
    before: str | None
    after: str
    withheld: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """What would be done."""

    hash: str
    changes: Sequence[ChangeView]
    side_effects: Sequence[str]
    obligations: Sequence[Obligation]
    approvals: Sequence[Awaited]
    expires_at: datetime | None
    already: bool
    reverts_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProofView:
    """What the system showed afterwards."""

    read_back_at: datetime
    shown: Sequence[str]


@dataclass(frozen=True, slots=True)
class StepView:
    """One call of a run."""

    name: str
    source: str
    state: str
    attempts: int
    made: str | None
    proof: ProofView | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class UndoView:
    """How a run can be taken back."""

    possible: bool
    operation: str | None
    why_not: str | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class NoteView:
    """What went wrong."""

    code: str
    message: str
    step: str | None


@dataclass(frozen=True, slots=True)
class RunView:
    """One run of an operation."""

    run: OperationRun
    changes: Sequence[ChangeView]
    steps: Sequence[StepView]
    approvals: Sequence[OperationApproval]
    undo: UndoView
    audit_events: Sequence[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.run, name)

    @property
    def id(self) -> str:
        """Its id in the graph."""
        return run_id(self.run.id)

    @property
    def parent(self) -> str | None:
        """The run, or the bulk, that it belongs to."""
        if self.run.parent is not None and self.run.origin == "BULK":
            return bulk_id(self.run.parent)
        return None if self.run.parent is None else run_id(self.run.parent)

    @property
    def by(self) -> str:
        """Who asked for it."""
        return self.run.caller

    @property
    def holder(self) -> str:
        """Who answers for it now."""
        return self.run.holder or self.run.caller

    @property
    def reverts_at(self) -> datetime | None:
        """When it will be taken back by itself."""
        return self.run.due_at

    @property
    def problem(self) -> NoteView | None:
        """What went wrong."""
        said = self.run.problem
        return None if said is None else NoteView(str(said["code"]), str(said["message"]), said.get("step"))

    @property
    def identity(self) -> str:
        """What tells this run from others."""
        return self.run.id


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Why nothing was done."""

    kind_of_problem: str
    code: str
    message: str
    path: Sequence[str]


@dataclass(frozen=True, slots=True)
class SecretView:
    """What is shown once."""

    step: str
    value: str


@dataclass(frozen=True, slots=True)
class PayloadView:
    """What comes of asking for an operation."""

    plan: PlanView | None
    operation: RunView | None
    secrets: Sequence[SecretView]
    replayed: bool
    problems: Sequence[ProblemView]
    employee_id: str | None


def run_id(id_: str) -> str:
    """A run's id in the graph."""
    return ids.encode("Operation", "okno", id_)


def bulk_id(id_: str) -> str:
    """A bulk's id in the graph."""
    return ids.encode("Bulk", "okno", id_)


def run_named(id_: str) -> str:
    """The run that an id of the graph names. Raises: RequestProblem BAD_INPUT."""
    node = ids.decode(id_)
    if node.type_name != "Operation":
        raise bad_input(f"the id is that of a {node.type_name}, not of an Operation")
    return node.key


def change(coordinate: str, before: Any, after: str, asking: Asking, subject: Subject) -> ChangeView:
    """One change; what is there now is shown to whoever may read that field of this employee."""
    type_name, _, field_name = coordinate.partition(".")
    place = (
        asking.guards.labels.of.get((type_name, field_name))
        if field_name
        else asking.guards.labels.entrance.get(type_name)
    )
    seen = place is None or subject.row[place] == ALLOWED
    told = None if before is None or not seen else str(before).lower() if isinstance(before, bool) else str(before)
    return ChangeView(coordinate, told, after, not seen and before is not None)


def plan_view(payload: Payload, plan: Plan, asking: Asking, subject: Subject) -> PlanView:
    """A plan as the viewer may see it."""
    changes = [change(each.coordinate, each.before, each.after, asking, subject) for each in plan.changes]
    reverts = None if plan.reverts_at is None else datetime.fromisoformat(plan.reverts_at)
    expires = min((each.deadline for each in payload.awaited), default=None)
    said = (payload.obligations, payload.awaited, expires)
    return PlanView(plan.hash, changes, plan.side_effects, *said, plan.already, reverts)


def run_view(
    run: OperationRun,
    steps: Sequence[OperationStep],
    approvals: Sequence[OperationApproval],
    operation: Operation[Any] | None,
    asking: Asking,
    subject: Subject,
) -> RunView:
    """A run as the viewer may see it."""
    changes = [
        change(coordinate, before, after, asking, subject) for coordinate, before, after in run.plan.get("changes", [])
    ]
    # an act on rights is in no catalogue of operations, and says itself by which code it is told
    codes = [operation.event] if operation is not None else [str(run.plan["event"])] if "event" in run.plan else []
    if run.secret_shown_at is not None:
        codes.append("secret.shown")
    shown = [_step(each, asking, subject) for each in steps]
    return RunView(run, changes, shown, approvals, _undo(run, steps, operation), codes)


def _step(row: OperationStep, asking: Asking, subject: Subject) -> StepView:
    step = decoded(row.step)
    proof = None
    if row.seen is not None and row.read_back_at is not None:
        proof = ProofView(row.read_back_at, _shown(step.type_name, row.seen, asking, subject))
    return StepView(row.name, step.call.source, row.state, row.attempts, row.made, proof, row.problem)


def _shown(type_name: str, seen: dict[str, Any], asking: Asking, subject: Subject) -> list[str]:
    there = "there" if seen.get("there") else "not there"
    told = []
    for name, value in seen.items():
        if name == "there":
            continue
        first, *rest = name.replace(".", "_").split("_")
        camel = first + "".join(each.capitalize() for each in rest)
        place = asking.guards.labels.of.get((type_name, camel))
        if place is None or subject.row[place] == ALLOWED:
            told.append(f"{camel}: {value}")
    return told or [there]


def _undo(run: OperationRun, steps: Sequence[OperationStep], operation: Operation[Any] | None) -> UndoView:
    name = operation.undone_by if operation is not None else None
    why = None
    if run.undone_by is not None:
        why = "it was taken back already"
    elif name is None:
        why = "this cannot be taken back"
    elif run.state != SUCCEEDED:
        why = "only what was done can be taken back"
    elif run.origin not in ("OPERATOR", "BULK", "SCENARIO"):
        why = "this took something back itself"
    elif not any(each.state == DONE and each.step["inverse"] is not None for each in steps):
        why = "nothing was changed"
    return UndoView(why is None, name, why, None if run.undone_by is None else run_id(run.undone_by))


def payload_view(
    payload: Payload,
    run: RunView | None,
    asking: Asking,
    subject: Subject,
) -> PayloadView:
    """All that comes of a wish, as the viewer may see it."""
    plan = None if payload.plan is None else plan_view(payload, payload.plan, asking, subject)
    return PayloadView(
        plan,
        run,
        [SecretView(step, secret.text) for step, secret in payload.secrets.items()],
        payload.replayed,
        [problem_view(each) for each in payload.problems],
        payload.employee.employee_id if payload.employee is not None else None,
    )


def problem_view(problem: Problem) -> ProblemView:
    """A problem as the graph shows it."""
    return ProblemView(problem.kind, problem.code, problem.message, problem.path)
