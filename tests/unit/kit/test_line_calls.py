"""How many calls a question costs, and what is remembered for whom."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from sources.ports.errors import SourceError
from sources.ports.question import EVERYTHING, Need, Page
from tests.unit.kit.scripted import QUESTION, InTurn, ask, call, line, told


async def test_a_key_asked_three_times_is_sent_once_and_answered_three_times() -> None:
    to, source = line()
    found = await ask(to, "1", "2", "1", "no", "1")
    assert found == ["record of 1", "record of 2", "record of 1", None, "record of 1"]
    assert source.asked == [("1", "2", "no")]


async def test_no_keys_cost_no_call() -> None:
    to, source = line()
    assert await ask(to) == []
    assert source.asked == []


async def test_seven_keys_by_three_are_three_calls_that_run_together() -> None:
    together = asyncio.Barrier(3)

    async def meet(keys: Sequence[str]) -> list[Any]:
        await together.wait()  # passes only when all three calls are under way
        return await told(keys)

    to, source = line(meet, questions={QUESTION: {"batch": 3, "because": "the test counts"}})
    assert await ask(to, *"1234567") == [f"record of {key}" for key in "1234567"]
    assert sorted(source.asked) == [("1", "2", "3"), ("4", "5", "6"), ("7",)]


async def test_one_failing_chunk_costs_its_own_keys_only() -> None:
    async def half(keys: Sequence[str]) -> list[Any]:
        if "3" in keys:
            raise SourceError("SOURCE_REJECTED", "desk")
        return await told(keys)

    to, _ = line(half, questions={QUESTION: {"batch": 2, "because": "the test counts"}})
    by = call()
    found = await ask(to, *"1234", by=by)
    assert found[:2] == ["record of 1", "record of 2"]
    assert [each.code for each in found[2:]] == ["SOURCE_REJECTED"] * 2
    entry = by.ledger.of("desk")
    assert (entry.answered, entry.failed, entry.state, entry.codes) == (2, 2, "PARTIAL", {"SOURCE_REJECTED"})


async def test_an_error_in_place_of_one_answer_is_that_keys_alone() -> None:
    async def spotted(keys: Sequence[str]) -> list[Any]:
        return [SourceError("BAD_SOURCE_DATA", "desk") if key == "2" else key for key in keys]

    to, source = line(spotted, freshness="10m")
    first = await ask(to, "1", "2")
    assert first[0] == "1" and first[1].code == "BAD_SOURCE_DATA"
    await ask(to, "1", "2")
    assert source.asked == [("1", "2"), ("2",)], "the failure is not remembered"


async def test_without_freshness_every_request_is_a_call() -> None:
    to, source = line()
    await ask(to, "1")
    await ask(to, "1")
    assert len(source.asked) == 2


async def test_within_freshness_the_second_request_is_answered_from_memory() -> None:
    to, source = line(freshness="10m")
    await ask(to, "1", "no")
    by = call()
    assert await ask(to, "1", "no", "2", by=by) == ["record of 1", None, "record of 2"]
    assert source.asked == [("1", "no"), ("2",)]
    entry = by.ledger.of("desk")
    assert (entry.cached, entry.answered, entry.state) == (2, 3, "OK")


async def test_two_partitions_never_share_an_answer() -> None:
    to, source = line(freshness="10m")
    await ask(to, "1", by=call("lower rights"))
    await ask(to, "1", by=call("higher rights"))
    assert source.asked == [("1",), ("1",)]


async def test_two_partitions_never_share_a_call_under_way() -> None:
    together = asyncio.Barrier(2)

    async def meet(keys: Sequence[str]) -> list[Any]:
        await together.wait()
        return await told(keys)

    to, source = line(meet)
    await asyncio.gather(ask(to, "1", by=call("lower rights")), ask(to, "1", by=call("higher rights")))
    assert source.asked == [("1",), ("1",)]


async def test_another_need_is_another_question() -> None:
    to, source = line(freshness="10m")
    narrow = Need(frozenset({"subject"}))
    await ask(to, "1", need=narrow)
    await ask(to, "1", need=EVERYTHING)
    await ask(to, "1", need=narrow)
    assert source.needs == [narrow, EVERYTHING]


async def test_fresh_passes_the_memory_and_renews_it() -> None:
    async def second(keys: Sequence[str]) -> list[Any]:
        return ["renewed" for _ in keys]

    to, source = line(InTurn(told, second), freshness="10m")
    await ask(to, "1")
    assert await ask(to, "1", by=call(fresh=True)) == ["renewed"]
    assert await ask(to, "1") == ["renewed"]
    assert len(source.asked) == 2


async def test_what_is_forgotten_is_asked_again() -> None:
    to, source = line(freshness="10m")
    await ask(to, "1")
    to.forget()
    await ask(to, "1")
    assert len(source.asked) == 2


@pytest.mark.parametrize("answers", [[], ["one"], ["one", "two", "three"]])
async def test_another_number_of_answers_than_keys_is_bad_data_for_all(answers: list[str]) -> None:
    async def short(_keys: Sequence[str]) -> list[Any]:
        return answers

    to, _ = line(short)
    assert [each.code for each in await ask(to, "1", "2")] == ["BAD_SOURCE_DATA"] * 2


async def test_a_listing_is_one_call_and_notes_its_failure() -> None:
    to, _ = line()
    window = await to.list("tickets", Page(2), call(), wanted=None)
    assert window.records == ("record of 0", "record of 1")
    broken, _ = line(InTurn(SourceError("SOURCE_REJECTED", "desk")))
    by = call()
    with pytest.raises(SourceError, match="desk refused the request"):
        await broken.list("tickets", Page(2), by, wanted=None)
    assert by.ledger.of("desk").state == "FAILED"


async def test_health_tells_why_keys_go_one_by_one() -> None:
    to, _ = line(questions={QUESTION: {"batch": 1, "because": "the system has no list"}})
    health = to.health()
    assert (health.name, health.state, health.breaker, health.calls) == ("desk", "UNKNOWN", "CLOSED", 0)
    assert health.single_reason == "ticket_by_number: the system has no list"
