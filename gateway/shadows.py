"""Shadows: versions of the policy that run beside the live one on real requests; what they would change is counted."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import update
from sqlmodel import col

from authz.policy import Policy, PolicyError
from authz.profile import Profile
from authz.rights import Assignment
from authz.tables import ShadowCount
from authz.vocabulary import Fact
from gateway.policy_making import Build, Bundle
from gateway.store import Store
from sources.kit.yaml_file import ConfigError

log = logging.getLogger("okno.rights")

OUTCOMES: Final = ("ALLOWED", "MASKED", "DENIED")
"""Outcomes in words, by the byte of a row."""
ALL: Final = "*"
"""In place of label and outcomes: the row that counts everything that was compared."""


class _Difference(NamedTuple):
    hash: str
    base: str
    team: str
    domain: str = ALL
    sensitivity: str = ALL
    live: str = ALL
    would: str = ALL


class Shadows:
    """The versions that run beside, and what was counted and is not written down yet."""

    def __init__(self, build: Build) -> None:
        self.policies: tuple[Policy, ...] = ()
        self._build = build
        self._hashes: tuple[str, ...] = ()
        self._counts: Counter[_Difference] = Counter()

    async def set(self, bundles: Mapping[str, Bundle]) -> None:
        """Run these beside. One that cannot be built is left out, and told. Shape: `bundles` by hash."""
        made = dict(zip(self._hashes, self.policies, strict=True))
        kept: dict[str, Policy] = {}
        for hash_ in sorted(bundles):
            try:
                kept[hash_] = made[hash_] if hash_ in made else await asyncio.to_thread(self._build, bundles[hash_])
            except (PolicyError, ConfigError) as problem:
                log.warning("policy not run beside", extra={"hash": hash_, "wrong": str(problem)})
        self._hashes, self.policies = tuple(kept), tuple(kept.values())

    def compare(
        self,
        base: str,
        team: str,
        login: str,
        profile: Profile,
        facts: Mapping[str, Fact],
        extra: Sequence[Assignment],
        clearance: Sequence[str],
    ) -> None:
        """Count, label by label, what would have been decided otherwise."""
        live = profile.row_of(facts)
        for hash_, policy in zip(self._hashes, self.policies, strict=True):
            would = policy.profile(policy.actor(team, login, extra, clearance)).row_of(facts)
            self._counts[_Difference(hash_, base, team)] += 1
            if would == live:
                continue
            for label, was, now in zip(profile.labels.all, live, would, strict=True):
                if was != now:
                    found = _Difference(
                        hash_, base, team, label.domain, label.sensitivity, OUTCOMES[was], OUTCOMES[now]
                    )
                    self._counts[found] += 1

    async def flush(self, store: Store) -> None:
        """Write down what was counted; what fails to be written is kept for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            async with store.session() as session:
                for key, count in sorted(counts.items()):
                    named = key._asdict()
                    more = update(ShadowCount).where(
                        *(col(getattr(ShadowCount, name)) == named[name] for name in named)
                    )
                    found = await session.execute(more.values(count=col(ShadowCount.count) + count))
                    if not getattr(found, "rowcount", 0):
                        session.add(ShadowCount(**named, count=count))
        except BaseException:
            self._counts.update(counts)  # another process wrote the same row first, or the store is away
            raise
