"""Scalars beyond GraphQL's own."""

import re
from datetime import UTC, date, datetime
from typing import NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry

URL = NewType("URL", str)
TimeZone = NewType("TimeZone", str)
Long = NewType("Long", int)
PartialDate = NewType("PartialDate", date)


def _known_zone(name: object) -> str:
    try:
        return ZoneInfo(str(name)).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("expected an IANA time zone, for example America/Sao_Paulo") from None


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _read(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("expected an offset, for example 2026-05-04T09:14:07Z")
    return moment


def _day_or_year(text: object) -> date | str:
    said = str(text)
    return said if re.fullmatch(r"\d{4}", said) else date.fromisoformat(said)


SCALARS: dict[object, object] = {
    URL: strawberry.scalar(
        name="URL",
        description="An absolute address.",
        specified_by_url="https://url.spec.whatwg.org/",
        serialize=str,
        parse_value=str,
    ),
    TimeZone: strawberry.scalar(
        name="TimeZone",
        description="An IANA time zone, for example `America/Sao_Paulo`.",
        specified_by_url="https://www.iana.org/time-zones",
        serialize=str,
        parse_value=_known_zone,
    ),
    Long: strawberry.scalar(
        name="Long", description="A whole number up to 2^53, for sizes in bytes.", serialize=int, parse_value=int
    ),
    PartialDate: strawberry.scalar(
        name="PartialDate",
        description="A day by ISO 8601, or its year alone where no more may be known: `1984-05-12` or `1984`.",
        specified_by_url="https://www.iso.org/iso-8601-date-and-time-format.html",
        serialize=str,
        parse_value=_day_or_year,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC by RFC 3339, for example `2026-05-04T09:14:07Z`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_written,
        parse_value=_read,
    ),
}
"""What Strawberry is told about them."""
