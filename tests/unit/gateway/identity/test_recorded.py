"""Sign-ins and tokens stand in the trail, together with what they tell of or not at all."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from audit.event import Event
from audit.moment import utc_now
from audit.trail import Trail, TrailUnavailable
from gateway.identity.sessions import Sessions
from gateway.identity.tables import KnownGroups
from gateway.identity.tokens import Tokens
from gateway.store import Store


async def records(store: Store, code: str) -> list[dict[str, Any]]:
    async with store.engine.connect() as connection:
        rows = await connection.execute(
            text("select body from audit_record where code = :code order by at"), {"code": code}
        )
        return [orjson.loads(row[0]) for row in rows]


def sessions_of(store: Store) -> Sessions:
    return Sessions(store, timedelta(minutes=30), timedelta(hours=10))


async def test_a_sign_in_and_its_end_are_recorded(empty: Store) -> None:
    sessions = sessions_of(empty)
    _secret, begun = await sessions.begin("ann.recorded", ["staff"], address="10.0.0.1", country="BR")
    await sessions.choose_team(begun.id, "helpdesk_br", "ann.recorded")
    assert await sessions.end(begun.id, "ann.recorded")
    (started,) = [each for each in await records(empty, "session.started") if each["operator"] == "ann.recorded"]
    assert (started["session"], started["address"], started["country"]) == (begun.id, "10.0.0.1", "BR")
    (chosen,) = [each for each in await records(empty, "team.chosen") if each["operator"] == "ann.recorded"]
    assert chosen["team"] == "helpdesk_br"
    (ended,) = [each for each in await records(empty, "session.ended") if each["operator"] == "ann.recorded"]
    assert ended["session"] == begun.id


async def test_what_ended_nothing_leaves_no_record(empty: Store) -> None:
    before = len(await records(empty, "session.ended"))
    assert not await sessions_of(empty).end("no-such", "ann.recorded")
    assert len(await records(empty, "session.ended")) == before


async def test_tokens_are_recorded_without_themselves(empty: Store) -> None:
    tokens = Tokens(empty)
    token, token_id = await tokens.give_service("reports", ["graph:read"], timedelta(days=1), "ann.recorded")
    issued = [each for each in await records(empty, "token.issued") if each["operator"] == "ann.recorded"]
    assert [each["detail"]["token"] for each in issued] == [token_id]
    assert token.encode() not in orjson.dumps(issued)


async def test_what_cannot_be_recorded_does_not_happen(empty: Store) -> None:
    empty.trail = Trail(empty.writing)  # it was never started: nothing can be written to it
    try:
        with pytest.raises(TrailUnavailable):
            await sessions_of(empty).begin("carl.recorded")
        with pytest.raises(TrailUnavailable):
            await Tokens(empty).give("carl.recorded")
    finally:
        empty.trail = None
    assert await sessions_of(empty).of_login("carl.recorded") == []


async def test_many_at_once_are_each_recorded_once(empty: Store) -> None:
    empty.trail = Trail(empty.writing)
    await empty.trail.start()
    try:
        await asyncio.gather(*(sessions_of(empty).begin(f"many.{number}") for number in range(20)))
    finally:
        await empty.trail.close()
        empty.trail = None
    started = [each["operator"] for each in await records(empty, "session.started")]
    assert sorted(each for each in started if each.startswith("many.")) == sorted(f"many.{n}" for n in range(20))


async def test_who_fails_takes_nothing_back_of_what_others_do_at_the_same_time(empty: Store) -> None:
    sessions = sessions_of(empty)

    async def failing(session: AsyncSession) -> None:
        await session.execute(text("update session set login = 'half.done' where login = 'held.recorded'"))
        session.add_all([KnownGroups(login="twice", groups=[], as_of=utc_now()) for _ in range(2)])
        await session.flush()

    def fails(number: int) -> Awaitable[None]:
        event = Event(code="session.started", stage="decision", outcome="success", operator=f"half.{number}")
        return empty.recorded(failing, event)

    await sessions.begin("held.recorded")
    empty.trail = Trail(empty.writing)
    await empty.trail.start()
    try:
        both = [each for number in range(5) for each in (sessions.begin(f"whole.{number}"), fails(number))]
        found = await asyncio.gather(*both, return_exceptions=True)
    finally:
        await empty.trail.close()
        empty.trail = None
    assert [isinstance(each, IntegrityError) for each in found] == [False, True] * 5
    started = [each["operator"] for each in await records(empty, "session.started")]
    assert sorted(each for each in started if each.startswith(("whole.", "half."))) == [f"whole.{n}" for n in range(5)]
    assert [len(await sessions.of_login(f"whole.{n}")) for n in range(5)] == [1] * 5
    assert len(await sessions.of_login("held.recorded")) == 1
    assert await sessions.of_login("half.done") == []


async def test_a_sign_out_that_cannot_be_recorded_ends_the_session_and_is_recorded_afterwards(
    empty: Store, caplog: pytest.LogCaptureFixture
) -> None:
    sessions = sessions_of(empty)
    secret, begun = await sessions.begin("dora.recorded")
    _other, kept = await sessions.begin("dora.recorded")
    empty.trail = Trail(empty.writing)  # it was never started: nothing can be written to it
    try:
        assert await sessions.leave(begun.id, "dora.recorded")
        assert not await sessions.leave(begun.id, "dora.recorded"), "there is none any more"
        assert not await sessions.leave("no-such", "dora.recorded")
        assert not await sessions.leave(kept.id, "somebody.else"), "nobody ends another's by a sign-out"
    finally:
        empty.trail = None
    assert "a sign-out of dora.recorded cannot be recorded now" in caplog.text
    assert await sessions.of(secret) is None
    assert await sessions_of(empty).of(secret) is None
    assert [each.id for each in await sessions.of_login("dora.recorded")] == [kept.id]
    assert [each for each in await records(empty, "session.ended") if each["session"] == begun.id] == []
    await sessions.begin("erna.recorded")
    await sessions.begin("erna.recorded")
    (late,) = [each for each in await records(empty, "session.ended") if each["session"] == begun.id]
    assert (late["operator"], late["outcome"]) == ("dora.recorded", "success")
    assert late["detail"]["endedAt"] < late["at"]


async def test_a_sign_out_holds_even_while_the_database_takes_no_change_at_all(empty: Store) -> None:
    sessions = sessions_of(empty)
    secret, begun = await sessions.begin("fred.recorded")
    again, other = await sessions.begin("fred.recorded")
    empty.trail = Trail(empty.writing)  # as above
    async with empty.session() as session:
        await session.execute(
            text("create trigger unwritable before delete on session begin select raise(abort, 'full'); end")
        )
    try:
        assert await sessions.leave(begun.id, "fred.recorded")
        assert await sessions.of(secret) is None
        assert await sessions.of(again) is not None
        assert [each.id for each in await sessions.of_login("fred.recorded")] == [other.id]
    finally:
        empty.trail = None
        async with empty.session() as session:
            await session.execute(text("drop trigger unwritable"))
    assert await sessions_of(empty).of(secret) is not None, "the row is there still"
    await sessions.choose_team(other.id, "helpdesk_br", "fred.recorded")
    assert await sessions_of(empty).of(secret) is None
    assert len([each for each in await records(empty, "session.ended") if each["session"] == begun.id]) == 1
