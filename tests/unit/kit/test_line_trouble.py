"""What a line does when its source is slow, gone, busy or talks nonsense."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any

import pytest

from sources.kit.resilience.breaker import Breaker
from sources.kit.resilience.line import Line
from sources.ports.errors import SourceCode, SourceError, WriteRefused
from sources.ports.permit import WritePermit
from sources.ports.question import Page
from tests.unit.kit.scripted import Gate, InTurn, Scripted, ask, call, line, told


def gone(code: SourceCode = "SOURCE_UNAVAILABLE", after: float | None = None) -> SourceError:
    return SourceError(code, "desk", retry_after=after)


async def test_a_failure_within_stale_gives_the_last_known_answer_and_its_age() -> None:
    to, _ = line(InTurn(told, gone("BAD_SOURCE_DATA")))
    first = call()
    await ask(to, "1", by=first)
    by = call()
    found = await ask(to, "1", "2", by=by)
    assert found[0] == "record of 1" and found[1].code == "BAD_SOURCE_DATA"
    entry = by.ledger.of("desk")
    assert (entry.stale, entry.failed, entry.state) == (1, 1, "PARTIAL")
    assert entry.as_of == first.ledger.of("desk").as_of
    alone = call()
    await ask(to, "1", by=alone)
    assert alone.ledger.of("desk").state == "STALE"


async def test_a_copy_older_than_stale_is_not_shown() -> None:
    to, _ = line(InTurn(told, gone("BAD_SOURCE_DATA")), stale="50ms")
    await ask(to, "1")
    await asyncio.sleep(0.06)
    assert [each.code for each in await ask(to, "1")] == ["BAD_SOURCE_DATA"]


async def test_a_refusal_is_told_instead_of_a_stale_copy() -> None:
    to, _ = line(InTurn(told, gone("SOURCE_REJECTED")))
    await ask(to, "1")
    assert [each.code for each in await ask(to, "1")] == ["SOURCE_REJECTED"]


async def test_fresh_takes_no_stale_copy() -> None:
    to, _ = line(InTurn(told, gone("BAD_SOURCE_DATA")))
    await ask(to, "1")
    assert [each.code for each in await ask(to, "1", by=call(fresh=True))] == ["BAD_SOURCE_DATA"]


async def test_the_bulkhead_lets_only_so_many_through() -> None:
    async def slow(keys: Sequence[str]) -> list[Any]:
        await asyncio.sleep(0.01)
        return await told(keys)

    to, source = line(slow, concurrency=3)
    await asyncio.gather(*(ask(to, str(number)) for number in range(10)))
    assert (source.most_at_once, len(source.asked)) == (3, 10)


async def test_silence_is_a_timeout_when_the_request_has_time_left() -> None:
    to, _ = line(Gate(), timeout="30ms")
    [answer] = await ask(to, "1")
    assert (answer.code, answer.retryable) == ("SOURCE_TIMEOUT", True)
    assert to.health().last_error == "SOURCE_TIMEOUT"


async def test_silence_is_a_deadline_when_the_request_has_none() -> None:
    to, _ = line(Gate(), timeout="1s")
    [answer] = await ask(to, "1", by=call(seconds=0.03))
    assert answer.code == "DEADLINE_EXCEEDED"
    assert to.breaker.state == "CLOSED", "a hurried request says nothing against the source"


async def test_no_place_before_the_deadline_is_a_deadline_and_no_call() -> None:
    to, source = line(Gate(), timeout="1s", concurrency=1)
    holder = asyncio.create_task(ask(to, "1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    [answer] = await ask(to, "2", by=call(seconds=0.03))
    assert (answer.code, source.asked) == ("DEADLINE_EXCEEDED", [("1",)])
    holder.cancel()


async def test_after_the_deadline_nothing_is_sent() -> None:
    to, source = line()
    [answer] = await ask(to, "1", by=call(seconds=0))
    assert (answer.code, source.asked) == ("DEADLINE_EXCEEDED", [])


async def test_what_could_not_be_heard_is_repeated_once() -> None:
    to, source = line(InTurn(gone(), told))
    assert await ask(to, "1") == ["record of 1"]
    assert len(source.asked) == 2
    lost, asked = line(InTurn(gone()))
    assert [each.code for each in await ask(lost, "1")] == ["SOURCE_UNAVAILABLE"]
    assert len(asked.asked) == 2


@pytest.mark.parametrize("code", ["SOURCE_TIMEOUT", "SOURCE_REJECTED", "BAD_SOURCE_DATA", "DEADLINE_EXCEEDED"])
async def test_other_failures_are_not_repeated(code: SourceCode) -> None:
    to, source = line(InTurn(gone(code)))
    assert [each.code for each in await ask(to, "1")] == [code]
    assert len(source.asked) == 1


async def test_with_a_permit_nothing_is_repeated() -> None:
    permit = WritePermit("op", "step", "desk", "comment", time.monotonic() + 5)
    to, source = line(InTurn(gone(), told))
    assert [each.code for each in await ask(to, "1", by=call(permit=permit))] == ["SOURCE_UNAVAILABLE"]
    assert len(source.asked) == 1


async def test_a_short_retry_after_is_waited_for() -> None:
    to, source = line(InTurn(gone(after=0.1), told))
    began = time.monotonic()
    assert await ask(to, "1") == ["record of 1"]
    assert 0.1 <= time.monotonic() - began < 0.3
    assert len(source.asked) == 2


@pytest.mark.parametrize(("after", "left"), [(1.5, 10.0), (0.4, 0.5)])
async def test_a_retry_after_that_does_not_fit_is_not_waited_for(after: float, left: float) -> None:
    to, source = line(InTurn(gone(after=after), told))
    began = time.monotonic()
    [answer] = await ask(to, "1", by=call(seconds=left))
    assert (answer.code, answer.retry_after, len(source.asked)) == ("SOURCE_UNAVAILABLE", after, 1)
    assert time.monotonic() - began < 0.1


@pytest.mark.parametrize("surprise", [KeyError("absent"), TypeError("odd"), ValueError("bad"), RecursionError()])
async def test_a_surprise_in_a_connector_is_bad_data_of_its_source(surprise: Exception) -> None:
    to, source = line(InTurn(surprise))
    [answer] = await ask(to, "1")
    assert (answer.code, answer.source, len(source.asked)) == ("BAD_SOURCE_DATA", "desk", 1)
    assert str(surprise) not in str(answer) or not str(surprise)
    with pytest.raises(SourceError, match="cannot be read"):
        await to.list("tickets", Page(1), call())


async def test_a_refused_write_is_never_made_into_a_source_error() -> None:
    to, _ = line(InTurn(WriteRefused("desk: PATCH /x is not a read")))
    with pytest.raises(WriteRefused):
        await ask(to, "1")
    assert to.health().failures == 0


async def test_five_failures_in_a_row_give_the_source_a_pause() -> None:
    _, source = line(InTurn(gone("SOURCE_TIMEOUT")))
    now = [0.0]
    to = Line(source, breaker=Breaker(clock=lambda: now[0]), dice=random.Random(1))
    codes = [(await ask(to, "1"))[0].code for _ in range(7)]
    assert codes == ["SOURCE_TIMEOUT"] * 5 + ["CIRCUIT_OPEN"] * 2
    assert len(source.asked) == 5
    [answer] = await ask(to, "1")
    assert answer.retry_after == pytest.approx(2.0)
    assert (to.health().state, to.health().breaker) == ("DOWN", "OPEN")
    now[0] = 2.1
    source.script = told
    assert await ask(to, "1") == ["record of 1"]
    assert to.health().breaker == "CLOSED"


async def probing(script: Any) -> tuple[Line, Scripted]:
    """A line that may send one probe."""
    _, source = line(InTurn(gone("SOURCE_TIMEOUT")))
    now = [0.0]
    to = Line(source, breaker=Breaker(threshold=1, clock=lambda: now[0]))
    await ask(to, "1")
    now[0] = 3.0
    source.script = script
    return to, source


async def test_while_one_probes_the_others_are_told_to_wait() -> None:
    gate = Gate()
    to, source = await probing(gate)
    probe = asyncio.create_task(ask(to, "1"))
    await gate.reached.wait()
    assert [each.code for each in await ask(to, "2")] == ["CIRCUIT_OPEN"]
    gate.opened.set()
    assert await probe == ["record of 1"]
    assert source.asked == [("1",), ("1",)]


async def test_a_cancelled_probe_lets_another_probe() -> None:
    gate = Gate()
    to, source = await probing(gate)
    probe = asyncio.create_task(ask(to, "1"))
    await gate.reached.wait()
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    source.script = told
    assert await ask(to, "2") == ["record of 2"]


async def test_bad_data_says_the_source_is_there() -> None:
    to, _ = line(InTurn(gone("BAD_SOURCE_DATA")))
    for _ in range(8):
        await ask(to, "1")
    assert to.breaker.state == "CLOSED"
    assert to.health().state == "DOWN", "and the health page says how it is"
