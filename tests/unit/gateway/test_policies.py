"""Policies: one version in force, swapped as a whole, in every process; a broken one changes nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from authz.engine import Engine, OsoEngine
from authz.policy import Policy, PolicyError
from authz.profile import ALLOWED, DENIED
from authz.tables import PolicyGeneration, PolicyProcess, PolicyVersion, RightsGrant, ShadowCount
from gateway.grants import Grants
from gateway.policies import PATIENCE, Policies
from gateway.policy_making import INSTALLATION, Bundle, hash_of, take_turn
from gateway.store import Store
from sources.ports.call import utc_now
from tests.unit.gateway.rights_world import Texts, build, changed, empty_in
from tests.unit.gateway.waiting import until

NARROW = changed(reads="public")
WIDE = changed(reads="personal")
BR = {"region": "br", "vip": False, "is_self": False, "is_my_manager": False}


class Severed(Store):
    """A store whose line can be cut."""

    cut = False

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        if self.cut:
            raise ConnectionError("the store is away")
        async with super().session() as session:
            yield session


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Severed]:
    made = Severed(empty_in(tmp_path))
    yield made
    made.cut = False
    await made.close()


@pytest.fixture
async def policies(store: Severed) -> AsyncIterator[Policies]:
    made = Policies(store, build)
    await made.start(Texts().bundle())
    yield made
    await made.close()


async def put_in_force(store: Store, bundle: dict[str, str], *, version: str = "") -> str:
    """Write a version down as published, whatever it holds."""
    hash_ = hash_of(bundle)
    async with store.session() as session:
        await take_turn(session)
        await session.merge(
            PolicyVersion(
                hash=hash_, version=version, bundle=bundle, note="", by="test", created_at=utc_now(), state="PUBLISHED"
            )
        )
        await session.execute(update(PolicyGeneration).values(hash=hash_, number=PolicyGeneration.number + 1))
    return hash_


def sees(policies: Policies, field: tuple[str, str] = ("Employee", "title")) -> int:
    policy = policies.current
    row = policy.profile(policy.actor("north", "ann")).row_of(BR)
    return row[policy.labels.of[field]]


async def test_an_empty_store_takes_the_folder_as_its_first_version(store: Severed, policies: Policies) -> None:
    assert policies.hash == hash_of(Texts().bundle())
    assert policies.current.version == build(Texts().bundle()).version
    assert policies.confirmed
    async with store.session() as session:
        (version,) = (await session.execute(select(PolicyVersion))).scalars()
    assert (version.state, version.by, version.bundle) == ("PUBLISHED", INSTALLATION, Texts().bundle())


async def test_what_is_published_counts_and_not_the_folder(store: Severed, policies: Policies) -> None:
    other = Policies(store, build)
    await other.start(WIDE)
    assert other.hash == policies.hash
    await other.close()


async def test_a_sandbox_follows_its_folder_until_a_person_publishes(store: Severed, policies: Policies) -> None:
    other = Policies(store, build)
    await other.start(NARROW, renew=True)
    assert other.hash == hash_of(NARROW)
    await other.close()
    published = await put_in_force(store, WIDE)
    third = Policies(store, build)
    await third.start(NARROW, renew=True)
    assert third.hash == published
    await third.close()


async def test_a_broken_folder_is_not_published_and_nothing_is_written(store: Severed) -> None:
    with pytest.raises(PolicyError, match="no_such_domain"):
        await Policies(store, build).start(changed(broken=True))
    async with store.session() as session:
        assert (await session.execute(select(PolicyVersion))).first() is None
        assert await session.get(PolicyGeneration, 1) is None


async def test_two_processes_that_start_at_once_agree_on_the_first_version(store: Severed) -> None:
    both = Policies(store, build), Policies(store, build)
    await asyncio.gather(both[0].start(Texts().bundle()), both[1].start(NARROW))
    assert both[0].hash == both[1].hash
    await asyncio.gather(*(each.close() for each in both))


async def test_another_process_takes_what_is_published(store: Severed, policies: Policies) -> None:
    other = Policies(store, build)
    await other.start(Texts().bundle())
    assert sees(policies) == sees(other) == ALLOWED
    published = await put_in_force(store, NARROW)
    await until(lambda: policies.hash == other.hash == published)
    assert sees(policies) == sees(other) == DENIED
    await other.close()


async def test_a_broken_version_never_replaces_the_running_one(store: Severed, policies: Policies) -> None:
    running = policies.current
    broken = await put_in_force(store, changed(broken=True))
    await policies.look()
    assert policies.current is running
    assert policies.hash != broken
    assert not policies.confirmed, "this process does not run what is published"
    assert policies.wrong is not None
    assert "no_such_domain" in policies.wrong
    await put_in_force(store, NARROW)
    await policies.look()
    assert policies.confirmed
    assert policies.hash == hash_of(NARROW)


async def test_a_version_that_is_not_in_the_store_is_not_confirmed(store: Severed, policies: Policies) -> None:
    running = policies.current
    async with store.session() as session:
        await session.execute(update(PolicyGeneration).values(hash="f" * 64, number=PolicyGeneration.number + 1))
    await policies.look()
    assert policies.current is running
    assert not policies.confirmed


async def test_a_process_that_cannot_reach_the_store_confirms_nothing(store: Severed) -> None:
    now = [100.0]
    policies = Policies(store, build, clock=lambda: now[0])
    await policies.start(Texts().bundle())
    store.cut = True
    now[0] += PATIENCE
    assert policies.confirmed, "two seconds have not passed yet"
    now[0] += 0.01
    assert not policies.confirmed
    store.cut = False
    await policies.look()
    assert policies.confirmed
    await policies.close()


async def test_watching_goes_on_after_the_store_was_away(store: Severed, policies: Policies) -> None:
    store.cut = True
    await asyncio.sleep(0.6)
    store.cut = False
    published = await put_in_force(store, NARROW)
    await until(lambda: policies.hash == published)
    assert policies.confirmed


async def test_fifty_swaps_under_load_fail_no_read(store: Severed, policies: Policies) -> None:
    bundles = {hash_of(each): each for each in (NARROW, WIDE)}
    expected = {build(each).version: outcome for each, outcome in ((NARROW, DENIED), (WIDE, ALLOWED))}
    expected[policies.current.version] = ALLOWED
    done = False
    reads: list[tuple[str, int]] = []

    async def read() -> None:
        while not done:
            policy = policies.current  # pinned, as a request does
            actor = policy.actor("north", "ann")
            await asyncio.sleep(0)  # others go on in the middle of a request
            row = policy.profile(actor).row_of(BR)
            assert policy.profile(actor).version == policy.version
            reads.append((policy.version, row[policy.labels.of["Employee", "title"]]))
            await asyncio.sleep(0.001)

    readers = [asyncio.create_task(read()) for _ in range(8)]
    swaps = 0
    for hash_ in [*bundles] * 25:
        before = policies.current
        assert await put_in_force(store, bundles[hash_]) == hash_
        await policies.look()
        swaps += policies.current is not before
    done = True
    await asyncio.gather(*readers)  # a read that failed raises here
    assert swaps == 50
    assert len(reads) > 50
    assert [each for each in reads if each[1] != expected[each[0]]] == []
    assert {version for version, _ in reads} >= {build(NARROW).version, build(WIDE).version}


class Counting:
    """An engine that counts what it is asked. Shape: one count for all engines that share the counter."""

    def __init__(self, engine: Engine, asked: Counter[str]) -> None:
        self._engine = engine
        self._asked = asked

    def __getattr__(self, name: str) -> Any:
        self._asked[name] += 1
        return getattr(self._engine, name)


async def test_the_first_request_after_a_swap_compiles_nothing(store: Severed) -> None:
    """Neither a member's, nor a lead's, nor a service's, nor of one with a grant of the hour."""
    asked: Counter[str] = Counter()

    def counted(bundle: Bundle) -> Policy:
        made = build(bundle)
        engine: Any = Counting(OsoEngine(made.polar, made.rights), asked)
        return Policy(made.rights, made.labels, made.polar, engine)

    grants = Grants(store)
    async with store.session() as session:
        session.add(
            RightsGrant(
                id="g1", kind="GRANT", login="bob", role="hr", regions=["br"], clearance=[], reason="cover", by="lea",
                starts=utc_now() - timedelta(hours=1), until=utc_now() + timedelta(hours=1),
                approved_by="olga",
            )
        )  # fmt: skip
    policies = Policies(store, counted, grants)
    await policies.start(Texts().bundle())
    assert not asked, "what nobody has asked for yet is not compiled before the start"
    held = [each.assignment for each in grants.live("bob", utc_now())]
    assert held
    await put_in_force(store, NARROW)
    await policies.look()
    assert policies.hash == hash_of(NARROW)
    assert asked["permits"] > 0, "compiled before it was visible"
    asked.clear()
    policy = policies.current
    for actor in (
        policy.actor("north", "ann"),
        policy.actor("officers", "olga"),
        policy.actor("leads", "lea"),
        policy.actor("north", "bob", held),
    ):
        assert policy.profile(actor).row_of(BR)
    assert not asked
    policy.profile(policy.actor("north", "ann", clearance=("vip",)))
    assert asked, "rights that nobody had are compiled when somebody has them"
    await policies.close()


async def test_a_policy_that_was_replaced_is_collected_once_and_later(store: Severed) -> None:
    swept: list[str] = []
    policies = Policies(store, build, tidy=0.2, collect=lambda: swept.append(policies.hash))
    await policies.start(Texts().bundle())
    for each in (NARROW, WIDE):
        await put_in_force(store, each)
        await policies.look()
    assert swept == [], "not while requests may still be under it"
    await until(lambda: bool(swept))
    await asyncio.sleep(0.3)
    assert swept == [hash_of(WIDE)], "once for both"
    await put_in_force(store, NARROW)
    await policies.look()
    await policies.close()
    await asyncio.sleep(0.3)
    assert len(swept) == 1, "nothing is left running"


async def test_every_process_tells_what_it_runs(store: Severed, policies: Policies) -> None:
    async with store.session() as session:
        (process,) = (await session.execute(select(PolicyProcess))).scalars()
    assert (process.hash, process.version, process.wrong) == (policies.hash, policies.current.version, None)
    await policies.close()
    async with store.session() as session:
        assert (await session.execute(select(PolicyProcess))).first() is None


async def test_a_version_beside_is_counted_and_changes_nothing(store: Severed, policies: Policies) -> None:
    beside = hash_of(WIDE)
    async with store.session() as session:
        await take_turn(session)
        session.add(
            PolicyVersion(
                hash=beside, version="", bundle=WIDE, note="", by="olga", created_at=utc_now(), state="PROPOSED",
                shadowed=True,
            )
        )  # fmt: skip
        await session.execute(update(PolicyGeneration).values(number=PolicyGeneration.number + 1))
    running = policies.current
    await policies.look()
    assert [each.version for each in policies.shadows] == [build(WIDE).version]
    assert policies.current is running
    profile = running.profile(running.actor("north", "ann"))
    for _ in range(3):
        policies.compare("north", "ann", profile, BR)
    policies.compare("north", "ann", profile, {**BR, "region": "cis"})
    await policies.close()
    async with store.session() as session:
        rows = (await session.execute(select(ShadowCount))).scalars().all()
    assert sorted((each.team, each.domain, each.sensitivity, each.live, each.would, each.count) for each in rows) == [
        ("north", "*", "*", "*", "*", 4),
        ("north", "directory", "personal", "DENIED", "ALLOWED", 3),
    ]
    assert {(each.hash, each.base) for each in rows} == {(beside, policies.hash)}


async def test_counts_of_two_processes_add_up(store: Severed, policies: Policies, tmp_path: Path) -> None:
    beside = hash_of(WIDE)
    async with store.session() as session:
        await take_turn(session)
        session.add(
            PolicyVersion(
                hash=beside, version="", bundle=WIDE, note="", by="olga", created_at=utc_now(), state="PROPOSED",
                shadowed=True,
            )
        )  # fmt: skip
        await session.execute(update(PolicyGeneration).values(number=PolicyGeneration.number + 1))
    for _ in range(2):
        each = Policies(store, build)
        await each.start(Texts().bundle())
        each.compare("north", "ann", each.current.profile(each.current.actor("north", "ann")), BR)
        await each.close()
    async with store.session() as session:
        rows = (await session.execute(select(ShadowCount))).scalars().all()
    assert sorted((each.domain, each.count) for each in rows) == [("*", 2), ("directory", 2)]


def test_a_version_is_named_by_all_its_texts_in_whatever_order() -> None:
    assert hash_of({"a": "1", "b": "2"}) == hash_of({"b": "2", "a": "1"})
    assert len({hash_of(each) for each in ({"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": ""})}) == 4
