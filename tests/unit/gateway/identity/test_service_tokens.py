"""Tokens of services: told once, kept as digests, limited, ending."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from gateway.identity import tokens as module
from gateway.identity.tables import Token
from gateway.identity.tokens import LONGEST, READ, SDL, Tokens, WrongToken
from gateway.store import Store
from sources.ports.call import utc_now
from tests.unit.gateway.identity.conftest import Clock

FAR = "203.0.113.9"


@pytest.fixture
def tokens(empty: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Tokens:
    monkeypatch.setattr(module, "utc_now", clock)
    return Tokens(empty)


async def given(tokens: Tokens, *scopes: str, days: float = 90) -> tuple[str, str]:
    return await tokens.give_service("robot", scopes or (READ,), timedelta(days=days), "ann")


async def test_it_stands_for_its_service_from_anywhere(tokens: Tokens) -> None:
    token, token_id = await given(tokens, SDL, READ)
    bearer = await tokens.bearer(token, FAR)
    assert bearer is not None
    assert (bearer.login, bearer.kind, bearer.id, bearer.scopes) == ("robot", "SERVICE", token_id, {READ, SDL})


async def test_the_store_keeps_a_digest_and_who_made_it(tokens: Tokens, empty: Store) -> None:
    token, token_id = await given(tokens)
    async with empty.session() as session:
        (row,) = (await session.execute(select(Token))).scalars().all()
    assert token.removeprefix("okno_") not in repr(row)
    assert (row.id, row.by, row.scopes, row.login) == (token_id, "ann", [READ], "robot")
    assert token_id not in token


@pytest.mark.parametrize("scopes", [(), ("everything",), (READ, "everything"), ("GRAPH:READ",)])
async def test_unknown_scopes_are_refused(tokens: Tokens, empty: Store, scopes: tuple[str, ...]) -> None:
    with pytest.raises(WrongToken, match="scopes: expected some of graph:read"):
        await tokens.give_service("robot", scopes, timedelta(days=1), "ann")
    async with empty.session() as session:
        assert (await session.execute(select(Token))).scalars().all() == []


@pytest.mark.parametrize("life", [timedelta(0), timedelta(days=-1), LONGEST + timedelta(days=1)])
async def test_a_life_without_end_is_refused(tokens: Tokens, life: timedelta) -> None:
    with pytest.raises(WrongToken, match="expires"):
        await tokens.give_service("robot", (READ,), life, "ann")


async def test_it_ends_when_its_time_has_come(tokens: Tokens, clock: Clock) -> None:
    token, _ = await given(tokens, days=1)
    clock.forward(hours=23, minutes=59, seconds=59)
    assert await tokens.bearer(token, FAR) is not None
    clock.forward(seconds=1)
    assert await tokens.bearer(token, FAR) is None


async def taken_back(store: Store, token_id: str) -> None:
    """A token that another process takes back."""
    taken = update(Token).where(col(Token.id) == token_id)
    async with store.session() as session:
        await session.execute(taken.values(revoked_at=utc_now(), revoked_by="bob"))


async def test_one_that_is_revoked_elsewhere_ends_within_two_seconds(
    tokens: Tokens, empty: Store, clock: Clock
) -> None:
    token, token_id = await given(tokens)
    assert await tokens.bearer(token, FAR) is not None
    await taken_back(empty, token_id)
    clock.forward(seconds=1)
    assert await tokens.bearer(token, FAR) is None


async def test_the_list_tells_what_became_of_each(tokens: Tokens, empty: Store, clock: Clock) -> None:
    (used, used_id), (_, ended_id) = await given(tokens), await given(tokens, days=1)
    await taken_back(empty, ended_id)
    await tokens.bearer(used, FAR)
    clock.forward(days=2)
    await tokens.give("ann")
    rows = {row.id: row for row in await tokens.of_services("robot")}
    assert set(rows) == {used_id, ended_id}, "tokens of the sandbox are not listed"
    assert (rows[used_id].used_at is not None, rows[ended_id].used_at) == (True, None)
    assert rows[ended_id].revoked_by == "bob"
    assert await tokens.of_services("another") == []


async def test_a_token_of_the_sandbox_has_no_scopes_and_is_no_service(tokens: Tokens) -> None:
    bearer = await tokens.bearer(await tokens.give("ann"), "127.0.0.1")
    assert bearer is not None
    assert (bearer.kind, bearer.scopes) == ("SANDBOX", frozenset())
