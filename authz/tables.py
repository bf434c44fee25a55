"""Tables of rights: versions of the policy and who agreed to them, who runs which, dated grants."""

from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, Index
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. A database that forgets the zone is told it again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # asked alike of every type
        """The moment, aware."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class PolicyVersion(SQLModel, table=True):
    """One version of the policy, whole.

    Shape: `hash` is the SHA-256 of `bundle`, the texts it is made of by file; `version` the policy's own, which stands
    in answers. `base` is the hash of the version it was last compared with. `state` is PROPOSED, APPROVED, PUBLISHED,
    RETIRED or REJECTED.
    """

    __tablename__ = "policy_version"

    hash: str = Field(primary_key=True, max_length=64)
    version: str = Field(max_length=64)
    bundle: dict[str, str] = Field(sa_type=JSON)
    base: str | None = Field(default=None, max_length=64)
    widening: bool = False
    note: str = Field(max_length=1000)
    by: str = Field(max_length=200)
    created_at: datetime = Field(sa_type=Moment)
    state: str = Field(max_length=20)
    decided_by: str | None = Field(default=None, max_length=200)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    shadowed: bool = False


class PolicyApproval(SQLModel, table=True):
    """One person's agreement to put a version in place of another one.

    Shape: `team` is the one they agreed in, `groups` the directory groups by which they may have been in it.
    """

    __tablename__ = "policy_approval"

    hash: str = Field(primary_key=True, max_length=64)
    base: str = Field(primary_key=True, max_length=64)
    by: str = Field(primary_key=True, max_length=200)
    team: str = Field(max_length=64)
    groups: list[str] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=Moment)


class PolicyGeneration(SQLModel, table=True):
    """What every process looks at: one row. Shape: `number` grows with every change of policy, `grants` of grants."""

    __tablename__ = "policy_generation"

    id: int = Field(default=1, primary_key=True)
    number: int
    grants: int
    hash: str = Field(max_length=64)


class PolicyProcess(SQLModel, table=True):
    """A process that serves, and the version it runs. Shape: `wrong` says why it could not take the published one."""

    __tablename__ = "policy_process"

    id: str = Field(primary_key=True, max_length=32)
    host: str = Field(max_length=200)
    pid: int
    hash: str = Field(max_length=64)
    version: str = Field(max_length=64)
    wrong: str | None = Field(default=None, max_length=500)
    started_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)


class ShadowCount(SQLModel, table=True):
    """How often a version that runs beside the live one would have decided otherwise.

    Shape: `live` and `would` are outcomes of a label; the row whose domain is `*` counts all that were compared.
    """

    __tablename__ = "shadow_count"

    hash: str = Field(primary_key=True, max_length=64)
    base: str = Field(primary_key=True, max_length=64)
    team: str = Field(primary_key=True, max_length=64)
    domain: str = Field(primary_key=True, max_length=64)
    sensitivity: str = Field(primary_key=True, max_length=20)
    live: str = Field(primary_key=True, max_length=10)
    would: str = Field(primary_key=True, max_length=10)
    count: int


class RightsGrant(SQLModel, table=True):
    """A role given to one person until a moment.

    Shape: `kind` is GRANT or BREAK_GLASS; `regions` empty: every region. One without `approved_by` gives nothing yet;
    one that was taken by breaking glass is `approved_by` nobody else and must be reviewed by somebody else.
    """

    __tablename__ = "rights_grant"
    __table_args__ = (Index("rights_grant_login", "login"), Index("rights_grant_until", "until"))

    id: str = Field(primary_key=True, max_length=32)
    login: str = Field(max_length=200)
    role: str = Field(max_length=64)
    regions: list[str] = Field(sa_type=JSON)
    clearance: list[str] = Field(sa_type=JSON)
    reason: str = Field(max_length=1000)
    ticket: str | None = Field(default=None, max_length=100)
    kind: str = Field(max_length=20)
    starts: datetime = Field(sa_type=Moment)
    until: datetime = Field(sa_type=Moment)
    by: str = Field(max_length=200)
    approved_by: str | None = Field(default=None, max_length=200)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_by: str | None = Field(default=None, max_length=200)
    reviewed_by: str | None = Field(default=None, max_length=200)
    reviewed_at: datetime | None = Field(default=None, sa_type=Moment)
    review_note: str | None = Field(default=None, max_length=1000)
    alerted_at: datetime | None = Field(default=None, sa_type=Moment)
