"""Keepers: whoever can change rights. A policy must leave enough of them, or nobody could ever change it again."""

from collections.abc import Mapping
from typing import Final

from authz.policy import Policy, PolicyError
from gateway.standing import ABOUT_NOBODY

LEAST: Final[Mapping[str, int]] = {"propose_policy": 1, "approve_policy": 2, "publish_policy": 1, "rollback_policy": 1}
"""How many people must be able to do each."""


def keep_keepers(policy: Policy) -> None:
    """See that the policy leaves enough people who can change it. Raises: PolicyError.

    A directory group counts as enough: who is in it is not known here.
    """
    for operation, least in LEAST.items():
        people: set[str] = set()
        for name, team in policy.rights.teams.items():
            may = {login: _may(policy, name, login, operation) for login in ("", team.lead or "")}
            if may[""] and team.groups:
                people.update(f"{name} {number}" for number in range(least))
            people.update(login for login in team.members if may.get(login, may[""]))
        if len(people) < least:
            raise PolicyError(
                "teams", None, f"at least {least} who may run {operation}: otherwise nobody could change rights again"
            )


def _may(policy: Policy, team: str, login: str, operation: str) -> bool:
    return policy.decide(policy.actor(team, login), operation, ABOUT_NOBODY).allowed
