"""Viewers: whom a login is in this installation, with one active team and the rights that it gives at this moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from authz.policy import Policy
from authz.profile import Profile
from authz.rights import Assignment, TeamRights
from authz.vocabulary import Fact
from gateway.settings import Installation
from resolvers.asking import Team, Viewer
from sources.ports.call import utc_now


class LiveGrant(Protocol):
    """A dated grant that is good now."""

    @property
    def assignment(self) -> Assignment:
        """The role it gives, and for which regions."""
        ...

    @property
    def clearance(self) -> tuple[str, ...]:
        """The clearance that comes with it."""
        ...


class Rules(Protocol):
    """The policy that is in force."""

    @property
    def current(self) -> Policy:
        """The running policy; swapped as a whole."""
        ...

    @property
    def shadows(self) -> Sequence[Policy]:
        """Policies that run beside it."""
        ...

    def compare(
        self,
        team: str,
        login: str,
        profile: Profile,
        facts: Mapping[str, Fact],
        extra: Sequence[Assignment] = (),
        clearance: Sequence[str] = (),
    ) -> None:
        """Count what those would have decided otherwise of one employee."""
        ...


class Grants(Protocol):
    """Dated grants."""

    def live(self, login: str, now: datetime) -> Sequence[LiveGrant]:
        """Those of one login that are good at a moment."""
        ...


class Viewers:
    """The people and services of an installation, by login and by the directory groups they are in."""

    def __init__(
        self, installation: Installation, rules: Rules, grants: Grants, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._language = installation.file.language
        self._free_text = installation.file.documents.free_text == "everyone"
        self._rules = rules
        self._grants = grants
        self._clock = clock

    def knows(self, login: str, groups: frozenset[str] = frozenset()) -> bool:
        """Whether any team names this login or one of its groups."""
        return bool(_teams_of(self._rules.current, login, groups))

    def viewer(
        self,
        login: str,
        team: str | None = None,
        groups: frozenset[str] = frozenset(),
        *,
        scopes: frozenset[str] = frozenset(),
        country: str | None = None,
        on_behalf_of: str | None = None,
        session: str | None = None,
        authenticated_at: datetime | None = None,
    ) -> Viewer | None:
        """The viewer for a login; `team` chooses among several, the first counts otherwise. None for a team not theirs.

        Whom no team names is nobody here, whatever token they hold. The policy is pinned here for the whole request.
        """
        policy = self._rules.current
        mine = [policy.rights.teams[name] for name in _teams_of(policy, login, groups)]
        teams = tuple(self._shown(each) for each in mine)
        active = next((each for each in teams if team in (None, each.id)), None)
        if active is None:
            return None
        grants = self._grants.live(login, self._clock())
        extra = [each.assignment for each in grants]
        clearance = [word for each in grants for word in each.clearance]
        service = any(login in each.services for each in mine)
        unattended = service and on_behalf_of is None
        actor = policy.actor(active.id, login, extra, clearance, unattended=unattended)
        profile = policy.profile(actor)
        beside = None
        if self._rules.shadows and not unattended:  # who is compared is compared as a person
            beside = partial(self._compare, active.id, login, profile, extra, clearance)
        return Viewer(
            login,
            service,
            teams,
            active,
            policy,
            actor,
            profile,
            scopes,
            country,
            on_behalf_of,
            beside,
            groups,
            session,
            authenticated_at,
            free_text=self._free_text or policy.free_text(actor),
        )

    def _compare(
        self,
        team: str,
        login: str,
        profile: Profile,
        extra: Sequence[Assignment],
        clearance: Sequence[str],
        facts: Mapping[str, Fact],
    ) -> None:
        self._rules.compare(team, login, profile, facts, extra, clearance)

    def _shown(self, team: TeamRights) -> Team:
        title = team.titles.get(self._language) or next(iter(team.titles.values()), team.id)
        return Team(team.id, team.titles, ", ".join(team.regions) or "all", team.queue, title)


def _teams_of(policy: Policy, login: str, groups: frozenset[str]) -> list[str]:
    return [
        name
        for name, team in policy.rights.teams.items()
        if login in team.members or login in team.services or not groups.isdisjoint(team.groups)
    ]
