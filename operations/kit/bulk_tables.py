"""Tables of bulks: one operation for many employees, and where each of them stands."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from authz.tables import Moment

RUNNING: Final = "RUNNING"
PAUSED: Final = "PAUSED"
ENDED: Final = "ENDED"
CANCELLED: Final = "CANCELLED"

WAITING: Final = "WAITING"
BEGINNING: Final = "BEGINNING"
BEGUN: Final = "BEGUN"
REFUSED: Final = "REFUSED"
"""States of an item: it waits, a process is at it, it has a run of its own, or it was refused and has none."""


class OperationBulk(SQLModel, table=True):
    """One operation for many employees.

    Shape: `given` is the operation's own input; `viewer` what is needed to decide again for the same person; `fingerprint`
    stands for all that was asked for under `key`, unique with its `caller`; `problem` says why it rests; `lease_owner` is the
    process that drives it, `epoch` grows with each.
    """

    __tablename__ = "operation_bulk"
    __table_args__ = (
        UniqueConstraint("caller", "key", name="operation_bulk_caller_key"),
        Index("operation_bulk_state", "state", "lease_until"),
        Index("operation_bulk_created", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=64)
    state: str = Field(max_length=12)
    caller: str = Field(max_length=200)
    team: str | None = Field(default=None, max_length=64)
    viewer: dict[str, Any] = Field(sa_type=JSON)
    given: dict[str, Any] = Field(sa_type=JSON)
    key: str = Field(max_length=200)
    fingerprint: str = Field(max_length=64)
    reason: str | None = Field(default=None, max_length=2000)
    policy: str = Field(max_length=64)
    size: int
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    lease_owner: str | None = Field(default=None, max_length=64)
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    epoch: int = 0
    trace: str | None = Field(default=None, max_length=64)


class OperationBulkItem(SQLModel, table=True):
    """One employee of a bulk. Shape: `attempt` counts how often it was repeated; `run` is the run of the last attempt."""

    __tablename__ = "operation_bulk_item"

    bulk: str = Field(primary_key=True, max_length=40)
    number: int = Field(primary_key=True)
    employee_id: str = Field(max_length=64)
    ticket: str | None = Field(default=None, max_length=64)
    plan_hash: str | None = Field(default=None, max_length=64)
    state: str = Field(max_length=12)
    attempt: int = 0
    run: str | None = Field(default=None, max_length=40)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
