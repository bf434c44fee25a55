"""Tokens: random, told once, kept as digests, good for a while and only nearby."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from gateway.identity import tokens as module
from gateway.identity.tables import Token
from gateway.identity.tokens import LIFE, PREFIX, Tokens, is_loopback
from gateway.store import Store
from sources.ports.call import utc_now

HERE = "127.0.0.1"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The clock of tokens, to be set by the test."""
    now = [utc_now()]
    monkeypatch.setattr(module, "utc_now", lambda: now[0])
    return now


async def test_a_token_stands_for_its_login(store: Store) -> None:
    tokens = Tokens(store)
    token = await tokens.give("ann")
    bearer = await tokens.bearer(token, HERE)
    assert bearer is not None
    assert (bearer.login, bearer.kind) == ("ann", "SANDBOX")


async def test_tokens_are_random_and_long(store: Store) -> None:
    tokens = Tokens(store)
    given = {await tokens.give("ann") for _ in range(20)}
    assert len(given) == 20
    assert all(token.startswith(PREFIX) and len(token) == len(PREFIX) + 43 for token in given)
    assert len({token[len(PREFIX) : len(PREFIX) + 6] for token in given}) == 20


async def test_the_database_does_not_hold_the_token(store: Store, database: Path) -> None:
    token = await Tokens(store).give("ann")
    async with store.session() as session:
        digests = (await session.execute(select(Token.digest))).scalars().all()
    assert hashlib.sha256(token.encode()).hexdigest() in digests
    secret = token.removeprefix(PREFIX).encode()
    for file in database.parent.glob(f"{database.name}*"):
        assert secret not in file.read_bytes(), file


async def test_another_process_knows_the_token_by_the_database(store: Store) -> None:
    token = await Tokens(store).give("ann")
    assert await Tokens(store).bearer(token, HERE) is not None


async def test_a_token_ends(store: Store, clock: list[datetime]) -> None:
    tokens = Tokens(store)
    token = await tokens.give("ann")
    clock[0] += LIFE - timedelta(seconds=1)
    assert await tokens.bearer(token, HERE) is not None
    clock[0] += timedelta(seconds=1)
    assert await tokens.bearer(token, HERE) is None, "not even for as long as it is remembered"
    assert await Tokens(store).bearer(token, HERE) is None


async def test_ended_tokens_are_cleared_away(store: Store, clock: list[datetime]) -> None:
    tokens = Tokens(store)
    await tokens.give("old")
    clock[0] += LIFE * 2
    await tokens.give("new")
    async with store.session() as session:
        logins = (await session.execute(select(Token.login))).scalars().all()
    assert "old" not in logins
    assert "new" in logins


async def test_a_token_taken_back_elsewhere_is_good_for_a_second_at_most(store: Store, clock: list[datetime]) -> None:
    tokens = Tokens(store)
    token = await tokens.give("ann")
    assert await tokens.bearer(token, HERE) is not None
    async with store.session() as session:
        for row in (await session.execute(select(Token))).scalars():
            await session.delete(row)
    clock[0] += timedelta(seconds=1)
    assert await tokens.bearer(token, HERE) is None


@pytest.mark.parametrize(
    "wrong", ["", "okno_", "okno_" + "x" * 43, "OKNO_" + "x" * 43, "okno_ж", "okno_" + "x" * 10**6]
)
async def test_a_wrong_token_stands_for_nobody(store: Store, wrong: str) -> None:
    assert await Tokens(store).bearer(wrong, HERE) is None


async def test_a_changed_letter_makes_another_token(store: Store) -> None:
    tokens = Tokens(store)
    token = await tokens.give("ann")
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert await tokens.bearer(changed, HERE) is None
    assert await tokens.bearer(f"{token} ", HERE) is None


async def test_a_sandbox_token_is_good_on_this_machine_only(store: Store) -> None:
    tokens = Tokens(store)
    token = await tokens.give("ann")
    for near in (HERE, "127.8.9.1", "::1", "::ffff:127.0.0.1"):
        assert await tokens.bearer(token, near) is not None, near
    for far in ("10.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1", "localhost", "127.0.0.1.evil.example", "", None):
        assert await tokens.bearer(token, far) is None, far


def test_loopback_is_told_for_both_kinds_of_addresses() -> None:
    assert [is_loopback(each) for each in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "::1%lo")] == [True] * 4
    assert [is_loopback(each) for each in ("::2", "fe80::1", "::ffff:1.2.3.4", "0127.0.0.1", "2130706433")] == [
        False
    ] * 5
