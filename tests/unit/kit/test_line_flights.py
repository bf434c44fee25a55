"""Requests that want the same at once share one call, and nobody pays for another's end."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sources.ports.errors import SourceError
from tests.unit.kit.scripted import Gate, InTurn, ask, call, line, told


async def settle() -> None:
    """Let everything that can run, run."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_two_requests_at_once_cost_one_call() -> None:
    gate = Gate()
    to, source = line(gate)
    by = call()
    first, second = asyncio.create_task(ask(to, "1", "2")), asyncio.create_task(ask(to, "2", "3", by=by))
    await settle()
    gate.opened.set()
    assert await first == ["record of 1", "record of 2"]
    assert await second == ["record of 2", "record of 3"]
    assert source.asked == [("1", "2"), ("3",)]
    entry = by.ledger.of("desk")
    assert (entry.answered, entry.state) == (2, "OK")
    assert entry.as_of is not None


async def test_two_requests_that_wait_for_each_other_both_end() -> None:
    gate = Gate()
    to, _ = line(gate)
    first, second = asyncio.create_task(ask(to, "1")), asyncio.create_task(ask(to, "2"))
    await settle()
    third, fourth = asyncio.create_task(ask(to, "1", "3", "2")), asyncio.create_task(ask(to, "2", "3", "1"))
    await settle()
    gate.opened.set()
    assert len(await asyncio.wait_for(asyncio.gather(first, second, third, fourth), 0.3)) == 4


async def test_a_failure_of_the_source_is_shared_with_who_joined() -> None:
    async def refuse(_keys: Sequence[str]) -> list[Any]:
        raise SourceError("SOURCE_REJECTED", "desk")

    gate = Gate(refuse)
    to, source = line(gate)
    first, second = asyncio.create_task(ask(to, "1")), asyncio.create_task(ask(to, "1"))
    await settle()
    gate.opened.set()
    assert [each[0].code for each in (await first, await second)] == ["SOURCE_REJECTED"] * 2
    assert source.asked == [("1",)]


async def test_when_the_owner_is_cancelled_the_joiner_asks_for_itself() -> None:
    gate = Gate()
    to, source = line(gate)
    owner = asyncio.create_task(ask(to, "1"))
    await settle()
    by = call()
    joiners = [asyncio.create_task(ask(to, "1", by=by)), asyncio.create_task(ask(to, "1"))]
    await settle()
    owner.cancel()
    await settle()
    gate.opened.set()
    assert await asyncio.wait_for(asyncio.gather(*joiners), 0.3) == [["record of 1"]] * 2
    assert source.asked == [("1",), ("1",)], "one call for the owner, one for both who joined"
    assert by.ledger.of("desk").state == "OK"


async def test_when_the_owner_runs_out_of_its_time_the_joiner_keeps_its_own() -> None:
    gate = Gate()
    to, source = line(gate, timeout="1s")
    owner = asyncio.create_task(ask(to, "1", by=call(seconds=0.05)))
    await settle()
    joiner = asyncio.create_task(ask(to, "1"))
    assert (await owner)[0].code == "DEADLINE_EXCEEDED"
    gate.opened.set()
    assert await joiner == ["record of 1"]
    assert len(source.asked) == 2


async def test_the_joiner_waits_no_longer_than_its_own_deadline() -> None:
    gate = Gate()
    to, _ = line(gate, timeout="1s")
    owner = asyncio.create_task(ask(to, "1"))
    await settle()
    [answer] = await ask(to, "1", by=call(seconds=0.05))
    assert isinstance(answer, SourceError)
    assert answer.code == "DEADLINE_EXCEEDED"
    gate.opened.set()
    assert await owner == ["record of 1"], "the owner is not harmed"


async def test_a_cancelled_joiner_does_not_harm_the_owner() -> None:
    gate = Gate()
    to, source = line(gate)
    owner = asyncio.create_task(ask(to, "1"))
    await settle()
    joiner = asyncio.create_task(ask(to, "1"))
    await settle()
    joiner.cancel()
    await settle()
    gate.opened.set()
    assert await owner == ["record of 1"]
    assert source.asked == [("1",)]


async def test_a_fresh_request_flies_itself_and_leaves_nobody_hanging() -> None:
    old, new = Gate(), Gate()
    to, source = line(InTurn(old, new))
    owner = asyncio.create_task(ask(to, "1"))
    await settle()
    joiner = asyncio.create_task(ask(to, "1"))
    await settle()
    fresh = asyncio.create_task(ask(to, "1", by=call(fresh=True)))
    await settle()
    old.opened.set()
    assert await asyncio.wait_for(asyncio.gather(owner, joiner), 0.3) == [["record of 1"]] * 2
    late = asyncio.create_task(ask(to, "1"))  # the fresh call is still under way and can be joined
    await settle()
    new.opened.set()
    assert await asyncio.wait_for(asyncio.gather(fresh, late), 0.3) == [["record of 1"]] * 2
    assert source.asked == [("1",), ("1",)]


async def test_who_joins_a_stale_answer_is_told_that_it_is_stale() -> None:
    async def fail(_keys: Sequence[str]) -> list[Any]:
        raise SourceError("BAD_SOURCE_DATA", "desk")

    gate = Gate(fail)
    to, _ = line(InTurn(told, gate))
    await ask(to, "1")
    before = asyncio.create_task(ask(to, "1"))
    await settle()
    by = call()
    joiner = asyncio.create_task(ask(to, "1", by=by))
    await settle()
    gate.opened.set()
    assert await before == await joiner == ["record of 1"]
    entry = by.ledger.of("desk")
    assert (entry.state, entry.stale, entry.codes) == ("STALE", 1, {"BAD_SOURCE_DATA"})
    assert entry.as_of is not None
