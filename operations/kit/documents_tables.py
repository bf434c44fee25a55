"""Table of registered documents."""

from datetime import datetime
from typing import Final

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from authz.tables import Moment

PROPOSED: Final = "PROPOSED"
APPROVED: Final = "APPROVED"
RETIRED: Final = "RETIRED"


class TrustedDocument(SQLModel, table=True):
    """A document that somebody has put forward to be run by people who may send no free text.

    Shape: `digest` is the SHA-256 of its text; `passport` what it was seen to ask for when it was put forward; `roles` those
    of which one is needed to run it, empty: none. Units: `ceiling` in points.
    """

    __tablename__ = "trusted_document"
    __table_args__ = (Index("trusted_document_at", "proposed_at"),)

    digest: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=200)
    text: str = Field(sa_type=Text)
    passport: dict[str, object] = Field(sa_type=JSON)
    passport_hash: str = Field(max_length=64)
    roles: list[str] = Field(sa_type=JSON)
    ceiling: int
    state: str = Field(max_length=10)
    proposed_by: str = Field(max_length=200)
    proposed_at: datetime = Field(sa_type=Moment)
    reason: str = Field(sa_type=Text)
    decided_by: str | None = Field(default=None, max_length=200)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    retired_by: str | None = Field(default=None, max_length=200)
    retired_at: datetime | None = Field(default=None, sa_type=Moment)
