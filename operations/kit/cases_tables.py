"""Tables around runs: cases, messages that wait to be delivered, what was followed up, values that were revealed."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from authz.tables import Moment

WAITING: Final = "WAITING"
SENT: Final = "SENT"
GIVEN_UP: Final = "GIVEN_UP"

COMMENT: Final = "COMMENT"
CHANGED: Final = "CHANGED"
APPROVAL: Final = "APPROVAL"
CODE: Final = "CODE"

TICKET: Final = "TICKET"
MAIL: Final = "MAIL"
WEBHOOK: Final = "WEBHOOK"

ASKED: Final = "ASKED"
ENDED: Final = "ENDED"


class OperationCase(SQLModel, table=True):
    """The ticket that an operator has in hand. Shape: one at most is open of each operator and `sign_in`, empty for none."""

    __tablename__ = "operation_case"
    __table_args__ = (Index("operation_case_whose", "operator", "sign_in", "closed_at"),)

    id: str = Field(primary_key=True, max_length=40)
    operator: str = Field(max_length=200)
    sign_in: str = Field(max_length=200)
    ticket: str = Field(max_length=64)
    employee_id: str = Field(max_length=64)
    opened_at: datetime = Field(sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)


class OperationMessage(SQLModel, table=True):
    """Something that has to be told outside of the screen, until it is delivered or given up.

    Shape: `id` is the same however often it is sent; `kind` is COMMENT, CHANGED, APPROVAL or CODE; `channel` TICKET, MAIL or
    WEBHOOK; `about` the run, or the verification of a code; `recipient` an employee's number or a login, never an address;
    `facts` what is told, which holds neither secrets nor personal data; `next_at` when it is tried next.
    """

    __tablename__ = "operation_message"
    __table_args__ = (
        Index("operation_message_due", "state", "next_at"),
        Index("operation_message_recipient", "recipient", "created_at"),
    )

    id: str = Field(primary_key=True, max_length=40)
    kind: str = Field(max_length=12)
    channel: str = Field(max_length=12)
    about: str = Field(max_length=40)
    recipient: str = Field(max_length=200)
    facts: dict[str, Any] = Field(sa_type=JSON)
    state: str = Field(max_length=12)
    attempts: int = 0
    created_at: datetime = Field(sa_type=Moment)
    next_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    problem: str | None = Field(default=None, max_length=200)


class OperationFollowed(SQLModel, table=True):
    """That a run was followed up: whoever has to be told stands among the messages. Shape: `phase` is ASKED or ENDED."""

    __tablename__ = "operation_followed"

    run: str = Field(primary_key=True, max_length=40)
    phase: str = Field(primary_key=True, max_length=8)


class OperationReveal(SQLModel, table=True):
    """That a masked value was shown, never the value. Shape: `key` is the caller's own and stands for this one wish."""

    __tablename__ = "operation_reveal"

    operator: str = Field(primary_key=True, max_length=200)
    key: str = Field(primary_key=True, max_length=200)
    fingerprint: str = Field(max_length=64)
    employee_id: str = Field(max_length=64)
    field: str = Field(max_length=100)
    at: datetime = Field(sa_type=Moment)
