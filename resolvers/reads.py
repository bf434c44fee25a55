"""Reads: whose personal data a request shows, gathered while it is executed and recorded before it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from audit.event import Event, Protected
from authz.labels import Coordinate, Labels
from authz.profile import ALLOWED, Profile, Verdict

PERSONAL: Final = frozenset({"personal", "restricted"})
"""Sensitivities of which every read is recorded."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom a record is about: an employee by their number, or an object whose owner is named otherwise."""

    employee: str | None
    object: str | None = None


@dataclass(slots=True)
class Reads:
    """What one request has shown of whom. Shape: `rows` are what may be seen of each; `searches` what was typed."""

    coordinates: tuple[tuple[Coordinate, int], ...]
    rows: dict[Whose, bytes] = field(default_factory=dict)
    searches: list[str] = field(default_factory=list)

    def person(self, employee_id: str, row: bytes) -> None:
        """An employee is shown."""
        self.rows[Whose(employee_id)] = row

    def thing(self, owner: tuple[str, str], record: Any, row: bytes) -> None:
        """An object is shown that was reached on its own. Shape: `owner` is the question and the attribute that lead to whom it is."""
        question, attribute = owner
        key = attrgetter(attribute)(record)
        if key is None:
            return
        self.rows[Whose(str(key)) if question == "people_by_id" else Whose(None, str(key).casefold())] = row

    def events(self, viewer: Any, document: str, ticket: str | None, trace: str) -> list[Event]:
        """One record for each of whom personal data is shown, and one for each search."""
        common = {
            "operator": viewer.login,
            "team": viewer.active_team.id if viewer.active_team else None,
            "session": viewer.session,
            "end_user": viewer.on_behalf_of,
            "country": viewer.country,
            "document": document,
            "ticket": ticket,
            "policy": viewer.policy.version,
            "trace": trace,
        }
        found = [
            Event(code="search.made", stage="read", outcome="success", detail={"text": Protected(text)}, **common)
            for text in self.searches
        ]
        for whose, row in self.rows.items():
            shown = tuple(".".join(name) for name, label in self.coordinates if row[label] == ALLOWED)
            if shown:
                found.append(
                    Event(
                        code="employee.read",
                        stage="read",
                        outcome="success",
                        employee=whose.employee,
                        object=whose.object,
                        fields=shown,
                        **common,
                    )
                )
        return found


def personal_among(
    selected: Sequence[Coordinate], labels: Labels, profile: Profile
) -> tuple[tuple[Coordinate, int], ...]:
    """Those of the selected fields of which a read is recorded, less what these rights never show."""
    found: Mapping[Coordinate, int] = {place: labels.of[place] for place in selected if place in labels.of}
    return tuple(
        sorted(
            (place, label)
            for place, label in found.items()
            if labels.all[label].sensitivity in PERSONAL and profile.verdicts[label] is not Verdict.DENY
        )
    )
