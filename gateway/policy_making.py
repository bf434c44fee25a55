"""Policy making: from an installation's texts to a policy that is checked, linted and tested; the first one of a store."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from authz.labels import Labels
from authz.policy import Policy
from authz.tables import PolicyGeneration, PolicyVersion
from gateway.policy_tests import DECISIONS, run_tests
from gateway.rights_files import bundle_of, ceilings_of, operations_known, polar_of, rights_of
from gateway.settings import Installation, OknoFile, load_sources_only, load_teams
from gateway.store import Store
from sources.kit.yaml_file import ConfigError, load
from sources.ports.call import utc_now

log = logging.getLogger("okno.rights")

Bundle = Mapping[str, str]
"""The texts that a policy is made of, by file."""
Build = Callable[[Bundle], Policy]
"""Makes a policy of its texts. Raises: PolicyError, ConfigError."""
INSTALLATION: Final = "installation"
"""By whom the first version was published."""


def hash_of(bundle: Bundle) -> str:
    """The name of a version: SHA-256 of its texts."""
    return hashlib.sha256(json.dumps(dict(bundle), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def load_without_secrets(folder: Path) -> Installation:
    """An installation as far as rights need it: no source's settings, and so no secrets. Raises: ConfigError."""
    file = load(folder / "okno.yaml", OknoFile)
    return Installation(folder, file, load_sources_only(folder), load_teams(folder))


def texts_of(folder: Path) -> dict[str, str]:
    """All that the policy of a folder is made of, its own tests included. Raises: ConfigError."""
    texts = dict(bundle_of(folder))
    if not any(name.startswith("teams/") for name in texts):
        raise ConfigError(folder, None, "", "expected a folder with teams/*.yaml")
    tests = folder / DECISIONS
    if tests.is_file():
        texts[DECISIONS] = tests.read_text(encoding="utf-8")
    return texts


def build_policy(bundle: Bundle, labels: Labels, installation: Installation) -> Policy:
    """The policy of a bundle, checked, linted and tested. Raises: PolicyError, ConfigError."""
    rights = rights_of(
        {name: text for name, text in bundle.items() if name != DECISIONS},
        labels,
        ceilings=ceilings_of(installation.instances),
        operations=operations_known(),
        folder=installation.folder,
    )
    policy = Policy.of(rights, labels, polar_of(bundle))
    run_tests(policy, bundle, installation.folder)
    return policy


def builder(labels: Labels, installation: Installation) -> Build:
    """How this installation makes its policies."""
    return lambda bundle: build_policy(bundle, labels, installation)


async def take_turn(session: AsyncSession) -> None:
    """Be the only writer of versions until the transaction ends: begins with a write, before anything is read."""
    row = update(PolicyGeneration).where(col(PolicyGeneration.id) == 1)
    await session.execute(row.values(number=col(PolicyGeneration.number)))


async def publish_first(store: Store, build: Build, bundle: Bundle, *, renew: bool = False) -> None:
    """Publish a folder where nothing is published yet; with `renew` also where nobody else ever published.

    Raises: PolicyError, ConfigError.
    """
    hash_ = hash_of(bundle)
    async with store.session() as session:
        row = await session.get(PolicyGeneration, 1)
        published = await session.get(PolicyVersion, row.hash) if row is not None else None
    if row is not None and published is not None:
        if published.hash == hash_:
            return
        if not renew or published.decided_by != INSTALLATION:
            log.info("the folder's policy is not the published one", extra={"folder": hash_, "published": row.hash})
            return
    built = build(bundle)
    now = utc_now()
    version = PolicyVersion(
        hash=hash_,
        version=built.version,
        bundle=dict(bundle),
        note="as the installation's folder says",
        by=INSTALLATION,
        created_at=now,
        state="PUBLISHED",
        decided_by=INSTALLATION,
        decided_at=now,
    )
    with suppress(IntegrityError):  # another process was first
        async with store.session() as session:
            await take_turn(session)
            row = await session.get(PolicyGeneration, 1)
            if row is None:
                session.add(PolicyGeneration(id=1, number=1, grants=0, hash=hash_))
                await session.flush()
            elif published is None or row.hash != published.hash:
                return  # somebody published another one meanwhile
            else:
                row.hash, row.number = hash_, row.number + 1
                published.state = "RETIRED"
                await session.merge(published)
            await session.merge(version)
