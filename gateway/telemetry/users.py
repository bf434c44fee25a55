"""Users: who has used a place of the schema lately, as the tables of use tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import Mapped
from sqlmodel import col

from gateway.telemetry.usage_tables import UsageDocument, UsageField, UsagePlace


@dataclass(frozen=True, slots=True)
class Use:
    """A client's use of a place. Shape: `last` is the last day of it; `documents` by digest and operation, the most used first."""

    client: str
    count: int
    last: str
    documents: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Users:
    """What the tables know. Units: whole days, in UTC."""

    engine: AsyncEngine

    async def of(self, places: Sequence[str], days: int, today: date) -> list[Use]:
        """Who has used any of these within so many days, whoever did most first. Shape: `Type.*` is any field of a type."""
        if not places:
            return []
        since = (today - timedelta(days=days)).isoformat()
        async with self.engine.connect() as connection:
            used = await connection.execute(
                select(col(UsageField.client), func.sum(col(UsageField.count)), func.max(col(UsageField.day)))
                .where(col(UsageField.day) >= since, _among(col(UsageField.place), places))
                .group_by(col(UsageField.client))
            )
            by_client = {client: (int(count), last) for client, count, last in used}
            documents = await self._documents(connection, places, since)
        return sorted(
            (Use(client, *told, tuple(documents.get(client, ()))) for client, told in by_client.items()),
            key=lambda each: (-each.count, each.client),
        )

    async def counts(self, days: int, today: date) -> dict[str, int]:
        """How often each place was used within so many days."""
        since = (today - timedelta(days=days)).isoformat()
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                select(col(UsageField.place), func.sum(col(UsageField.count)))
                .where(col(UsageField.day) >= since)
                .group_by(col(UsageField.place))
            )
            return {place: int(count) for place, count in rows}

    async def since(self) -> str | None:
        """The first day that is remembered; None where nothing is."""
        async with self.engine.connect() as connection:
            found: str | None = (await connection.execute(select(func.min(col(UsageField.day))))).scalar()
            return found

    @staticmethod
    async def _documents(
        connection: AsyncConnection, places: Sequence[str], since: str
    ) -> dict[str, list[tuple[str, str, int]]]:
        using = select(col(UsagePlace.document), col(UsagePlace.name)).where(_among(col(UsagePlace.place), places))
        using_places = using.distinct().subquery()
        total = func.sum(col(UsageDocument.count))
        rows = await connection.execute(
            select(col(UsageDocument.client), col(UsageDocument.document), col(UsageDocument.name), total)
            .join(
                using_places,
                (using_places.c.document == col(UsageDocument.document))
                & (using_places.c.name == col(UsageDocument.name)),
            )
            .where(col(UsageDocument.day) >= since)
            .group_by(col(UsageDocument.client), col(UsageDocument.document), col(UsageDocument.name))
            .order_by(total.desc(), col(UsageDocument.document))
        )
        found: dict[str, list[tuple[str, str, int]]] = {}
        for client, document, name, count in rows:
            found.setdefault(client, []).append((document, name, int(count)))
        return found


def _among(place: Mapped[str], places: Sequence[str]) -> ColumnElement[bool]:
    """One of these places; names have no characters that a pattern would take for others but `_`."""
    exact = [each for each in places if not each.endswith(".*")]
    prefixes = [each.removesuffix("*") for each in places if each.endswith(".*")]
    return or_(place.in_(exact), *(place.startswith(each, autoescape=True) for each in prefixes))
