"""Tables of the journal: runs, their steps, approvals, freezes, verified callers."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from authz.tables import Moment

PLANNED: Final = "PLANNED"
AWAITING: Final = "AWAITING_APPROVAL"
RUNNING: Final = "RUNNING"
SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"
COMPENSATING: Final = "COMPENSATING"
COMPENSATED: Final = "COMPENSATED"
UNKNOWN: Final = "UNKNOWN"
REJECTED: Final = "REJECTED"
EXPIRED: Final = "EXPIRED"
CANCELLED: Final = "CANCELLED"
FROZEN: Final = "FROZEN"
STATES: Final = (
    PLANNED,
    AWAITING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    COMPENSATING,
    COMPENSATED,
    UNKNOWN,
    REJECTED,
    EXPIRED,
    CANCELLED,
    FROZEN,
)
"""States of a run."""

WAITING: Final = "WAITING"
INTENDED: Final = "INTENDED"
DONE: Final = "DONE"
ALREADY: Final = "ALREADY_SO"
REFUSED: Final = "REFUSED"
UNPROVEN: Final = "UNPROVEN"
IN_DOUBT: Final = "UNKNOWN"
UNDONE: Final = "UNDONE"
SKIPPED: Final = "SKIPPED"
STEP_STATES: Final = (WAITING, INTENDED, DONE, ALREADY, REFUSED, UNPROVEN, IN_DOUBT, UNDONE, SKIPPED)
"""States of a step. UNPROVEN: the system took it and does not show it."""


class OperationRun(SQLModel, table=True):
    """One run of an operation.

    Shape: `given` is the input without purpose; `fingerprint` that of all that was asked for under `key`, which is unique
    with its `caller`; `viewer` what is needed to decide again for the same person; `origin` is OPERATOR, UNDO, REVERT,
    COMPENSATION, CASE, SCENARIO or BULK, tied to `parent`; `lease_owner` the process at work, `epoch` grows with each; `due_at` is when a
    temporary change has to be taken back; `holder` is who answers for it since a hand-over.
    """

    __tablename__ = "operation_run"
    __table_args__ = (
        UniqueConstraint("caller", "key", name="operation_run_caller_key"),
        Index("operation_run_state", "state", "lease_until"),
        Index("operation_run_employee", "employee_id", "created_at"),
        Index("operation_run_due", "due_at"),
        Index("operation_run_ended", "ended_at"),
    )

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=64)
    state: str = Field(max_length=24)
    caller: str = Field(max_length=200)
    team: str | None = Field(default=None, max_length=64)
    viewer: dict[str, Any] = Field(sa_type=JSON)
    employee_id: str = Field(max_length=64)
    employee_login: str = Field(max_length=200)
    given: dict[str, Any] = Field(sa_type=JSON)
    key: str = Field(max_length=200)
    fingerprint: str = Field(max_length=64)
    plan: dict[str, Any] = Field(sa_type=JSON)
    plan_hash: str = Field(max_length=64)
    reason: str | None = Field(default=None, max_length=2000)
    ticket: str | None = Field(default=None, max_length=64)
    policy: str = Field(max_length=64)
    origin: str = Field(max_length=16)
    parent: str | None = Field(default=None, max_length=40)
    holder: str | None = Field(default=None, max_length=200)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    reveals: bool = False
    secret_shown_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    due_at: datetime | None = Field(default=None, sa_type=Moment)
    undone_by: str | None = Field(default=None, max_length=40)
    lease_owner: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    epoch: int = 0
    trace: str | None = Field(default=None, max_length=64)


class OperationStep(SQLModel, table=True):
    """One step of a run. Shape: `step` is the step as data; `made` the key of what the system made; `seen` what was read back."""

    __tablename__ = "operation_step"

    run: str = Field(primary_key=True, max_length=40)
    number: int = Field(primary_key=True)
    name: str = Field(max_length=64)
    state: str = Field(max_length=16)
    step: dict[str, Any] = Field(sa_type=JSON)
    attempts: int = 0
    made: str | None = Field(default=None, max_length=400)
    seen: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    intended_at: datetime | None = Field(default=None, sa_type=Moment)
    read_back_at: datetime | None = Field(default=None, sa_type=Moment)
    problem: str | None = Field(default=None, max_length=400)


class OperationApproval(SQLModel, table=True):
    """Somebody's agreement that a run waits for, bound to its plan. Shape: `asked_of` is a team, None: whoever may run it."""

    __tablename__ = "operation_approval"

    run: str = Field(primary_key=True, max_length=40)
    kind: str = Field(primary_key=True, max_length=24)
    plan_hash: str = Field(max_length=64)
    asked_of: str | None = Field(default=None, max_length=200)
    deadline: datetime = Field(sa_type=Moment)
    decision: str | None = Field(default=None, max_length=12)
    decided_by: str | None = Field(default=None, max_length=200)
    decided_team: str | None = Field(default=None, max_length=64)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    note: str | None = Field(default=None, max_length=2000)


class Freeze(SQLModel, table=True):
    """Something that security officers have stopped. Shape: `kind` is PERSON, SESSION, OPERATION, TEAM or SOURCE."""

    __tablename__ = "operation_freeze"

    id: str = Field(primary_key=True, max_length=40)
    kind: str = Field(max_length=12)
    name: str = Field(max_length=200)
    reason: str = Field(max_length=2000)
    by: str = Field(max_length=200)
    at: datetime = Field(sa_type=Moment)
    lifted_by: str | None = Field(default=None, max_length=200)
    lifted_at: datetime | None = Field(default=None, sa_type=Moment)


class VerifiedCaller(SQLModel, table=True):
    """That whoever called proved to be the employee. Shape: `method` is CALL_BACK, MANAGER or CODE; `code_hash` of one sent."""

    __tablename__ = "operation_verified_caller"
    __table_args__ = (Index("operation_verified_caller_who", "employee_id", "operator"),)

    id: str = Field(primary_key=True, max_length=40)
    employee_id: str = Field(max_length=64)
    operator: str = Field(max_length=200)
    method: str = Field(max_length=12)
    note: str | None = Field(default=None, max_length=2000)
    code_hash: str | None = Field(default=None, max_length=64)
    tries: int = 0
    begun_at: datetime = Field(sa_type=Moment)
    verified_at: datetime | None = Field(default=None, sa_type=Moment)
    until: datetime = Field(sa_type=Moment)
    witness: str | None = Field(default=None, max_length=200)
