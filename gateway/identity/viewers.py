"""Viewers: whom a login is in this installation, with one active team and the rights that it gives at this moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol

from authz.policy import Policy
from authz.profile import Profile
from authz.rights import Assignment
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
        self._regions = {each.id: each.file.shown_region for each in installation.teams}
        self._titles = {each.id: dict(each.file.title) for each in installation.teams}
        self._queues = {each.id: each.file.queue for each in installation.teams}
        self._rules = rules
        self._grants = grants
        self._clock = clock

    def knows(self, login: str, groups: frozenset[str] = frozenset()) -> bool:
        """Whether any team names this login or one of its groups."""
        return bool(self._teams_of(login, groups))

    def viewer(
        self,
        login: str,
        team: str | None = None,
        groups: frozenset[str] = frozenset(),
        *,
        scopes: frozenset[str] = frozenset(),
        country: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Viewer | None:
        """The viewer for a login; `team` chooses among several, the first counts otherwise. None for a team not theirs.

        Whom no team names is nobody here, whatever token they hold. The policy is pinned here for the whole request.
        """
        policy = self._rules.current
        mine = self._teams_of(login, groups)
        teams = tuple(self._shown(each) for each in mine)
        active = next((each for each in teams if team in (None, each.id)), None)
        if active is None:
            return None
        grants = self._grants.live(login, self._clock())
        extra = [each.assignment for each in grants]
        clearance = [word for each in grants for word in each.clearance]
        actor = policy.actor(active.id, login, extra, clearance)
        profile = policy.profile(actor)
        beside = None
        if self._rules.shadows:
            beside = partial(self._compare, active.id, login, profile, extra, clearance)
        service = any(login in policy.rights.teams[each].services for each in mine)
        return Viewer(login, service, teams, active, policy, actor, profile, scopes, country, on_behalf_of, beside)

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

    def _teams_of(self, login: str, groups: frozenset[str]) -> list[str]:
        return [
            name
            for name, team in self._rules.current.rights.teams.items()
            if login in team.members or login in team.services or not groups.isdisjoint(team.groups)
        ]

    def _shown(self, team: str) -> Team:
        titles = self._titles.get(team, {})
        title = titles.get(self._language) or next(iter(titles.values()), team)
        shown = {str(key): text for key, text in titles.items()}
        return Team(team, shown, self._regions.get(team, "all"), self._queues.get(team), title)
