"""Tables of the trail: records in chains by writer, and what they protect."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel


class AuditRecord(SQLModel, table=True):
    """One record of one writer's chain.

    Shape: `body` is canonical JSON; `hash` is SHA-256 over `prev_hash` and `body`, in hex; `place` its place among the
    records of all writers, None until the sequencer has given it one.
    """

    __tablename__ = "audit_record"
    __table_args__ = (
        Index("audit_record_place", "place", unique=True),
        Index("audit_record_employee", "employee", "at"),
        Index("audit_record_operation", "operation"),
        Index("audit_record_at", "at"),
    )

    writer: str = Field(primary_key=True, max_length=80)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    at: str = Field(max_length=27)
    code: str = Field(max_length=64)
    stage: str = Field(max_length=10)
    outcome: str = Field(max_length=10)
    operator: str = Field(max_length=200)
    employee: str | None = Field(default=None, max_length=64)
    operation: str | None = Field(default=None, max_length=64)
    body: str = Field(sa_type=Text)
    prev_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    place: int | None = Field(default=None, sa_type=BigInteger)


class AuditProtected(SQLModel, table=True):
    """A personal value that a record commits to. Retention erases the row; the record stays valid."""

    __tablename__ = "audit_protected"

    writer: str = Field(primary_key=True, max_length=80)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    path: str = Field(primary_key=True, max_length=200)
    salt: str = Field(max_length=32)
    value: str = Field(sa_type=Text)


class AuditTree(SQLModel, table=True):
    """The tree as far as it has grown. One row. Shape: `roots` are level and root in hex, the largest subtree first."""

    __tablename__ = "audit_tree"

    id: int = Field(default=1, primary_key=True)
    size: int = Field(default=0, sa_type=BigInteger)
    roots: str = Field(default="[]", sa_type=Text)


class AuditNode(SQLModel, table=True):
    """The root of a whole subtree of the tree, in hex."""

    __tablename__ = "audit_node"

    level: int = Field(primary_key=True)
    place: int = Field(primary_key=True, sa_type=BigInteger)
    hash: str = Field(max_length=64)


class AuditCheckpoint(SQLModel, table=True):
    """A signed checkpoint. Shape: `anchored_at` is when it stood outside of this database."""

    __tablename__ = "audit_checkpoint"

    size: int = Field(primary_key=True, sa_type=BigInteger)
    at: str = Field(max_length=27)
    note: str = Field(sa_type=Text)
    anchored_at: str | None = Field(default=None, max_length=27)


class AuditHold(SQLModel, table=True):
    """A stop of retention for one employee or one run. Shape: `lifted_at` None while it holds."""

    __tablename__ = "audit_hold"

    id: str = Field(primary_key=True, max_length=40)
    employee: str | None = Field(default=None, max_length=64)
    operation: str | None = Field(default=None, max_length=64)
    reason: str = Field(sa_type=Text)
    by: str = Field(max_length=200)
    at: str = Field(max_length=27)
    lifted_by: str | None = Field(default=None, max_length=200)
    lifted_at: str | None = Field(default=None, max_length=27)
