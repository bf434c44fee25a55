"""Tables of delivery: how far each reader of the trail has come, and what detections have been told already."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class AuditCursor(SQLModel, table=True):
    """How far one reader of the trail has come.

    Shape: all records with a place below `place` are done with; `owner` is the process whose turn it is; `problem` is what is
    wrong since `failed_since`, None where nothing is. Units: `until` and `next_at` in seconds since 1970.
    """

    __tablename__ = "audit_cursor"

    name: str = Field(primary_key=True, max_length=60)
    place: int = Field(sa_type=BigInteger)
    moved_at: str | None = Field(default=None, max_length=27)
    owner: str = Field(max_length=80)
    until: float
    failures: int
    failed_since: str | None = Field(default=None, max_length=27)
    problem: str | None = Field(default=None, max_length=300)
    next_at: float


class AuditDetected(SQLModel, table=True):
    """Up to which record a kind of detection has told of somebody: evidence counts once. Shape: `subject` as the kind names it."""

    __tablename__ = "audit_detected"

    kind: str = Field(primary_key=True, max_length=40)
    subject: str = Field(primary_key=True, max_length=300)
    place: int = Field(sa_type=BigInteger)
