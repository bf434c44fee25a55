"""Access: what of an employee is shown to whom and why, without the data."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authz.explaining import ASK, Explanation, explain, told
from authz.labels import Coordinate, Labels
from authz.profile import ALLOWED, DENIED, MASKED
from authz.rights import Actor
from resolvers.asking import Asking
from resolvers.computed.entry import employee
from resolvers.computed.registry import computes
from resolvers.facts import facts_of
from resolvers.problems import bad_input

OUTCOMES: Final[Mapping[int, str]] = {ALLOWED: "ALLOWED", MASKED: "MASKED", DENIED: "DENIED"}
_MOST_FIELDS: Final = 200


@dataclass(frozen=True, slots=True)
class FieldAccess:
    """What a viewer may see of one field of one employee."""

    field: str
    explained: Explanation

    @property
    def outcome(self) -> str:
        """ALLOWED, MASKED or DENIED."""
        return OUTCOMES[self.explained.outcome]

    @property
    def reason(self) -> str | None:
        """Why, in words that tell no more than the outcome does."""
        return None if self.explained.outcome == ALLOWED else told(self.explained, "operator").removesuffix(ASK).strip()

    @property
    def ask(self) -> str | None:
        """How to ask for it."""
        return None if self.explained.outcome == ALLOWED else self.explained.ask

    @property
    def near(self) -> str | None:
        """In words fit for a lead."""
        return told(self.explained, "lead")

    @property
    def rule(self) -> str | None:
        """In words for security officers."""
        return told(self.explained, "security")


@computes("Query.access")
async def access(
    root: Any, asking: Asking, info: Any, by: Mapping[str, str], fields: list[str], team: str | None = None
) -> list[FieldAccess] | None:
    """What is shown of some fields of one employee; null where there is no such employee."""
    if len(fields) > _MOST_FIELDS:
        raise bad_input(f"fields: {_MOST_FIELDS} at most")
    labels = asking.guards.labels
    unknown = asking.viewpoints.hidden(asking.viewer.profile)
    places = [named(each, labels, unknown) for each in fields]
    actor = _actor(asking, team)
    person = await employee(root, asking, info, by)
    if person is None:
        return None
    facts = facts_of(person, asking.moment)
    policy = asking.viewer.policy
    return [
        FieldAccess(field, explain(policy, actor, place, facts)) for field, place in zip(fields, places, strict=True)
    ]


def _actor(asking: Asking, team: str | None) -> Actor:
    """The viewer's rights, or those of another team, which only those may ask for who may know every reason."""
    if team is None:
        return asking.viewer.actor
    if not asking.sight.root.sees("FieldAccess", "rule"):
        raise asking.sight.forbidden("FieldAccess.rule", asking.guards.labels.of["FieldAccess", "rule"])
    if team not in asking.viewer.policy.rights.teams:
        raise bad_input("team: no such team")
    return asking.viewer.policy.actor(team, "")


def named(field: str, labels: Labels, unknown: Container[Coordinate] = ()) -> Coordinate:
    """The field that `Type.field` names. Raises: RequestProblem BAD_INPUT where there is none, or none that may be known of."""
    type_name, _, field_name = field.partition(".")
    if (type_name, field_name) not in labels.of or (type_name, field_name) in unknown:
        raise bad_input("fields: expected Type.field, as in Account.lockedSince")
    return type_name, field_name
