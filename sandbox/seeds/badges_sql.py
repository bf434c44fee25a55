"""The access control system, as rows of its tables."""

from datetime import datetime
from typing import Any

from sandbox.company.model import Company
from sources.badges_sql.twin import BadgesSqlTwin


def twin(company: Company) -> BadgesSqlTwin:
    """The badge database's twin, filled."""
    return BadgesSqlTwin(seed(company))


def seed(company: Company) -> dict[str, list[dict[str, Any]]]:
    """Rows by table; this system has always kept employee numbers as numbers, so their leading zeros are gone."""
    return {
        "badge": [
            {
                "no": badge.number,
                "employee": str(int(badge.owner_id)),
                "kind": badge.kind.lower(),
                "issued_at": _moment(badge.issued_at),
                "valid_until": _moment(badge.valid_until),
                "blocked_at": _moment(badge.blocked_at),
            }
            for badge in company.badges
        ],
        "badge_zone": [{"badge": badge.number, "zone": zone} for badge in company.badges for zone in badge.zones],
        "badge_event": [
            {
                "id": event.id,
                "badge": event.badge_number,
                "door": event.door,
                "at": _moment(event.at),
                "granted": event.granted,
            }
            for event in company.badge_events
        ],
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
