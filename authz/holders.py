"""Holders: everybody who has rights by belonging somewhere: whoever is signed in, teams, their leads."""

from dataclasses import dataclass

from authz.policy import Policy
from authz.rights import Actor

EVERYBODY = "whoever is signed in"


@dataclass(frozen=True, slots=True)
class Holder:
    """Those who have the same rights for the same cause.

    Shape: `team` is None for whoever is signed in; `members` are logins, services among them; `groups` directory groups.
    """

    team: str | None
    lead: bool
    actor: Actor
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What the holder is called in texts."""
        if self.team is None:
            return EVERYBODY
        return f"lead of {self.team}" if self.lead else self.team


def member_of(policy: Policy, team: str | None) -> Actor:
    """Give the rights of a team's member who is not its lead. Shape: a team that is not known gives everyone's."""
    return policy.actor(team, "")


def lead_of(policy: Policy, team: str) -> Actor:
    """Give the rights of a team's lead. Shape: a member's, where the team has no lead."""
    own = policy.rights.teams.get(team)
    return policy.actor(team, (own.lead if own is not None else None) or "")


def service_of(policy: Policy, team: str) -> Actor:
    """Give the rights of a team's service that acts for no end user."""
    return policy.actor(team, "", unattended=True)


def holders(policy: Policy) -> tuple[Holder, ...]:
    """Find everybody who has rights. Shape: a lead is a member too, and stands apart only where a lead has more."""
    found = [Holder(None, False, member_of(policy, None))]
    for name, team in sorted(policy.rights.teams.items()):
        members = {*team.members, *team.services, *([team.lead] if team.lead else [])}
        found.append(Holder(name, False, member_of(policy, name), tuple(sorted(members)), tuple(sorted(team.groups))))
        if team.lead is not None and team.lead_roles:
            found.append(Holder(name, True, lead_of(policy, name), (team.lead,)))
    return tuple(found)
