"""What is asked of the badge database: the same text on PostgreSQL and on the twin."""

from typing import Final

BADGES: Final = """
SELECT 'badge' AS part, b.no AS badge, b.employee AS employee, b.kind AS name, b.issued_at AS at,
       b.valid_until AS valid_until, b.blocked_at AS blocked_at, CAST(NULL AS boolean) AS granted, 0 AS place
  FROM badge AS b
 WHERE b.employee IN (:employees)
"""
ZONES: Final = """
SELECT 'zone', z.badge, b.employee, z.zone, CAST(NULL AS timestamptz),
       CAST(NULL AS timestamptz), CAST(NULL AS timestamptz), CAST(NULL AS boolean), 0
  FROM badge_zone AS z
  JOIN badge AS b ON b.no = z.badge
 WHERE b.employee IN (:employees)
"""
PASSAGES: Final = """
SELECT 'passage', p.badge, p.employee, p.door, p.at,
       CAST(NULL AS timestamptz), CAST(NULL AS timestamptz), p.granted, p.place
  FROM (SELECT e.badge, b.employee, e.door, e.at, e.granted,
               ROW_NUMBER() OVER (PARTITION BY e.badge ORDER BY e.at DESC, e.id DESC) AS place
          FROM badge_event AS e
          JOIN badge AS b ON b.no = e.badge
         WHERE b.employee IN (:employees)) AS p
 WHERE p.place <= :latest
"""
LATEST: Final = 20
"""Passages told of one badge."""

BLOCK: Final = """
UPDATE badge SET blocked_at = CASE WHEN blocked_at <= :moment THEN blocked_at ELSE :moment END
 WHERE no = :badge AND employee = :employee RETURNING no
"""
"""A badge that is blocked already keeps its moment, so that a row comes back for every badge there is."""

ISSUE: Final = """
INSERT INTO badge (no, employee, kind, issued_at, valid_until)
VALUES (:badge, :employee, 'temporary', :issued, :until)
    ON CONFLICT (no) DO NOTHING
"""
OPEN: Final = """
INSERT INTO badge_zone (badge, zone)
SELECT no, CAST(:zone AS text) FROM badge WHERE no = :badge AND employee = :employee AND kind = 'temporary'
    ON CONFLICT (badge, zone) DO NOTHING
"""
ISSUED: Final = "SELECT no FROM badge WHERE no = :badge AND employee = :employee AND kind = 'temporary'"
"""A number is made of what it is issued for: told twice it is one badge, and never somebody else's."""


def badges_of(*, zones: bool, passages: bool) -> str:
    """One statement: a row for each badge, and with it a row for each zone and each of the latest passages."""
    parts = [BADGES, *([ZONES] if zones else []), *([PASSAGES] if passages else [])]
    return "UNION ALL".join(parts)
