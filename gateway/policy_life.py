"""The policy's life: proposed, compared, approved by another person where it widens, published, taken back."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from authz.changes import Diff
from authz.differing import diff
from authz.kinds import TooManyKinds
from authz.policy import Policy
from authz.tables import PolicyApproval, PolicyGeneration, PolicyProcess, PolicyVersion, ShadowCount
from gateway.keepers import keep_keepers
from gateway.policy_making import Bundle, hash_of, take_turn
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


class PolicyLife:
    """Every act on versions. Each decides who may by the published version, and is logged."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._store = standing.store

    async def propose(self, who: Who, bundle: Bundle, note: str) -> Compared:
        """Keep a candidate that loads and passes its tests. Raises: Refused, PolicyError, ConfigError."""
        candidate = self._standing.build(bundle)
        keep_keepers(candidate)
        now = await self._standing.in_force()
        hash_ = hash_of(bundle)
        if hash_ == now.hash:
            raise Refused("SAME", "this is the published version already")
        if not note.strip():
            raise Refused("REASON_NEEDED", "say in a note what the change is for")
        await self._standing.demand(who, "propose_policy")
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
        async with self._store.session() as session:
            await take_turn(session)
            known = await session.get(PolicyVersion, hash_)
            if known is not None and known.state in _OPEN:
                raise Refused("SAME", f"{known.by} has proposed this already; see `okno policy diff {hash_[:12]}`")
            await session.merge(version)
            await _spend(session, version.hash)
        self._log("policy proposed", who, hash=hash_, base=now.hash, widening=difference.widening, note=note)
        return Compared(version, now.hash, difference)

    async def compare(self, name: str) -> Compared:
        """A stored version beside the published one; nothing is changed. Raises: Refused, PolicyError, ConfigError."""
        version = await self.version(name)
        now = await self._standing.in_force()
        difference = await self._differs(now.policy, self._standing.build(version.bundle))
        return Compared(version, now.hash, difference, stale=version.state in _OPEN and version.base != now.hash)

    async def compare_texts(self, bundle: Bundle) -> Compared:
        """Texts that are not kept beside the published version. Raises: Refused, PolicyError, ConfigError."""
        now = await self._standing.in_force()
        candidate = self._standing.build(bundle)
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
        """Bind a candidate to the version published now; what was agreed to before counts no more. Raises: Refused."""
        compared = await self.compare(name)
        if not compared.stale:
            return compared
        await self._standing.demand(who, "propose_policy")
        version = compared.version
        version.base, version.state, version.widening = compared.base, PROPOSED, compared.difference.widening
        async with self._store.session() as session:
            await take_turn(session)
            version = await session.merge(version)
        self._log("policy compared again", who, hash=version.hash, base=compared.base, widening=version.widening)
        return Compared(version, compared.base, compared.difference)

    async def approve(self, who: Who, name: str) -> PolicyVersion:
        """Agree that a version takes the place of the published one: a candidate, or an earlier one. Raises: Refused."""
        version = await self.version(name)
        now = await self._standing.in_force()
        if version.state not in (*_OPEN, RETIRED):
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}: nothing is to be approved")
        self._fresh(version, now)
        if version.state in _OPEN and who.is_same(version.by):
            raise Refused("SAME_PERSON", "whoever proposes does not approve, in whatever team")
        await self._standing.demand(who, "approve_policy")
        async with self._store.session() as session:
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
            if version.state == PROPOSED:
                version.state = APPROVED
                version = await session.merge(version)
        self._log("policy approved", who, hash=version.hash, base=now.hash)
        return version

    async def publish(self, who: Who, name: str) -> Compared:
        """Put a candidate in force: at once where it only narrows, with another person where it widens. Raises: Refused."""
        version = await self.version(name)
        now = await self._standing.in_force()
        if version.state not in _OPEN:
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}; an earlier version comes back by rollback")
        self._fresh(version, now)
        await self._standing.demand(who, "publish_policy")
        return await self._put_in_force(who, version, now, asked_by=version.by, word="published")

    async def rollback(self, who: Who, name: str) -> Compared:
        """Put an earlier version in force again, by the same rule. Raises: Refused, PolicyError, ConfigError."""
        version = await self.version(name)
        now = await self._standing.in_force()
        if version.state != RETIRED:
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}; only what was published comes back")
        await self._standing.demand(who, "rollback_policy")
        return await self._put_in_force(who, version, now, asked_by=who.login, word="rolled back")

    async def reject(self, who: Who, name: str) -> PolicyVersion:
        """Put a candidate aside; whoever proposed it may take it back. Raises: Refused."""
        version = await self.version(name)
        if version.state not in _OPEN:
            raise Refused("STATE", f"{version.hash[:12]} is {version.state}: nothing is to be rejected")
        await self._standing.demand(who, "propose_policy" if who.is_same(version.by) else "approve_policy")
        async with self._store.session() as session:
            await _spend(session, version.hash)
        await self._moved(version.hash, state=REJECTED, shadowed=False, decided_by=who.login)
        self._log("policy rejected", who, hash=version.hash)
        return await self.version(version.hash)

    async def shadow(self, who: Who, name: str, *, on: bool) -> PolicyVersion:
        """Let a version run beside the published one in every process, or stop it. Raises: Refused, PolicyError."""
        version = await self.version(name)
        await self._standing.demand(who, "propose_policy")
        if on:
            self._standing.build(version.bundle)
        await self._moved(version.hash, shadowed=on)
        self._log("policy runs beside" if on else "policy runs beside no more", who, hash=version.hash)
        return await self.version(version.hash)

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

    async def _put_in_force(
        self, who: Who, version: PolicyVersion, now: InForce, *, asked_by: str, word: str
    ) -> Compared:
        candidate = self._standing.build(version.bundle)
        keep_keepers(candidate)
        difference = await self._differs(now.policy, candidate)
        approvers = await self._approvers(version.hash, now, asked_by)
        if difference.widening and not approvers:
            raise Refused(
                "TWO_PERSONS",
                f"this widens rights: besides {asked_by} another person who may approve_policy has to approve it first, "
                f"by `okno policy approve {version.hash[:12]}`",
            )
        async with self._store.session() as session:
            await self._swap(session, now.hash, version.hash)
            for hash_, state in ((now.hash, RETIRED), (version.hash, PUBLISHED)):
                row = update(PolicyVersion).where(col(PolicyVersion.hash) == hash_)
                await session.execute(row.values(state=state))
            decided = update(PolicyVersion).where(col(PolicyVersion.hash) == version.hash)
            at = self._standing.clock()
            await session.execute(decided.values(decided_by=who.login, decided_at=at, shadowed=False))
            await _spend(session, now.hash, version.hash)
        self._log(
            f"policy {word}",
            who,
            hash=version.hash,
            base=now.hash,
            widening=difference.widening,
            asked_by=asked_by,
            approved_by=approvers,
        )
        return Compared(await self.version(version.hash), now.hash, difference)

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
        moved = await session.execute(swap.values(hash=after, number=col(PolicyGeneration.number) + 1))
        if getattr(moved, "rowcount", 0) != 1:
            raise Refused("STALE", "stale: somebody published another version just now; diff again")

    async def _moved(self, hash_: str, **changes: object) -> None:
        """Change a version's row and let every process look."""
        async with self._store.session() as session:
            generation = update(PolicyGeneration).where(col(PolicyGeneration.id) == 1)
            await session.execute(generation.values(number=col(PolicyGeneration.number) + 1))
            row = update(PolicyVersion).where(col(PolicyVersion.hash) == hash_)
            await session.execute(row.values(**changes))

    async def _differs(self, old: Policy, new: Policy) -> Diff:
        """All differences; beside the loop, for there may be many to look at. Raises: Refused when there are too many."""
        try:
            return await asyncio.to_thread(diff, old, new)
        except TooManyKinds as problem:
            raise Refused("TOO_MANY", str(problem)) from None

    def _log(self, event: str, who: Who, **details: object) -> None:
        log.info(event, extra={"by": who.login, "team": who.team, **details})


async def _spend(session: AsyncSession, *hashes: str) -> None:
    """An agreement is good for one act: what was put in force, rejected or proposed again has to be agreed to anew."""
    await session.execute(delete(PolicyApproval).where(col(PolicyApproval.hash).in_(hashes)))
