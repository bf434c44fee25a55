"""Granting: roles given for a time, glass broken and looked at afterwards. Nobody gives anything to themselves quietly."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from authz.policy import Policy
from authz.rights import Role
from authz.rows import EVERY
from authz.tables import PolicyGeneration, RightsGrant
from authz.vocabulary import UNKNOWN, Fact
from gateway.grants import BREAK_GLASS, GRANT, alarm
from gateway.standing import ABOUT_NOBODY, Refused, Standing, Who

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
    """What is to be given. Shape: `regions` empty: every region."""

    role: str
    lasts: timedelta
    reason: str
    regions: tuple[str, ...] = ()
    clearance: tuple[str, ...] = ()
    ticket: str | None = None


class Granting:
    """Every act on grants. Each is logged; each reaches every process by the next look at the store."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._store = standing.store

    async def give(self, who: Who, login: str, order: Order, facts: Mapping[str, Fact]) -> RightsGrant:
        """Give a role to another person. Some wait for a third to approve: clearance, roles that change rights, and roles
        that the giver does not hold, unless the giver is one of those who approve policies.

        Shape: `facts` of the person who gets it, as seen by the giver. Raises: Refused.
        """
        if who.is_same(login):
            raise Refused(
                "SAME_PERSON", "nobody gives a role to themselves; `okno grant break-glass` is for emergencies"
            )
        policy = (await self._standing.in_force()).policy
        _check(policy, order, LONGEST)
        role = policy.rights.roles[order.role]
        unmet = await self._demand(who, "grant_rights", order, {**facts, "is_self": False})
        if "ticket" in unmet:
            raise Refused("TICKET_NEEDED", "a grant needs a ticket that it is about")
        waits = bool(order.clearance) or is_grave(role) or not await self._has_to_give(who, order.role)
        row = self._row(who, login, order, GRANT, approved_by=None if waits else who.login)
        await self._add(row)
        self._log("grant waits for approval" if waits else "grant given", who, row, unmet)
        return row

    async def _has_to_give(self, who: Who, role: str) -> bool:
        """Whether a role is somebody's to give alone: by their team, not by what was lent to them for a time."""
        policy = (await self._standing.in_force()).policy
        held = {each.role for each in policy.assignments(who.team, who.login)}
        return role in held or await self._standing.may(who, "approve_policy")

    async def approve(self, who: Who, id_: str) -> RightsGrant:
        """Agree to a grant that waits: neither whoever gave it nor whoever gets it. Raises: Refused."""
        row = await self.grant(id_)
        if row.approved_by is not None or row.kind != GRANT or row.ended_at is not None:
            raise Refused("STATE", f"{id_} does not wait for approval")
        if who.is_same(row.by) or who.is_same(row.login):
            raise Refused("SAME_PERSON", "whoever gives or gets a role does not approve it, in whatever team")
        await self._demand_over(who, row, everywhere=bool(row.clearance) or await self._leads_further(row.role))
        await self._change(row.id, approved_by=who.login)
        self._log("grant approved", who, row)
        return await self.grant(row.id)

    async def break_glass(self, who: Who, order: Order) -> RightsGrant:
        """Take a role at once, in an emergency and for a short time; somebody else has to review it. Raises: Refused."""
        policy = (await self._standing.in_force()).policy
        _check(policy, order, LONGEST_GLASS)
        if order.clearance or is_grave(policy.rights.roles[order.role]):
            raise Refused("NOT_ALLOWED", "clearance and roles that change rights are not had by breaking glass")
        unmet = await self._demand(who, "break_glass", order, ABOUT_NOBODY)
        row = self._row(who, who.login, order, BREAK_GLASS, approved_by=None)
        row.alerted_at = row.starts
        await self._add(row)
        self._log("glass broken", who, row, unmet)
        alarm(row.id, row.login, row.role, row.until, again=False)
        return row

    async def review(self, who: Who, id_: str, note: str) -> RightsGrant:
        """Look at a broken glass afterwards: another person than who broke it. Raises: Refused."""
        row = await self.grant(id_)
        if row.kind != BREAK_GLASS or row.reviewed_at is not None:
            raise Refused("STATE", f"{id_} is not a broken glass that waits for review")
        if who.is_same(row.login):
            raise Refused("SAME_PERSON", "whoever broke the glass does not review it, in whatever team")
        if not note.strip():
            raise Refused("REASON_NEEDED", "say in a note what you found")
        await self._standing.demand(who, "review_break_glass")
        await self._change(
            row.id, reviewed_by=who.login, reviewed_at=self._standing.clock(), review_note=note.strip()[:1000]
        )
        self._log("broken glass reviewed", who, row)
        return await self.grant(row.id)

    async def end(self, who: Who, id_: str) -> RightsGrant:
        """End a grant before its time: who has it, who gave it, or who may give such. Raises: Refused."""
        row = await self.grant(id_)
        if row.ended_at is not None:
            raise Refused("STATE", f"{id_} has ended already")
        if not (who.is_same(row.login) or who.is_same(row.by)):
            await self._demand_over(who, row, everywhere=False)
        await self._change(row.id, ended_at=self._standing.clock(), ended_by=who.login)
        self._log("grant ended", who, row)
        return await self.grant(row.id)

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

    async def _demand_over(self, who: Who, row: RightsGrant, *, everywhere: bool) -> None:
        """Whether somebody may give in each of a grant's regions, or in every region at all. Raises: Refused."""
        for region in row.regions if row.regions and not everywhere else (UNKNOWN,):
            await self._standing.demand(who, "grant_rights", {**ABOUT_NOBODY, "region": region})

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

    async def _demand(self, who: Who, operation: str, order: Order, facts: Mapping[str, Fact]) -> tuple[str, ...]:
        """Whether it may be done for each region that is given. Returns: obligations that are not met here."""
        asked: set[str] = set()
        for region in order.regions or (UNKNOWN,):
            asked.update(await self._standing.demand(who, operation, {**facts, "region": region}))
        unmet = asked - ({"reason", "ticket"} if order.ticket else {"reason"})
        return tuple(sorted(unmet))

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
            until=now + order.lasts,
            by=who.login,
            approved_by=approved_by,
        )

    async def _add(self, row: RightsGrant) -> None:
        async with self._store.session() as session:
            await _let_everybody_look(session)
            session.add(row)

    async def _change(self, id_: str, **values: object) -> None:
        async with self._store.session() as session:
            await _let_everybody_look(session)
            await session.execute(update(RightsGrant).where(col(RightsGrant.id) == id_).values(**values))

    def _log(self, event: str, who: Who, row: RightsGrant, unmet: tuple[str, ...] = ()) -> None:
        log.info(
            event,
            extra={
                "grant": row.id,
                "by": who.login,
                "team": who.team,
                "login": row.login,
                "role": row.role,
                "regions": row.regions,
                "clearance": row.clearance,
                "until": row.until.isoformat(),
                "ticket": row.ticket,
                "unmet": unmet,
            },
        )


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
