"""Warming: the rights that people hold now, compiled by a policy before anybody is judged by it."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from authz.policy import Policy
from authz.rights import Actor, TeamRights
from gateway.grants import Grants

_REST: Final = 0.005
"""Seconds. A thread that never rests makes every step of the loop wait for its turn."""


def held(policy: Policy, grants: Grants | None, now: datetime) -> tuple[Actor, ...]:
    """Every set of rights that a policy gives somebody now.

    Shape: those of each team's members, of its lead and its services, and of members with a grant of the hour; who is a
    member by a directory group and has a grant besides is known only when they come.
    """
    return tuple(
        dict.fromkeys(each for team in policy.rights.teams.values() for each in _of(policy, team, grants, now))
    )


def _of(policy: Policy, team: TeamRights, grants: Grants | None, now: datetime) -> Iterator[Actor]:
    yield policy.actor(team.id, "")
    if team.services:
        yield policy.actor(team.id, "", unattended=True)
    if team.lead is not None:
        yield policy.actor(team.id, team.lead)
    if grants is None:
        return
    for login in dict.fromkeys((*team.members, *team.services)):
        live = grants.live(login, now)
        if live:
            extra = [each.assignment for each in live]
            clearance = [word for each in live for word in each.clearance]
            yield policy.actor(team.id, login, extra, clearance)
            if login in team.services:
                yield policy.actor(team.id, login, extra, clearance, unattended=True)


def warm(policy: Policy, actors: tuple[Actor, ...]) -> None:
    """Compile them all. Shape: some milliseconds for each, in a thread of its own; the loop has its turn after each."""
    for each in actors:
        policy.profile(each)
        time.sleep(_REST)
