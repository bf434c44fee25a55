"""The policy's life: proposed, compared, approved by another person where it widens, published, taken back."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from authz.changes import Diff
from authz.differing import diff
from authz.kinds import TooManyKinds
from authz.policy import Policy
from authz.tables import PolicyApproval, PolicyGeneration, PolicyProcess, PolicyVersion, ShadowCount
from gateway.deeds import Change, Deed, lines_of
from gateway.keepers import keep_keepers
from gateway.policy_making import Bundle, hash_of, take_turn
from gateway.policy_rows import moved, spend
from gateway.recording import decided
from gateway.standing import InForce, Refused, Standing, Who

log = logging.getLogger("okno.rights")

PROPOSED: Final = "PROPOSED"
APPROVED: Final = "APPROVED"
PUBLISHED: Final = "PUBLISHED"
RETIRED: Final = "RETIRED"
REJECTED: Final = "REJECTED"
_OPEN: Final = (PROPOSED, APPROVED)
_SHORTEST: Final = 6


@dataclass(frozen=True, slots=True)
class Compared:
    """A version beside the published one. Shape: `stale` when it was last compared with another than that."""

    version: PolicyVersion
    base: str
    difference: Diff
    stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDeed(Deed):
    """A deed on a version, with the comparison that it was made from."""

    compared: Compared


class PolicyLife:
    """Every act on versions. Each decides who may by the published version, and is logged."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._store = standing.store

    async def propose(self, who: Who, bundle: Bundle, note: str) -> Compared:
        """Keep a candidate that loads and passes its tests. Raises: Refused, PolicyError, ConfigError."""
        return await self._done(who, await self.proposing(who, bundle, note))

    async def proposing(self, who: Who, bundle: Bundle, note: str) -> PolicyDeed:
        """Look at keeping a candidate. Raises: Refused, PolicyError, ConfigError."""
        candidate = await self._standing.made(bundle)
        keep_keepers(candidate)
        now = await self._standing.in_force()
        hash_ = hash_of(bundle)
        if hash_ == now.hash:
            raise Refused("SAME", "this is the published version already")
        if not note.strip():
            raise Refused("REASON_NEEDED", "say in a note what the change is for")
        obligations = await self._standing.demand(who, "propose_policy")
        difference = await self._differs(now.policy, candidate)
        version = PolicyVersion(
            hash=hash_,
            version=candidate.version,
            bundle=dict(bundle),
            base=now.hash,
            widening=difference.widening,
            note=note.strip(),
            by=who.login,
            created_at=self._standing.clock(),
            state=PROPOSED,
        )

        async def keep(session: AsyncSession) -> None:
            await take_turn(session)
            known = await session.get(PolicyVersion, hash_)
            if known is not None and known.state in _OPEN:
                raise Refused("SAME", f"{known.by} has proposed this already; see `okno policy diff {hash_[:12]}`")
            await session.merge(version)
            await spend(session, version.hash)

        deed = self._deed(
            "policy.proposed", "policy proposed", Compared(version, now.hash, difference), keep, obligations
        )
        return replace(deed, must_agree=_others(difference, who.login), reason=note.strip())

    async def compare(self, name: str) -> Compared:
        """A stored version beside the published one; nothing is changed. Raises: Refused, PolicyError, ConfigError."""
        version = await self.version(name)
        now = await self._standing.in_force()
        difference = await self._differs(now.policy, await self._standing.made(version.bundle))
        return Compared(version, now.hash, difference, stale=version.state in _OPEN and version.base != now.hash)

    async def compare_texts(self, bundle: Bundle) -> Compared:
        """Texts that are not kept beside the published version. Raises: Refused, PolicyError, ConfigError."""
        now = await self._standing.in_force()
        candidate = await self._standing.made(bundle)
        difference = await self._differs(now.policy, candidate)
        version = PolicyVersion(
            hash=hash_of(bundle),
            version=candidate.version,
            bundle=dict(bundle),
            base=now.hash,
            widening=difference.widening,
            note="not kept",
            by="nobody",
            created_at=self._standing.clock(),
            state="LOOSE",
        )
        return Compared(version, now.hash, difference)

    async def compare_again(self, who: Who, name: str) -> Compared:
        """Bind a candidate to the version published now. Raises: Refused."""
        compared = await self.compare(name)
        return await self._done(who, await self.comparing_again(who, name)) if compared.stale else compared

    async def comparing_again(self, who: Who, name: str) -> PolicyDeed:
        """Look at binding a candidate to the version published now; what was agreed to before counts no more.

        Raises: Refused.
        """
        compared = await self.compare(name)
        if not compared.stale:
            raise Refused("STATE", f"{compared.version.hash[:12]} is not stale: there is nothing to be compared anew")
        obligations = await self._standing.demand(who, "propose_policy")
        version = PolicyVersion(**compared.version.model_dump())
        version.base, version.state, version.widening = compared.base, PROPOSED, compared.difference.widening

        async def keep(session: AsyncSession) -> None:
            await take_turn(session)
            await session.merge(version)

        now = Compared(version, compared.base, compared.difference)
        deed = self._deed("policy.compared", "policy compared again", now, keep, obligations)
        return replace(deed, must_agree=_others(compared.difference, version.by))

    async def approve(self, who: Who, name: str) -> PolicyVersion:
        """Agree that a version takes the place of the published one. Raises: Refused."""
        return (await self._done(who, await self.approving(who, name))).version

    async def approving(self, who: Who, name: str) -> PolicyDeed:
        """Look at agreeing that a version takes the place of the published one: a candidate, or an earlier one.

        Raises: Refused.
        """
        version = await self.version(name)
        now = await self._standing.in_force()
        if version.state not in (*_OPEN, RETIRED):
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}: nothing is to be approved")
        self._fresh(version, now)
        if version.state in _OPEN and who.is_same(version.by):
            raise Refused("SAME_PERSON", "whoever proposes does not approve, in whatever team")
        obligations = await self._standing.demand(who, "approve_policy")
        difference = await self._differs(now.policy, await self._standing.made(version.bundle))

        async def agree(session: AsyncSession) -> None:
            await take_turn(session)
            agreed = PolicyApproval(
                hash=version.hash,
                base=now.hash,
                by=who.login,
                team=who.team,
                groups=sorted(who.groups),
                at=self._standing.clock(),
            )
            await session.merge(agreed)
            proposed = update(PolicyVersion).where(
                col(PolicyVersion.hash) == version.hash, col(PolicyVersion.state) == PROPOSED
            )
            await session.execute(proposed.values(state=APPROVED))

        compared = Compared(version, now.hash, difference)
        return self._deed("policy.approved", "policy approved", compared, agree, obligations)

    async def publish(self, who: Who, name: str) -> Compared:
        """Put a candidate in force: at once where it only narrows, with another person where it widens. Raises: Refused."""
        return await self._done(who, await self.publishing(who, name))

    async def publishing(self, who: Who, name: str) -> PolicyDeed:
        """Look at putting a candidate in force. Raises: Refused, PolicyError, ConfigError."""
        version = await self.version(name)
        now = await self._standing.in_force()
        if version.state not in _OPEN:
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}; an earlier version comes back by rollback")
        self._fresh(version, now)
        obligations = await self._standing.demand(who, "publish_policy")
        deed = await self._putting_in_force(who, version, now, obligations, asked_by=version.by)
        return replace(deed, code="policy.published", words="policy published")

    async def rollback(self, who: Who, name: str) -> Compared:
        """Put an earlier version in force again, by the same rule. Raises: Refused, PolicyError, ConfigError."""
        return await self._done(who, await self.rolling_back(who, name))

    async def rolling_back(self, who: Who, name: str) -> PolicyDeed:
        """Look at putting an earlier version in force again. Raises: Refused, PolicyError, ConfigError."""
        version = await self.version(name)
        now = await self._standing.in_force()
        if version.state != RETIRED:
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}; only what was published comes back")
        obligations = await self._standing.demand(who, "rollback_policy")
        deed = await self._putting_in_force(who, version, now, obligations, asked_by=who.login)
        return replace(deed, code="policy.rolled_back", words="policy rolled back")

    async def reject(self, who: Who, name: str) -> PolicyVersion:
        """Put a candidate aside. Raises: Refused."""
        return (await self._done(who, await self.rejecting(who, name))).version

    async def rejecting(self, who: Who, name: str) -> PolicyDeed:
        """Look at putting a candidate aside; whoever proposed it may take it back. Raises: Refused."""
        version = await self.version(name)
        if version.state not in _OPEN:
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}: nothing is to be rejected")
        await self._standing.demand(who, "propose_policy" if who.is_same(version.by) else "approve_policy")
        base = (await self._standing.in_force()).hash

        async def reject(session: AsyncSession) -> None:
            await spend(session, version.hash)
            await moved(session, version.hash, state=REJECTED, shadowed=False, decided_by=who.login)

        # what changes nobody's rights waits for no ticket
        unchanged = Compared(version, base, Diff((), ()))
        return self._deed("policy.rejected", "policy rejected", unchanged, reject, ("reason",))

    async def shadow(self, who: Who, name: str, *, on: bool) -> PolicyVersion:
        """Let a version run beside the published one in every process, or stop it. Raises: Refused, PolicyError."""
        return (await self._done(who, await self.shadowing(who, name, on=on))).version

    async def shadowing(self, who: Who, name: str, *, on: bool) -> PolicyDeed:
        """Look at letting a version run beside the published one, or at stopping it. Raises: Refused, PolicyError."""
        version = await self.version(name)
        obligations = await self._standing.demand(who, "propose_policy")
        if on:
            await self._standing.made(version.bundle)
        base = (await self._standing.in_force()).hash

        async def shadow(session: AsyncSession) -> None:
            await moved(session, version.hash, shadowed=on)

        told = "policy runs beside" if on else "policy runs beside no more"
        deed = self._deed("policy.shadowed", told, Compared(version, base, Diff((), ())), shadow, obligations)
        return replace(deed, details={**deed.details, "on": on})

    async def version(self, name: str) -> PolicyVersion:
        """A version by the first characters of its hash, or of the policy's own. Raises: Refused."""
        if len(name) < _SHORTEST:
            raise Refused("UNKNOWN_VERSION", f"give at least {_SHORTEST} characters of the version's hash")
        async with self._store.session() as session:
            every = (await session.execute(select(PolicyVersion))).scalars().all()
        found = [each for each in every if each.hash.startswith(name)]
        found = found or [each for each in every if each.version.startswith(name)]
        if len(found) != 1:
            raise Refused("UNKNOWN_VERSION", f"{name}: {len(found) or 'no'} such versions; see `okno policy list`")
        return found[0]

    async def versions(self) -> Sequence[PolicyVersion]:
        """All versions, the newest first."""
        async with self._store.session() as session:
            found = await session.execute(select(PolicyVersion).order_by(col(PolicyVersion.created_at).desc()))
            return found.scalars().all()

    async def processes(self) -> tuple[PolicyGeneration | None, Sequence[PolicyProcess]]:
        """What is published, and every process that serves."""
        async with self._store.session() as session:
            found = await session.execute(select(PolicyProcess).order_by(col(PolicyProcess.started_at)))
            return await session.get(PolicyGeneration, 1), found.scalars().all()

    async def shadow_counts(self, hash_: str) -> Sequence[ShadowCount]:
        """What running beside has found so far."""
        async with self._store.session() as session:
            found = await session.execute(select(ShadowCount).where(col(ShadowCount.hash) == hash_))
            return sorted(found.scalars(), key=lambda each: (each.team, each.domain, each.sensitivity, each.live))

    def _fresh(self, version: PolicyVersion, now: InForce) -> None:
        if version.state in _OPEN and version.base != now.hash:
            raise Refused(
                "STALE",
                f"stale: another version was published since; diff again: `okno policy diff {version.hash[:12]}`",
            )

    async def _putting_in_force(
        self, who: Who, version: PolicyVersion, now: InForce, obligations: tuple[str, ...], *, asked_by: str
    ) -> PolicyDeed:
        candidate = await self._standing.made(version.bundle)
        keep_keepers(candidate)
        difference = await self._differs(now.policy, candidate)
        approvers = await self._approvers(version.hash, now, asked_by)
        alone = Refused(
            "TWO_PERSONS",
            f"this widens rights: besides {asked_by} another person who may approve_policy has to approve it first, "
            f"by `okno policy approve {version.hash[:12]}`",
        )

        async def swap(session: AsyncSession) -> None:
            await self._swap(session, now.hash, version.hash)
            for hash_, state in ((now.hash, RETIRED), (version.hash, PUBLISHED)):
                row = update(PolicyVersion).where(col(PolicyVersion.hash) == hash_)
                await session.execute(row.values(state=state))
            taken = update(PolicyVersion).where(col(PolicyVersion.hash) == version.hash)
            at = self._standing.clock()
            await session.execute(taken.values(decided_by=who.login, decided_at=at, shadowed=False))
            await spend(session, now.hash, version.hash)

        deed = self._deed("", "", Compared(version, now.hash, difference), swap, obligations)
        agreed = bool(approvers) or not difference.widening
        return replace(
            deed,
            must_agree=() if agreed else _others(difference, asked_by),
            hindrance=None if agreed else alone,
            details={**deed.details, "asked_by": asked_by, "approved_by": list(approvers)},
        )

    def _deed(
        self, code: str, told: str, compared: Compared, change: Change, obligations: tuple[str, ...]
    ) -> PolicyDeed:
        version, difference = compared.version, compared.difference
        gained, lost = len(difference.gains), len(difference.losses)
        return PolicyDeed(
            code=code,
            about=version.hash,
            words=told,
            summary=f"{version.hash[:12]}, {version.note}: {gained} things gained and {lost} lost against {compared.base[:12]}",
            change=change,
            obligations=obligations,
            lines=lines_of(difference),
            widening=difference.widening,
            basis=(version.hash, version.state, compared.base),
            details={"base": compared.base, "widening": difference.widening},
            compared=compared,
        )

    async def _done(self, who: Who, deed: PolicyDeed) -> Compared:
        """Do it, if nothing is in its way."""
        if deed.hindrance is not None:
            raise deed.hindrance
        event = decided(
            deed.code, who, deed.about, reason=deed.reason, ticket=deed.ticket, **dict[str, Any](deed.details)
        )
        await self._store.recorded(deed.change, event)
        self.told(who, deed)
        return Compared(await self.version(deed.about), deed.compared.base, deed.compared.difference)

    def told(self, who: Who, deed: Deed) -> None:
        """Tell the log what was done."""
        log.info(deed.words, extra={"by": who.login, "team": who.team, "hash": deed.about, **deed.details})

    async def _approvers(self, hash_: str, now: InForce, asked_by: str) -> list[str]:
        """Who agreed to just this change, is another person, and still may."""
        async with self._store.session() as session:
            found = await session.execute(
                select(PolicyApproval).where(col(PolicyApproval.hash) == hash_, col(PolicyApproval.base) == now.hash)
            )
            agreed = [Who(each.by, each.team, frozenset(each.groups)) for each in found.scalars()]
        return sorted(
            [
                each.login
                for each in agreed
                if not each.is_same(asked_by) and await self._standing.may(each, "approve_policy")
            ]
        )

    async def _swap(self, session: AsyncSession, before: str, after: str) -> None:
        """Compare and swap, and first of all: so two publishers cannot both win."""
        swap = update(PolicyGeneration).where(col(PolicyGeneration.id) == 1, col(PolicyGeneration.hash) == before)
        done = await session.execute(swap.values(hash=after, number=col(PolicyGeneration.number) + 1))
        if getattr(done, "rowcount", 0) != 1:
            raise Refused("STALE", "stale: somebody published another version just now; diff again")

    async def _differs(self, old: Policy, new: Policy) -> Diff:
        """All differences; beside the loop, for there may be many to look at. Raises: Refused when there are too many."""
        try:
            return await asyncio.to_thread(diff, old, new)
        except TooManyKinds as problem:
            raise Refused("TOO_MANY", str(problem)) from None


def _others(difference: Diff, asked_by: str) -> tuple[str, ...]:
    """Who else has to agree to what widens rights."""
    return (f"another person who may run approve_policy, not {asked_by}",) if difference.widening else ()
