"""Tables of the trail: chains of records by writer, what they protect, and the tree over all of them."""

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import JSON, Field, SQLModel


class AuditWriter(SQLModel, table=True):
    """A chain of records. Shape: `sequenced` is the last of them that has its place in the tree."""

    __tablename__ = "audit_writer"

    writer: str = Field(primary_key=True, max_length=80)
    began_at: str = Field(max_length=27)
    ended_at: str | None = Field(default=None, max_length=27)
    sequenced: int = Field(default=0, sa_type=BigInteger)


class AuditRecord(SQLModel, table=True):
    """One record of one writer's chain; never changed.

    Shape: `body` is canonical JSON; `hash` is SHA-256 over the hash before it and the body, in hex. The other columns say
    again what the body says, to find it by; `employee` is `@login` or `@address` where their number was not known.
    """

    __tablename__ = "audit_record"
    __table_args__ = (
        Index("audit_record_employee", "employee", "at"),
        Index("audit_record_operator", "operator", "at"),
        Index("audit_record_operation", "operation"),
        Index("audit_record_at", "at"),
        Index("audit_record_code", "code", "at"),
        Index("audit_record_ticket", "ticket", "at"),
    )

    writer: str = Field(primary_key=True, max_length=80)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    at: str = Field(max_length=27)
    code: str = Field(max_length=64)
    stage: str = Field(max_length=10)
    outcome: str = Field(max_length=10)
    operator: str = Field(max_length=200)
    employee: str | None = Field(default=None, max_length=64)
    ticket: str | None = Field(default=None, max_length=64)
    operation: str | None = Field(default=None, max_length=64)
    body: str = Field(sa_type=Text)
    prev_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)


class AuditProtected(SQLModel, table=True):
    """A personal value that a record commits to. Retention erases the row; the record stays valid."""

    __tablename__ = "audit_protected"

    writer: str = Field(primary_key=True, max_length=80)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    path: str = Field(primary_key=True, max_length=200)
    salt: str = Field(max_length=32)
    value: str = Field(sa_type=Text)


class AuditRange(SQLModel, table=True):
    """Records of one writer that stand one after another in the tree. Shape: places from `place` on, `count` of them."""

    __tablename__ = "audit_range"
    __table_args__ = (Index("audit_range_writer", "writer", "first_seq", unique=True),)

    place: int = Field(primary_key=True, sa_type=BigInteger)
    writer: str = Field(max_length=80)
    first_seq: int = Field(sa_type=BigInteger)
    count: int


class AuditTile(SQLModel, table=True):
    """Up to 256 hashes of the tree, side by side. Shape: level 0 holds leaves, each higher one stands over 256 below."""

    __tablename__ = "audit_tile"

    level: int = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    hashes: bytes = Field(sa_type=LargeBinary)


class AuditCheckpoint(SQLModel, table=True):
    """A signed size and root of the tree. Shape: `marks` in Base64; both it and `heads` only help to name what is wrong."""

    __tablename__ = "audit_checkpoint"

    size: int = Field(primary_key=True, sa_type=BigInteger)
    at: str = Field(max_length=27)
    note: str = Field(sa_type=Text)
    heads: dict[str, int] = Field(sa_type=JSON)
    marks: str = Field(sa_type=Text)


class AuditPublished(SQLModel, table=True):
    """How far an anchor has the checkpoints."""

    __tablename__ = "audit_published"

    anchor: str = Field(primary_key=True, max_length=200)
    size: int = Field(sa_type=BigInteger)


class AuditLease(SQLModel, table=True):
    """Whose turn it is to do what only one may. Units: `until` in seconds since 1970."""

    __tablename__ = "audit_lease"

    name: str = Field(primary_key=True, max_length=40)
    owner: str = Field(max_length=80)
    until: float


class AuditHold(SQLModel, table=True):
    """A case of which nothing is erased until the hold is lifted. Shape: `kind` employee, ticket, operation or operator."""

    __tablename__ = "audit_hold"

    id: str = Field(primary_key=True, max_length=40)
    kind: str = Field(max_length=10)
    value: str = Field(max_length=200)
    reason: str = Field(sa_type=Text)
    placed_by: str = Field(max_length=200)
    placed_at: str = Field(max_length=27)
    lifted_by: str | None = Field(default=None, max_length=200)
    lifted_at: str | None = Field(default=None, max_length=27)
