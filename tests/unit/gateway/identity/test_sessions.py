"""Sessions end when they lie idle, when they have lasted long enough, and at once when somebody ends them."""

import hashlib
from datetime import timedelta

import pytest

from gateway.identity.sessions import Sessions
from gateway.identity.tables import Session
from gateway.store import Store
from tests.unit.gateway.identity.conftest import Clock

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=10)


@pytest.fixture
def sessions(empty: Store, clock: Clock) -> Sessions:
    return Sessions(empty, IDLE, LONGEST, clock)


@pytest.fixture
def elsewhere(empty: Store, clock: Clock) -> Sessions:
    """Another process over the same store."""
    return Sessions(empty, IDLE, LONGEST, clock)


async def test_a_secret_opens_its_session(sessions: Sessions) -> None:
    secret, begun = await sessions.begin("ann", ["b", "a"], address="10.0.0.1", agent="Browser")
    found = await sessions.of(secret)
    assert found == begun
    assert (found.login, found.groups, found.address, found.agent) == ("ann", frozenset("ab"), "10.0.0.1", "Browser")


async def test_secrets_are_random_and_kept_as_digests(sessions: Sessions, empty: Store) -> None:
    secrets = [(await sessions.begin("ann"))[0] for _ in range(20)]
    assert {len(each) for each in secrets} == {43}, "256 bits"
    assert len(set(secrets)) == 20
    async with empty.session() as session:
        row = await session.get(Session, hashlib.sha256(secrets[0].encode()).hexdigest())
    assert row is not None
    assert secrets[0] not in str(row)


@pytest.mark.parametrize("wrong", ["", "x", "x" * 43, "ж" * 43, "x" * 100_000, "' OR 1=1 --" + "x" * 32])
async def test_a_guess_opens_nothing(sessions: Sessions, wrong: str) -> None:
    await sessions.begin("ann")
    assert await sessions.of(wrong) is None


async def test_neither_the_digest_nor_the_id_opens_a_session(sessions: Sessions) -> None:
    secret, begun = await sessions.begin("ann")
    assert await sessions.of(hashlib.sha256(secret.encode()).hexdigest()) is None
    assert await sessions.of(begun.id.ljust(43, "x")) is None


async def test_an_idle_session_ends(sessions: Sessions, clock: Clock) -> None:
    secret, _ = await sessions.begin("ann")
    clock.forward(minutes=29, seconds=59)
    assert await Sessions(sessions._store, IDLE, LONGEST, clock).of_login("ann")
    clock.forward(seconds=1)
    assert await sessions.of(secret) is None
    assert await sessions.of_login("ann") == []


async def test_use_keeps_a_session_alive_until_its_longest(sessions: Sessions, clock: Clock) -> None:
    secret, begun = await sessions.begin("ann")
    for _ in range(29):
        clock.forward(minutes=20)
        found = await sessions.of(secret)
        assert found is not None
        assert found.idle_until <= found.expires_at, "no longer than it may last is promised"
    assert clock() < begun.expires_at
    clock.forward(minutes=20)
    assert await sessions.of(secret) is None, "ten hours have passed, used or not"


async def test_use_in_one_process_counts_in_another(sessions: Sessions, elsewhere: Sessions, clock: Clock) -> None:
    secret, _ = await sessions.begin("ann")
    await elsewhere.of(secret)
    for _ in range(3):
        clock.forward(minutes=20)
        assert await sessions.of(secret) is not None
    assert await elsewhere.of(secret) is not None


async def test_use_is_not_written_at_every_request(sessions: Sessions, empty: Store, clock: Clock) -> None:
    secret, begun = await sessions.begin("ann")
    for _ in range(9):
        clock.forward(seconds=3)
        await sessions.of(secret)
    async with empty.session() as session:
        row = await session.get(Session, hashlib.sha256(secret.encode()).hexdigest())
    assert row is not None
    assert row.seen_at.replace(tzinfo=None) == begun.seen_at.replace(tzinfo=None)


async def test_a_session_ended_here_ends_at_once(sessions: Sessions) -> None:
    secret, begun = await sessions.begin("ann")
    assert await sessions.of(secret) is not None
    assert await sessions.end(begun.id, "ann")
    assert await sessions.of(secret) is None


async def test_a_session_ended_elsewhere_ends_within_two_seconds(
    sessions: Sessions, elsewhere: Sessions, clock: Clock
) -> None:
    secret, begun = await sessions.begin("ann")
    assert await sessions.of(secret) is not None
    await elsewhere.end(begun.id, "ann")
    clock.forward(seconds=1)
    assert await sessions.of(secret) is None


async def test_nobody_ends_the_session_of_another(sessions: Sessions) -> None:
    secret, begun = await sessions.begin("ann")
    assert not await sessions.end(begun.id, "bob")
    assert await sessions.of(secret) is not None


async def test_an_ended_session_is_not_brought_back_by_its_own_use(
    sessions: Sessions, elsewhere: Sessions, clock: Clock
) -> None:
    secret, begun = await sessions.begin("ann")
    clock.forward(minutes=1)
    await elsewhere.end(begun.id, "ann")
    assert await sessions.of(secret) is None
    assert await sessions.of_login("ann") == []


async def test_ended_sessions_are_cleared_away(sessions: Sessions, empty: Store, clock: Clock) -> None:
    old, _ = await sessions.begin("ann")
    clock.forward(hours=1)
    await sessions.begin("bob")
    async with empty.session() as session:
        assert await session.get(Session, hashlib.sha256(old.encode()).hexdigest()) is None


async def test_the_chosen_team_is_kept_and_known_at_once(sessions: Sessions, elsewhere: Sessions, clock: Clock) -> None:
    secret, begun = await sessions.begin("ann")
    await sessions.choose_team(begun.id, "south", "ann")
    for each in (sessions, elsewhere):
        found = await each.of(secret)
        assert found is not None
        assert found.active_team == "south"


async def test_what_a_browser_says_of_itself_is_cut_and_harmless(sessions: Sessions) -> None:
    _, begun = await sessions.begin("ann", agent="A\x1b[31m\nB" + "x" * 1_000)
    assert begun.agent is not None
    assert begun.agent.startswith("A[31mB")
    assert len(begun.agent) == 120


async def test_groups_not_told_are_not_the_same_as_no_groups(sessions: Sessions) -> None:
    untold, told = (await sessions.begin("ann"))[1], (await sessions.begin("ann", []))[1]
    assert (untold.groups, told.groups) == (None, frozenset())
