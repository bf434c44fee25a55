"""Tables of identity."""

from datetime import datetime

from sqlalchemy import JSON, DateTime, Index
from sqlmodel import Field, SQLModel


class Token(SQLModel, table=True):
    """A bearer token that was given out. Shape: `digest` is the SHA-256 of the token, which itself is not kept.

    `kind` is SANDBOX (good on loopback only) or SERVICE (a program's, limited to its `scopes`). `id` names it to
    people; `by` says who made it.
    """

    __tablename__ = "token"
    __table_args__ = (Index("token_login", "login"), Index("token_id", "id", unique=True))

    digest: str = Field(primary_key=True, max_length=64)
    login: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    id: str | None = Field(default=None, max_length=32)
    scopes: list[str] | None = Field(default=None, sa_type=JSON)
    by: str | None = Field(default=None, max_length=200)
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    revoked_by: str | None = Field(default=None, max_length=200)


class Session(SQLModel, table=True):
    """A person who has signed in. Shape: `digest` is the SHA-256 of what the cookie holds; `id` names it to people.

    `groups` are those the provider told, None where it told none. It ends at `idle_until` unless used before, and at
    `expires_at` whatever happens.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index("session_login", "login"),
        Index("session_id", "id", unique=True),
        Index("session_expires", "expires_at"),
    )

    digest: str = Field(primary_key=True, max_length=64)
    id: str = Field(max_length=32)
    login: str = Field(max_length=200)
    groups: list[str] | None = Field(default=None, sa_type=JSON)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    idle_until: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    address: str | None = Field(default=None, max_length=64)
    agent: str | None = Field(default=None, max_length=120)
    active_team: str | None = Field(default=None, max_length=64)
    country: str | None = Field(default=None, max_length=2)


class KnownGroups(SQLModel, table=True):
    """The last-known copy of a person's groups as the directory told them."""

    __tablename__ = "known_groups"

    login: str = Field(primary_key=True, max_length=200)
    groups: list[str] = Field(sa_type=JSON)
    as_of: datetime = Field(sa_type=DateTime(timezone=True))
