"""The badge database's stand-in: the same tables in SQLite."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sources.kit.twin.sql import SqlTwin

TABLES: Final = """
CREATE TABLE badge (
    no text PRIMARY KEY, employee text NOT NULL, kind text NOT NULL DEFAULT 'permanent',
    issued_at text, valid_until text, blocked_at text
);
CREATE INDEX badge_employee_idx ON badge (employee);
CREATE TABLE badge_zone (badge text NOT NULL REFERENCES badge (no), zone text NOT NULL, PRIMARY KEY (badge, zone));
CREATE TABLE badge_event (
    id integer PRIMARY KEY, badge text NOT NULL REFERENCES badge (no), door text NOT NULL,
    at text NOT NULL, granted boolean NOT NULL
);
CREATE INDEX badge_event_badge_at_idx ON badge_event (badge, at DESC);
"""


class BadgesSqlTwin(SqlTwin):
    """An access control system. Seed: rows of `badge`, `badge_zone` and `badge_event`; moments in ISO 8601, UTC."""

    def __init__(self, seed: Mapping[str, Iterable[Mapping[str, object]]]) -> None:
        super().__init__(seed)

    def tables(self) -> str:
        return TABLES

    def respond(self, request: dict[str, Any]) -> dict[str, object]:
        """The answer to one transaction: to its last statement, or to the first that is refused, and then none is kept."""
        if request.get("op") != "write" or not request.get("then"):
            return super().respond(request)
        self.database.execute("SAVEPOINT steps")
        answer = super().respond(request)
        for statement, values in request["then"]:
            if answer["state"] == "00000":
                answer = self._execute(statement, values, read_only=False)
        if answer["state"] != "00000":
            self.database.execute("ROLLBACK TO steps")
        self.database.execute("RELEASE steps")
        return answer
