"""Tables of the comparison: when it was made, and what was found."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from authz.tables import Moment

CLAIM: Final = "CLAIM"
CHANGE: Final = "CHANGE"
"""Kinds of what does not agree: a change of ours that is not there any more, one that is there and is not ours."""


class OperationComparison(SQLModel, table=True):
    """One comparison. Shape: changes are looked for since `since`; `unasked` are failures by source, none where it is whole."""

    __tablename__ = "operation_comparison"

    id: str = Field(primary_key=True, max_length=40)
    since: datetime = Field(sa_type=Moment)
    began_at: datetime = Field(sa_type=Moment)
    ended_at: datetime = Field(sa_type=Moment)
    claims: int
    people: int
    unasked: dict[str, Any] = Field(sa_type=JSON)


class OperationOrphan(SQLModel, table=True):
    """Something that does not agree.

    Shape: `id` stands for what it is about, so that it is told once; `object` is the key of the thing in its source; a claim
    names the `run` and `step` that made it, a change the `moment` that its source shows; `settled_at` is when a claim was
    found to hold again, or was overtaken by a later one.
    """

    __tablename__ = "operation_orphan"
    __table_args__ = (Index("operation_orphan_open", "kind", "settled_at"),)

    id: str = Field(primary_key=True, max_length=40)
    kind: str = Field(max_length=8)
    name: str = Field(max_length=64)
    employee_id: str = Field(max_length=64)
    source: str = Field(max_length=64)
    object: str = Field(max_length=400)
    run: str | None = Field(default=None, max_length=40)
    step: str | None = Field(default=None, max_length=64)
    moment: datetime | None = Field(default=None, sa_type=Moment)
    found_at: datetime = Field(sa_type=Moment)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
