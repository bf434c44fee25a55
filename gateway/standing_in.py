"""Standing in: who is at the other end of a connection that lasts, told anew whenever it matters."""

from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request

from gateway.identity.callers import Caller, Refusal
from operations.kit.problems import Problem
from resolvers.asking import Viewer


class Ended(Exception):
    """Whoever is connected may not be any more."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Doorkeeper(Protocol):
    """Who tells who asks."""

    async def caller(self, http: Request, *, used: bool = True) -> Caller | Refusal:
        """Who makes a request, or why it is nobody's."""
        ...

    def viewer(self, caller: Caller, team: str | None = None) -> Viewer | None:
        """The viewer that a caller is, in the team asked for. None for a team not theirs."""
        ...


class Frozen(Protocol):
    """What security officers have stopped."""

    async def of_person(self, person: str, team: str | None, session: str | None) -> Problem | None:
        """What of somebody is frozen; None where nothing is."""
        ...


class StandingIn:
    """One connection's person or service, by the request that it began with. Shape: `rights` differ when those have changed."""

    def __init__(self, http: Request, doorkeeper: Doorkeeper, frozen: Frozen, confirmed: Callable[[], bool]) -> None:
        self._http = http
        self._doorkeeper = doorkeeper
        self._frozen = frozen
        self._confirmed = confirmed
        self.caller: Caller
        self.rights: object = None

    async def now(self, *, used: bool = False) -> Viewer:
        """The viewer with the rights of this moment. Shape: with `used`, a session counts as used by it. Raises: Ended."""
        caller = await self._doorkeeper.caller(self._http, used=used)
        if isinstance(caller, Refusal):
            raise Ended(caller.message)
        viewer = self._doorkeeper.viewer(caller, self._http.headers.get("okno-team"))
        if viewer is None:
            raise Ended("Okno-Team: expected the id of a team of yours")
        if not self._confirmed():
            raise Ended("the policy in force cannot be confirmed; try again")
        team = viewer.active_team.id if viewer.active_team else None
        stopped = await self._frozen.of_person(viewer.login, team, viewer.session)
        if stopped is not None:
            raise Ended("security officers have frozen your access")
        self.caller = caller
        self.rights = (viewer.policy.version, viewer.actor, viewer.profile.id)
        return viewer
