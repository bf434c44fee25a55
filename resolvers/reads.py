"""Reads: whose personal data a request shows, gathered while it is executed and recorded before it is answered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, Protocol

from audit.event import Event, Protected
from authz.labels import Coordinate, Labels
from authz.profile import ALLOWED, Profile, Verdict
from resolvers.problems import RequestProblem

PERSONAL: Final = frozenset({"personal", "restricted"})
"""Sensitivities of which every read is recorded."""
LIMITED: Final = 3
"""In a row: it could be read, had the viewer not looked at so many people lately. No outcome of any policy."""
UNRECORDED: Final = 4
"""In a row: it could be read, if only it could be recorded now that it is. No outcome of any policy either."""


@dataclass(frozen=True, slots=True)
class Exceeded:
    """That somebody has looked at too much. Shape: `what` is employees or searches. Units: `seconds` until there is room."""

    what: str
    most: int
    seconds: int
    step_up: bool

    def __str__(self) -> str:
        """What the viewer is told."""
        wait = f"wait {max(1, -(-self.seconds // 60))} minutes"
        how = f"sign in again, or {wait}" if self.step_up else wait
        return f"more than {self.most} {self.what} within an hour; {how}"


class Allowance(Protocol):
    """How much one viewer may still look at within this hour."""

    def take(self, whose: str) -> bool:
        """Look at somebody; False where they would be one too many."""
        ...

    def search(self) -> bool:
        """Search once; False where it would be once too often."""
        ...

    def exceeded(self, what: str) -> Exceeded:
        """What is told of it."""
        ...


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom a record is about: an employee by their number, or an object whose owner is named otherwise."""

    employee: str | None
    object: str | None = None


@dataclass(slots=True)
class Reads:
    """What one request has shown of whom.

    Shape: `rows` are what may be seen of each; `searches` what was typed; `refused` of how many nothing personal was shown
    since they were too many, and `exceeded` what is told of it. Unless `recorded`, nothing can be written down now. `told` is what has
    been recorded of each already, where an answer comes in parts, and `told_searches` how many searches.
    """

    coordinates: tuple[tuple[Coordinate, int], ...]
    rows: dict[Whose, bytes] = field(default_factory=dict)
    searches: list[str] = field(default_factory=list)
    allowance: Allowance | None = None
    refused: int = 0
    exceeded: Exceeded | None = None
    recorded: bool = True
    told: dict[Whose, frozenset[str]] = field(default_factory=dict)
    told_searches: int = 0
    told_exceeded: bool = False

    def search(self, text: str) -> None:
        """Employees are searched for. Raises: RequestProblem LIMIT_REACHED; AUDIT_UNAVAILABLE."""
        if not self.recorded:
            raise unrecordable("Query.search")
        if self.allowance is not None and not self.allowance.search():
            self.exceeded = self.allowance.exceeded("searches")
            raise self.limit(self.exceeded)
        self.searches.append(text)

    def person(self, employee_id: str, row: bytes, *, own: bool = False) -> bool:
        """An employee is shown. Returns: False where they are one too many, and nothing personal of them may be."""
        return self._shown(Whose(employee_id), row, own=own)

    def thing(self, owner: tuple[str, str], record: Any, row: bytes, viewer: str = "") -> bool:
        """An object is shown that was reached on its own.

        Shape: `owner` is the question and the attribute that lead to whom it is; `viewer` the login of who asks.
        Returns: as above.
        """
        question, attribute = owner
        key = attrgetter(attribute)(record)
        if key is None:
            return True
        whose = Whose(str(key)) if question == "people_by_id" else Whose(None, str(key).casefold())
        return self._shown(whose, row, own=question == "people_by_login" and whose.object == viewer.casefold())

    def _shown(self, whose: Whose, row: bytes, *, own: bool) -> bool:
        counts = not own and any(row[label] == ALLOWED for _name, label in self.coordinates)
        if self.allowance is not None and counts and not self.allowance.take(whose.employee or str(whose.object)):
            self.refused += 1
            self.exceeded = self.allowance.exceeded("employees")
            return False
        self.rows[whose] = row
        return True

    @staticmethod
    def limit(exceeded: Exceeded, name: str | None = None) -> RequestProblem:
        """That too much was looked at, as it is told; `name` is the field that is not shown for it."""
        more: dict[str, Any] = {"retryAfterMs": exceeded.seconds * 1000, "stepUp": exceeded.step_up}
        if name is not None:
            more["field"] = name
        message = str(exceeded) if name is None else f"{name}: {exceeded}"
        return RequestProblem("LIMIT_REACHED", message, **more)

    def events(
        self,
        viewer: Any,
        document: str,
        ticket: str | None,
        trace: str,
        put_by: Collection[Coordinate] = (),
    ) -> list[Event]:
        """One record for each of whom personal data is shown, and one for each search; of what none was made before.

        Shape: fields that are `put_by` are not shown yet.
        """
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
            for text in self.searches[self.told_searches :]
        ]
        self.told_searches = len(self.searches)
        for whose, row in self.rows.items():
            before = self.told.get(whose, frozenset())
            shown = tuple(
                ".".join(name)
                for name, label in self.coordinates
                if row[label] == ALLOWED and name not in put_by and ".".join(name) not in before
            )
            self.told[whose] = before.union(shown)
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
        if self.exceeded is not None and not self.told_exceeded:
            self.told_exceeded = True
            detail = {"what": self.exceeded.what, "most": self.exceeded.most, "refused": max(1, self.refused)}
            found.append(Event(code="exposure.exceeded", stage="denied", outcome="denied", detail=detail, **common))
        return found


def unrecordable(name: str, **more: Any) -> RequestProblem:
    """That something is withheld since it cannot be recorded; `name` is the field."""
    message = f"{name}: that it is read cannot be recorded now, so it is not shown; try again"
    return RequestProblem("AUDIT_UNAVAILABLE", message, field=name, retryable=True, **more)


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
