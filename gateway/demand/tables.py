"""Table of what callers have spent."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class DemandSpent(SQLModel, table=True):
    """What one caller's requests have cost in one hour. Units: `hour` since the epoch, `points` as `schema.costs` has them."""

    __tablename__ = "demand_spent"

    login: str = Field(primary_key=True, max_length=200)
    hour: int = Field(primary_key=True)
    points: int = Field(sa_type=BigInteger)
