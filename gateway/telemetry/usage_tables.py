"""Tables of use: which client has used which place of the schema on which day, and in which document."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class UsageField(SQLModel, table=True):
    """How often a client has used a place of the schema on one day. Shape: `place` as `Type.field`; `day` as 2026-11-24."""

    __tablename__ = "usage_fields"
    __table_args__ = (Index("usage_fields_place", "place", "day"),)

    day: str = Field(primary_key=True, max_length=10)
    client: str = Field(primary_key=True, max_length=60)
    place: str = Field(primary_key=True, max_length=200)
    count: int = Field(sa_type=BigInteger)


class UsageDocument(SQLModel, table=True):
    """How often a client has sent an operation of a document on one day. Shape: `document` is the SHA-256 of its text, `name` the
    operation's, empty where it has none.
    """

    __tablename__ = "usage_documents"
    __table_args__ = (Index("usage_documents_document", "document", "day"),)

    day: str = Field(primary_key=True, max_length=10)
    client: str = Field(primary_key=True, max_length=60)
    document: str = Field(primary_key=True, max_length=64)
    name: str = Field(primary_key=True, max_length=60)
    count: int = Field(sa_type=BigInteger)


class UsagePlace(SQLModel, table=True):
    """That an operation of a document uses a place of the schema. Shape: `day` is when it was last seen to."""

    __tablename__ = "usage_places"
    __table_args__ = (Index("usage_places_place", "place"),)

    document: str = Field(primary_key=True, max_length=64)
    name: str = Field(primary_key=True, max_length=60)
    place: str = Field(primary_key=True, max_length=200)
    day: str = Field(max_length=10)


class UsageWithheld(SQLModel, table=True):
    """How often members of a team have asked for a field that was not shown, on one day. Shape: `code` says why; no team: empty."""

    __tablename__ = "usage_withheld"

    day: str = Field(primary_key=True, max_length=10)
    team: str = Field(primary_key=True, max_length=64)
    field: str = Field(primary_key=True, max_length=200)
    code: str = Field(primary_key=True, max_length=24)
    count: int = Field(sa_type=BigInteger)
