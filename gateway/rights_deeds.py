"""Rights deeds: each act on rights by its name, from what was said to a deed that can be shown and done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from authz.vocabulary import Fact
from gateway.deeds import Deed
from gateway.granting import Granting, Order
from gateway.holding import agreeing, lifting_hold, placing_hold
from gateway.identity.sessions import Sessions
from gateway.policy_life import PolicyDeed, PolicyLife
from gateway.policy_making import texts_of
from gateway.revoking import revoking_session, revoking_token
from gateway.standing import Refused, Standing, Who
from operations.kit.acts.rights import Asker, RightsWish
from operations.kit.journal import Journal
from sources.ports.call import utc_now

Facts = Callable[[str, str], Awaitable[Mapping[str, Fact]]]
"""Facts of an employee, by login, as a viewer sees them. Raises: Refused."""
Look = Callable[[Who, Asker, RightsWish], Awaitable[Deed]]


class RightsDeeds:
    """Looks at every act on rights, and changes nothing."""

    def __init__(
        self,
        standing: Standing,
        granting: Granting,
        life: PolicyLife,
        sessions: Sessions,
        journal: Journal,
        facts: Facts,
        folder: Path,
    ) -> None:
        self.standing = standing
        self.granting = granting
        self.life = life
        self._sessions = sessions
        self._journal = journal
        self._facts = facts
        self._folder = folder
        self._looks: Final[Mapping[str, Look]] = {
            "propose_policy": self._propose,
            "compare_policy": self._version(life.comparing_again),
            "approve_policy": self._version(life.approving),
            "reject_policy": self._version(life.rejecting),
            "publish_policy": self._version(life.publishing),
            "rollback_policy": self._version(life.rolling_back),
            "shadow_policy": self._shadow,
            "grant_rights": self._give,
            "approve_grant": self._grant(granting.approving),
            "end_grant": self._grant(granting.ending),
            "break_glass": self._break_glass,
            "review_break_glass": self._review,
            "revoke_session": self._end_session,
            "revoke_token": self._take_token,
            "place_hold": self._place,
            "lift_hold": self._lift,
            "approve_hold": self._agree,
        }

    async def of(self, who: Who, asker: Asker, wish: RightsWish) -> Deed:
        """The deed that a wish asks for. Raises: Refused; PolicyError; ConfigError."""
        return await self._looks[wish.name](who, asker, wish)

    def told(self, who: Who, deed: Deed) -> None:
        """Tell the log what was done."""
        told = self.life.told if isinstance(deed, PolicyDeed) else self.granting.told
        told(who, deed)

    def _version(self, look: Callable[[Who, str], Awaitable[PolicyDeed]]) -> Look:
        async def of(who: Who, _asker: Asker, wish: RightsWish) -> Deed:
            return await look(who, str(wish.given["version"]))

        return of

    def _grant(self, look: Callable[[Who, str], Awaitable[Deed]]) -> Look:
        async def of(who: Who, _asker: Asker, wish: RightsWish) -> Deed:
            return await look(who, str(wish.given["grant"]))

        return of

    async def _propose(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        files: Any = wish.given.get("files")
        return await self.life.proposing(who, await self._texts(files), wish.purpose.reason or "")

    async def _texts(self, files: Sequence[Sequence[str | None]] | None) -> dict[str, str]:
        """The texts put forward: those in force with some changed, or the installation's folder."""
        if files is None:
            return texts_of(self._folder)
        texts = dict((await self.life.version((await self.standing.in_force()).hash)).bundle)
        for path, text in files:
            if path is None or ".." in path or path.startswith("/"):
                raise Refused("BAD_INPUT", f"{path}: expected the place of a file inside of the installation")
            if text is None:
                texts.pop(path, None)
            else:
                texts[path] = text
        return texts

    async def _shadow(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        return await self.life.shadowing(who, str(wish.given["version"]), on=bool(wish.given.get("beside", True)))

    async def _give(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        regions = _words(wish.given.get("regions"))
        if bool(wish.given.get("everywhere", False)) == bool(regions):
            raise Refused("BAD_INPUT", "say for which regions, or that it is for every one")
        login = str(wish.given["login"]).strip()
        return await self.granting.giving(who, login, self._order(wish, regions), await self._facts(login, who.login))

    async def _break_glass(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        team = (await self.standing.in_force()).policy.rights.teams.get(who.team)
        regions = _words(wish.given.get("regions")) or (team.regions if team is not None else ())
        return await self.granting.breaking_glass(who, self._order(wish, regions))

    def _order(self, wish: RightsWish, regions: tuple[str, ...]) -> Order:
        until = datetime.fromisoformat(str(wish.given["until"]))
        lasts: timedelta = until - self.standing.clock()
        reason = wish.purpose.reason or ""
        cleared = _words(wish.given.get("clearance"))
        return Order(str(wish.given["role"]), lasts, reason, regions, cleared, wish.purpose.ticket, until)

    async def _review(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        return await self.granting.reviewing(who, str(wish.given["grant"]), wish.purpose.reason or "")

    async def _end_session(self, who: Who, asker: Asker, wish: RightsWish) -> Deed:
        session: Any = wish.given.get("session")
        login = str(wish.given["login"])
        return await revoking_session(self.standing, self._sessions, who, login, session, console=asker.console)

    async def _take_token(self, who: Who, asker: Asker, wish: RightsWish) -> Deed:
        return await revoking_token(self.standing, who, str(wish.given["token"]), console=asker.console)

    async def _place(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        return await placing_hold(self.standing, who, str(wish.given["kind"]), str(wish.given["about"]))

    async def _lift(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        return await lifting_hold(self.standing, who, str(wish.given["hold"]))

    async def _agree(self, who: Who, _asker: Asker, wish: RightsWish) -> Deed:
        run = await self._journal.run(str(wish.given["operation"]))
        agrees = bool(wish.given["agrees"])
        return await agreeing(self.standing, who, run, agrees=agrees, reason=wish.purpose.reason or "")


def _words(said: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in said or ())


def until_of(lasts: timedelta, clock: Callable[[], datetime] = utc_now) -> str:
    """The moment until which something lasts that begins now, as it is written down."""
    return (clock() + lasts).isoformat()
