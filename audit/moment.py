"""Moments as the trail writes them."""

from datetime import UTC, datetime


def written(moment: datetime) -> str:
    """A moment in UTC to the microsecond, so that texts sort as moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def utc_now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)
