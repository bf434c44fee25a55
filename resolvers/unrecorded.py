"""Unrecorded: what is seen while the trail cannot be written: everything but that of which a read has to be recorded.

Fail closed without freezing: what is personal is withheld by the same road as what rights withhold, so that nothing that
follows from it is told either; what is public is answered as ever.
"""

from typing import Any, Final

from graphql import GraphQLError
from graphql.pyutils import Path

from authz.explaining import NOT_FOR_THIS_EMPLOYEE, NOT_FOR_YOUR_TEAM
from authz.labels import Labels
from authz.profile import ALLOWED, DENIED, MASKED, Profile, Verdict
from resolvers.facts import Circumstances
from resolvers.loaders import Loaders
from resolvers.problems import RequestProblem
from resolvers.reads import PERSONAL, UNRECORDED, Reads, unrecordable
from resolvers.sight import Sight, Subject, Withheld

_OPEN: Final = (Verdict.ALLOW, Verdict.DEPENDS)
_REASON: Final = "that it is read cannot be recorded now"


def less_recorded(row: bytes, labels: Labels) -> bytes:
    """A row less all of which a read is recorded; what a mask leaves is not recorded, and stays."""
    return bytes(
        UNRECORDED if outcome == ALLOWED and label.sensitivity in PERSONAL else outcome
        for outcome, label in zip(row, labels.all, strict=True)
    )


def unrecorded(profile: Profile) -> Profile:
    """The same rights less all of which a read is recorded: nothing is chosen, ordered or found by it either."""
    return Profile(
        profile.id,
        profile.version,
        profile.labels,
        tuple(
            Verdict.DENY if verdict in _OPEN and label.sensitivity in PERSONAL else verdict
            for verdict, label in zip(profile.verdicts, profile.labels.all, strict=True)
        ),
        profile.attrs,
        profile.depends,
        lambda facts: less_recorded(profile.row(facts), profile.labels),
    )


class Unrecorded(Sight):
    """One viewer's eyes for one request of which nothing can be recorded. Shape: `eyes` are those that they would have."""

    def __init__(
        self, eyes: Sight, moment: Circumstances, loaders: Loaders, *, conditional: bool, reads: Reads | None
    ) -> None:
        profile = eyes.profile
        super().__init__(eyes.guards, unrecorded(profile), moment, loaders, conditional=conditional, reads=reads)
        self._rights = profile
        self.anybody = Subject(self, None, less_recorded(eyes.anybody.row, profile.labels))
        self.root = Subject(self, None, eyes.root.row)  # nobody is looked at there: nothing of it is recorded

    def enters(self, type_name: str, subject: Subject) -> bool:
        """Whether objects of a type may be known of. One that may not for want of a record is told of, not denied."""
        entrance = self.guards.kinds[type_name].entrance
        if subject.row[entrance] == UNRECORDED:
            self._noted_of(type_name, entrance).count += 1
        return super().enters(type_name, subject)

    def shut(self, type_name: str, path: Path, outcome: int = DENIED) -> RequestProblem:
        """Note that an object may not be known of, and say so."""
        if outcome != UNRECORDED:
            return super().shut(type_name, path, outcome)
        self.withhold(type_name, self.guards.kinds[type_name].entrance, UNRECORDED, path)
        return unrecordable(type_name)

    def forbidden(self, name: str, label: int, outcome: int | None = None) -> RequestProblem:
        """A field that is not shown, nor used to choose or order by. Shape: without an outcome, as it is of anybody."""
        narrowed = self.profile.verdicts[label] is not self._rights.verdicts[label]
        if outcome == UNRECORDED or (outcome is None and narrowed):
            return unrecordable(name)
        return super().forbidden(name, label, DENIED if outcome is None else outcome)

    def problems(self, told: set[str]) -> list[GraphQLError]:
        """One problem for each field that was withheld, with the first of its places."""
        found: list[GraphQLError] = []
        for (name, outcome), noted in self.withheld.items():
            if outcome == MASKED or name in told:
                continue
            problem = self.forbidden(name, noted.label, outcome)
            if outcome == UNRECORDED:
                problem = unrecordable(name, count=noted.count, paths=noted.paths)
            path = noted.paths[0] if noted.paths else None
            found.append(GraphQLError(problem.message, path=path, original_error=problem))
        return found

    def _noted_of(self, name: str, label: int) -> Withheld:
        return self.withheld.setdefault((name, UNRECORDED), Withheld(label, UNRECORDED))

    def _told(self, name: str, noted: Withheld) -> dict[str, Any]:
        if noted.outcome != UNRECORDED:
            return super()._told(name, noted)
        told = {"field": name, "code": "AUDIT_UNAVAILABLE", "reason": _REASON}
        return {**told, "count": noted.count, "paths": noted.paths}

    def _reason(self, label: int) -> str:
        return NOT_FOR_THIS_EMPLOYEE if self._rights.verdicts[label] is Verdict.DEPENDS else NOT_FOR_YOUR_TEAM
