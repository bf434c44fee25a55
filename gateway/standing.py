"""Standing: who acts on rights, and whether the policy in force lets them. Nobody acts under a name they only claim."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from audit.event import Event
from authz.policy import Policy
from authz.rights import Actor, TeamRights
from authz.tables import PolicyGeneration, PolicyVersion
from authz.vocabulary import Fact
from gateway.grants import live_grants
from gateway.policy_making import Build, Bundle
from gateway.store import Store
from sources.ports.call import utc_now

log = logging.getLogger("okno.rights")

ABOUT_NOBODY: Final[Mapping[str, Fact]] = {"is_self": False, "is_my_manager": False, "vip": False}
"""Facts of an operation that is about no employee: the policy itself, a review."""


class Refused(Exception):
    """An act on rights that may not be.

    Shape: `code` is of a closed list, the text says what would be right; `recorded` that the trail has the denial already.
    """

    def __init__(self, code: str, text: str, *, recorded: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.recorded = recorded


@dataclass(frozen=True, slots=True)
class Who:
    """A proven person, in the team they act for. Shape: `groups` are the directory groups they are known to be in."""

    login: str
    team: str
    groups: frozenset[str] = frozenset()

    def is_same(self, login: str | None) -> bool:
        """Whether a login is the same person's; under whatever team."""
        return login is not None and login.casefold() == self.login.casefold()


@dataclass(frozen=True, slots=True)
class InForce:
    """The published version as the store has it. Shape: `number` grows with every change."""

    hash: str
    number: int
    policy: Policy


class Standing:
    """Decides by the published version and the grants in the store, not by what some process has in memory."""

    def __init__(self, store: Store, build: Build, clock: Callable[[], datetime] = utc_now) -> None:
        self.store = store
        self.build = build
        self.clock = clock
        self._built: InForce | None = None

    async def in_force(self) -> InForce:
        """The published version. Raises: Refused where none is; PolicyError, ConfigError where it cannot be loaded."""
        async with self.store.session() as session:
            row = await session.get(PolicyGeneration, 1)
            published = await session.get(PolicyVersion, row.hash) if row is not None else None
        if row is None or published is None:
            raise Refused("NO_POLICY", "no policy is published yet; start the gateway, or `okno policy status`")
        if self._built is None or self._built.hash != row.hash:
            self._built = InForce(row.hash, row.number, await self.made(published.bundle))
        elif self._built.number != row.number:
            self._built = InForce(row.hash, row.number, self._built.policy)
        return self._built

    async def made(self, bundle: Bundle) -> Policy:
        """The policy of some texts, made beside the loop: others are answered meanwhile. Raises: PolicyError, ConfigError."""
        return await asyncio.to_thread(self.build, bundle)

    async def who(self, login: str, team: str | None = None, groups: frozenset[str] = frozenset()) -> Who:
        """A person in one of their teams, the first unless one is chosen. Raises: Refused."""
        rights = (await self.in_force()).policy.rights
        theirs = [name for name, each in rights.teams.items() if _belongs(each, login, groups)]
        if not theirs:
            raise Refused("NOT_IN_A_TEAM", f"{login} is a member of no team")
        if team is not None and team not in theirs:
            raise Refused("NOT_IN_A_TEAM", f"{login} is not in {team}; they are in {', '.join(theirs)}")
        return Who(login, team or theirs[0], groups)

    async def actor(self, who: Who) -> Actor:
        """A person's rights now, with their grants."""
        policy = (await self.in_force()).policy
        async with self.store.session() as session:
            grants = await live_grants(session, who.login, self.clock())
        return policy.actor(
            who.team,
            who.login,
            [each.assignment for each in grants],
            [word for each in grants for word in each.clearance],
        )

    async def may(self, who: Who, operation: str, facts: Mapping[str, Fact] = ABOUT_NOBODY) -> bool:
        """Whether the policy lets a person run an operation, who is still in the team they name."""
        policy = (await self.in_force()).policy
        team = policy.rights.teams.get(who.team)
        if team is None or not _belongs(team, who.login, who.groups):
            return False
        return policy.decide(await self.actor(who), operation, facts).allowed

    async def demand(self, who: Who, operation: str, facts: Mapping[str, Fact] = ABOUT_NOBODY) -> tuple[str, ...]:
        """Go on only if the policy lets them. Returns: the obligations. Raises: Refused."""
        policy = (await self.in_force()).policy
        if not await self.may(who, operation, facts):
            log.warning("refused", extra={"operation": operation, "by": who.login, "team": who.team})
            await self.store.recorded(_nothing, _denied(who, operation))
            told = f"{who.login} may not run {operation} in team {who.team}"
            raise Refused("NOT_ALLOWED", told, recorded=True)
        return policy.decide(await self.actor(who), operation, facts).obligations


async def _nothing(_session: AsyncSession) -> None:
    """A refusal changes nothing; that it was refused is recorded."""


def _denied(who: Who, operation: str) -> Event:
    return Event(
        code="operation.denied",
        stage="denied",
        outcome="denied",
        operator=who.login,
        team=who.team,
        detail={"name": operation, "problem": "NOT_ALLOWED", "apply": True},
    )


def _belongs(team: TeamRights, login: str, groups: frozenset[str]) -> bool:
    """Whether somebody is a member. Services are not: nobody is there to answer for what they do."""
    return login in team.members or not groups.isdisjoint(team.groups)
