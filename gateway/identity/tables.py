"""Tables of identity."""

from datetime import datetime

from sqlalchemy import DateTime, Index
from sqlmodel import Field, SQLModel


class Token(SQLModel, table=True):
    """A bearer token that was given out. Shape: `digest` is the SHA-256 of the token, which itself is not kept.

    `kind` is SANDBOX (good on loopback only).
    """

    __tablename__ = "token"
    __table_args__ = (Index("token_login", "login"),)

    digest: str = Field(primary_key=True, max_length=64)
    login: str = Field(max_length=200)
    kind: str = Field(max_length=20)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
