"""Granting: roles given for a time, glass broken and looked at afterwards. Nobody gives anything to themselves quietly."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from authz.policy import Policy
from authz.rights import Role
from authz.rows import EVERY
from authz.tables import PolicyGeneration, RightsGrant
from authz.vocabulary import UNKNOWN, Fact
from gateway.deeds import Change, Deed, lines_of_role
from gateway.grants import BREAK_GLASS, GRANT, alarm
from gateway.recording import decided
from gateway.standing import ABOUT_NOBODY, Refused, Standing, Who
from operations.kit.json_values import Json

log = logging.getLogger("okno.rights")

LONGEST: Final = timedelta(days=30)
LONGEST_GLASS: Final = timedelta(hours=4)
_CHANGING: Final = frozenset(
    {
        "propose_policy",
        "approve_policy",
        "publish_policy",
        "rollback_policy",
        "grant_rights",
        "review_break_glass",
        EVERY,
    }
)
"""Operations by which rights themselves change."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be given. Shape: `regions` empty: every region; `until` where the moment itself was said."""

    role: str
    lasts: timedelta
    reason: str
    regions: tuple[str, ...] = ()
    clearance: tuple[str, ...] = ()
    ticket: str | None = None
    until: datetime | None = None


class Granting:
    """Every act on grants. Each is logged; each reaches every process by the next look at the store."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._store = standing.store

    async def give(self, who: Who, login: str, order: Order, facts: Mapping[str, Fact]) -> RightsGrant:
        """Give a role to another person. Raises: Refused."""
        return await self._done(who, await self.giving(who, login, order, facts))

    async def giving(self, who: Who, login: str, order: Order, facts: Mapping[str, Fact]) -> Deed:
        """Look at giving a role to another person. Some wait for a third to approve: clearance, roles that change rights, and
        roles that the giver does not hold, unless the giver is one of those who approve policies.

        Shape: `facts` of the person who gets it, as seen by the giver. Raises: Refused.
        """
        if who.is_same(login):
            raise Refused(
                "SAME_PERSON", "nobody gives a role to themselves; `okno grant break-glass` is for emergencies"
            )
        policy = (await self._standing.in_force()).policy
        _check(policy, order, LONGEST)
        role = policy.rights.roles[order.role]
        obligations, unmet = await self._demand(who, "grant_rights", order, {**facts, "is_self": False})
        if "ticket" in unmet:
            raise Refused("TICKET_NEEDED", "a grant needs a ticket that it is about")
        waits = bool(order.clearance) or is_grave(role) or not await self._has_to_give(who, order.role)
        row = self._row(who, login, order, GRANT, approved_by=None if waits else who.login)
        told = "grant waits for approval" if waits else "grant given"
        third = (f"a third person who may run grant_rights, neither {who.login} nor {login}",) if waits else ()
        return self._deed("grant.given", told, row, role, obligations, must_agree=third, unmet=unmet)

    async def _has_to_give(self, who: Who, role: str) -> bool:
        """Whether a role is somebody's to give alone: by their team, not by what was lent to them for a time."""
        policy = (await self._standing.in_force()).policy
        held = {each.role for each in policy.assignments(who.team, who.login)}
        return role in held or await self._standing.may(who, "approve_policy")

    async def approve(self, who: Who, id_: str) -> RightsGrant:
        """Agree to a grant that waits. Raises: Refused."""
        return await self._done(who, await self.approving(who, id_))

    async def approving(self, who: Who, id_: str) -> Deed:
        """Look at agreeing to a grant that waits: neither whoever gave it nor whoever gets it does. Raises: Refused."""
        row = await self.grant(id_)
        if row.approved_by is not None or row.kind != GRANT or row.ended_at is not None:
            raise Refused("STATE", f"{id_} does not wait for approval")
        if who.is_same(row.by) or who.is_same(row.login):
            raise Refused("SAME_PERSON", "whoever gives or gets a role does not approve it, in whatever team")
        everywhere = bool(row.clearance) or await self._leads_further(row.role)
        obligations = await self._demand_over(who, row, everywhere=everywhere)
        change = self._change(row, col(RightsGrant.approved_by).is_(None), approved_by=who.login)
        return await self._over("grant.approved", "grant approved", row, change, obligations, gained=True)

    async def break_glass(self, who: Who, order: Order) -> RightsGrant:
        """Take a role at once, in an emergency and for a short time. Raises: Refused."""
        return await self._done(who, await self.breaking_glass(who, order))

    async def breaking_glass(self, who: Who, order: Order) -> Deed:
        """Look at taking a role in an emergency; somebody else has to review it. Raises: Refused."""
        policy = (await self._standing.in_force()).policy
        _check(policy, order, LONGEST_GLASS)
        role = policy.rights.roles[order.role]
        if order.clearance or is_grave(role):
            raise Refused("NOT_ALLOWED", "clearance and roles that change rights are not had by breaking glass")
        obligations, unmet = await self._demand(who, "break_glass", order, ABOUT_NOBODY)
        row = self._row(who, who.login, order, BREAK_GLASS, approved_by=None)
        row.alerted_at = row.starts
        # nobody can be asked for a ticket at night with the desk down: who reviews it afterwards asks instead
        asked = tuple(each for each in obligations if each != "ticket")
        after = ("afterwards another person who may run review_break_glass looks at it",)
        return self._deed("glass.broken", "glass broken", row, role, asked, must_agree=after, unmet=unmet)

    async def review(self, who: Who, id_: str, note: str) -> RightsGrant:
        """Look at a broken glass afterwards. Raises: Refused."""
        return await self._done(who, await self.reviewing(who, id_, note))

    async def reviewing(self, who: Who, id_: str, note: str) -> Deed:
        """Look at reviewing a broken glass: another person than who broke it does. Raises: Refused."""
        row = await self.grant(id_)
        if row.kind != BREAK_GLASS or row.reviewed_at is not None:
            raise Refused("STATE", f"{id_} is not a broken glass that waits for review")
        if who.is_same(row.login):
            raise Refused("SAME_PERSON", "whoever broke the glass does not review it, in whatever team")
        if not note.strip():
            raise Refused("REASON_NEEDED", "say in a note what you found")
        obligations = await self._standing.demand(who, "review_break_glass")
        change = self._change(
            row,
            col(RightsGrant.reviewed_at).is_(None),
            reviewed_by=who.login,
            reviewed_at=self._standing.clock(),
            review_note=note.strip()[:1000],
        )
        told = "broken glass reviewed"
        return await self._over("glass.reviewed", told, row, change, obligations, gained=None)

    async def end(self, who: Who, id_: str) -> RightsGrant:
        """End a grant before its time. Raises: Refused."""
        return await self._done(who, await self.ending(who, id_))

    async def ending(self, who: Who, id_: str) -> Deed:
        """Look at ending a grant before its time: who has it, who gave it, or who may give such does. Raises: Refused."""
        row = await self.grant(id_)
        if row.ended_at is not None:
            raise Refused("STATE", f"{id_} has ended already")
        if not (who.is_same(row.login) or who.is_same(row.by)):
            await self._demand_over(who, row, everywhere=False)
        ended = col(RightsGrant.ended_at).is_(None)
        change = self._change(row, ended, ended_at=self._standing.clock(), ended_by=who.login)
        # taking away waits for nothing: no ticket, no second sign-in
        return await self._over("grant.ended", "grant ended", row, change, ("reason",), gained=False)

    async def grant(self, id_: str) -> RightsGrant:
        """One grant by the first characters of its id. Raises: Refused."""
        found = [each for each in await self.grants() if len(id_) >= 4 and each.id.startswith(id_)]
        if len(found) != 1:
            raise Refused("UNKNOWN_GRANT", f"{id_}: {len(found) or 'no'} such grants; see `okno grant list`")
        return found[0]

    async def grants(self) -> Sequence[RightsGrant]:
        """All grants, the newest first."""
        async with self._store.session() as session:
            found = await session.execute(select(RightsGrant).order_by(col(RightsGrant.starts).desc()))
            return found.scalars().all()

    async def _demand_over(self, who: Who, row: RightsGrant, *, everywhere: bool) -> tuple[str, ...]:
        """Whether somebody may give in each of a grant's regions, or in every region at all. Returns: the obligations.

        Raises: Refused.
        """
        asked: set[str] = set()
        for region in row.regions if row.regions and not everywhere else (UNKNOWN,):
            asked.update(await self._standing.demand(who, "grant_rights", {**ABOUT_NOBODY, "region": region}))
        return tuple(sorted(asked))

    async def _leads_further(self, name: str) -> bool:
        """Whether a role gives more than a region bounds: it changes rights, or reaches anyone whatever it is given for."""
        role = (await self._standing.in_force()).policy.rights.roles.get(name)
        return (
            role is None
            or is_grave(role)
            or "anyone"
            in {
                *(each.scope for each in role.grants),
                *(each.scope for each in role.runs),
            }
        )

    async def _demand(
        self, who: Who, operation: str, order: Order, facts: Mapping[str, Fact]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Whether it may be done for each region that is given. Returns: the obligations, and those not met by the order."""
        asked: set[str] = set()
        for region in order.regions or (UNKNOWN,):
            asked.update(await self._standing.demand(who, operation, {**facts, "region": region}))
        unmet = asked - ({"reason", "ticket"} if order.ticket else {"reason"})
        return tuple(sorted(asked)), tuple(sorted(unmet))

    def _row(self, who: Who, login: str, order: Order, kind: str, *, approved_by: str | None) -> RightsGrant:
        now = self._standing.clock()
        return RightsGrant(
            id=uuid.uuid4().hex,
            login=login,
            role=order.role,
            regions=sorted(order.regions),
            clearance=sorted(order.clearance),
            reason=order.reason.strip()[:1000],
            ticket=order.ticket,
            kind=kind,
            starts=now,
            until=order.until or now + order.lasts,
            by=who.login,
            approved_by=approved_by,
        )

    def _deed(
        self,
        code: str,
        told: str,
        row: RightsGrant,
        role: Role,
        obligations: tuple[str, ...],
        *,
        must_agree: tuple[str, ...],
        unmet: tuple[str, ...],
    ) -> Deed:
        """The deed by which a grant comes to be."""

        async def change(session: AsyncSession) -> None:
            await _let_everybody_look(session)
            session.add(RightsGrant(**row.model_dump()))

        return Deed(
            code=code,
            about=row.id,
            words=told,
            summary=f"{row.login} gets {_shown(row)}",
            change=change,
            obligations=obligations,
            lines=lines_of_role(role, row.login, tuple(row.regions), f"{row.until:%Y-%m-%d %H:%M} UTC", gained=True),
            widening=True,
            must_agree=must_agree,
            basis=(row.login, row.role, list(row.regions), list(row.clearance), list(must_agree)),
            concerns=row.login,
            reason=row.reason,
            ticket=row.ticket,
            details={**_details(row), "unmet": list(unmet)},
        )

    async def _over(
        self,
        code: str,
        told: str,
        row: RightsGrant,
        change: Change,
        obligations: tuple[str, ...],
        *,
        gained: bool | None,
    ) -> Deed:
        """A deed on a grant that there is. Shape: `gained` None: nobody gains or loses by it."""
        role = (await self._standing.in_force()).policy.rights.roles.get(row.role)
        until = f"{row.until:%Y-%m-%d %H:%M} UTC"
        shown = role is not None and gained is not None
        return Deed(
            code=code,
            about=row.id,
            words=told,
            summary=f"{told}: {row.login}, {_shown(row)}",
            change=change,
            obligations=obligations,
            lines=lines_of_role(role, row.login, tuple(row.regions), until, gained=bool(gained))
            if shown and role
            else (),
            widening=bool(gained),
            basis=(row.id, row.approved_by, row.until.isoformat(), row.reviewed_by),
            concerns=row.login,
            ticket=row.ticket,
            details=_details(row),
        )

    def _change(self, row: RightsGrant, still: ColumnElement[bool], **values: object) -> Change:
        """Change a grant that nobody has ended or decided on meanwhile."""

        async def change(session: AsyncSession) -> None:
            await _let_everybody_look(session)
            open_ = (col(RightsGrant.id) == row.id) & still
            done = await session.execute(update(RightsGrant).where(open_).values(**values))
            if getattr(done, "rowcount", 0) != 1:
                raise Refused("STATE", f"{row.id[:8]}: somebody was quicker")

        return change

    async def _done(self, who: Who, deed: Deed) -> RightsGrant:
        """Do it."""
        await self._store.recorded(
            deed.change,
            decided(deed.code, who, deed.about, reason=deed.reason, ticket=deed.ticket, **dict[str, Any](deed.details)),
        )
        self.told(who, deed)
        return await self.grant(deed.about)

    def told(self, who: Who, deed: Deed) -> None:
        """Tell the log, and those who watch, what was done."""
        log.info(
            deed.words,
            extra={"grant": deed.about, "by": who.login, "team": who.team, "ticket": deed.ticket, **deed.details},
        )
        if deed.code == "glass.broken":
            until = datetime.fromisoformat(str(deed.details["until"]))
            alarm(deed.about, deed.concerns, str(deed.details["role"]), until, again=False)


def _details(row: RightsGrant) -> dict[str, Json]:
    return {
        "login": row.login,
        "role": row.role,
        "regions": list(row.regions),
        "clearance": list(row.clearance),
        "until": row.until.isoformat(),
    }


def _shown(row: RightsGrant) -> str:
    cleared = f" with clearance {', '.join(row.clearance)}" if row.clearance else ""
    return f"{row.role} in {', '.join(row.regions) or 'every region'}{cleared} until {row.until:%Y-%m-%d %H:%M} UTC"


def is_grave(role: Role) -> bool:
    """Whether a role lets rights themselves be changed."""
    return any(each.operation in _CHANGING for each in role.runs)


def _check(policy: Policy, order: Order, longest: timedelta) -> None:
    rights = policy.rights
    if order.role not in rights.roles:
        raise Refused("UNKNOWN_ROLE", f"no role {order.role!r}; there are {', '.join(sorted(rights.roles))}")
    unknown = sorted(set(order.regions) - set(rights.regions))
    if unknown:
        raise Refused("UNKNOWN_REGION", f"no region {unknown[0]!r}; there are {', '.join(rights.regions)}")
    cleared = sorted({word for team in rights.teams.values() for word in team.clearance})
    if not set(order.clearance) <= set(cleared):
        raise Refused("UNKNOWN_CLEARANCE", f"clearance is one of {', '.join(cleared) or 'none: no team has any'}")
    if not order.reason.strip():
        raise Refused("REASON_NEEDED", "say what it is for")
    if not timedelta(0) < order.lasts <= longest:
        raise Refused("TOO_LONG", f"expected more than nothing and at most {_spoken(longest)}")


def _spoken(time: timedelta) -> str:
    return f"{time.days} days" if time.days else f"{time.seconds // 3600} hours"


async def _let_everybody_look(session: AsyncSession) -> None:
    row = update(PolicyGeneration).where(col(PolicyGeneration.id) == 1)
    await session.execute(row.values(grants=col(PolicyGeneration.grants) + 1))
