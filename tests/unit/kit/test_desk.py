"""Several sources behind one port answer as one."""

from collections.abc import Sequence
from typing import Any

import pytest

from sources.kit.desk import SourceDesk
from sources.ports.errors import Partial, SourceError
from sources.ports.question import EVERYTHING, Page
from tests.unit.kit.scripted import InTurn, Script, call, line

ONE, MANY = "ticket_by_number", "tickets_of"


def say(**records: Any) -> Script:
    async def script(keys: Sequence[str]) -> list[Any]:
        return [records.get(key) for key in keys]

    return script


def failing(source: str) -> Script:
    return InTurn(SourceError("SOURCE_REJECTED", source))


def desk(*scripts: Script) -> SourceDesk:
    return SourceDesk([line(script, name=name)[0] for name, script in zip(("first", "second"), scripts, strict=False)])


async def ask(of: SourceDesk, question: str, *keys: str, source: str | None = None) -> list[Any]:
    return list(await of.ask("tickets", question, keys, EVERYTHING, call(), source=source))


async def test_lists_are_joined_in_the_order_of_the_installation() -> None:
    both = desk(say(a=("a1", "a2"), b=("b1",)), say(a=("a3",), c=()))
    assert await ask(both, MANY, "a", "b", "c", "d") == [("a1", "a2", "a3"), ("b1",), (), ()]
    assert both.sources_of("tickets") == ("first", "second")


async def test_one_failing_leaves_what_the_other_said_and_names_the_failing() -> None:
    [answer] = await ask(desk(failing("first"), say(a=("a1",))), MANY, "a")
    assert isinstance(answer, Partial)
    assert answer.value == ("a1",)
    assert [(each.code, each.source) for each in answer.failures] == [("SOURCE_REJECTED", "first")]


async def test_one_failing_beside_nothing_is_partial_too() -> None:
    [answer] = await ask(desk(say(a=()), failing("second")), MANY, "a")
    assert isinstance(answer, Partial)
    assert (answer.value, answer.failures[0].source) == ((), "second")


async def test_when_all_fail_nothing_is_known_and_each_failure_is_told() -> None:
    [answer] = await ask(desk(failing("first"), failing("second")), MANY, "a")
    assert isinstance(answer, Partial)
    assert answer.value is None, "which is not an empty list"
    assert [each.source for each in answer.failures] == ["first", "second"]


async def test_of_single_records_the_first_known_one_counts() -> None:
    both = desk(say(a="from first", b=None), say(a="from second", b="second"))
    assert await ask(both, ONE, "a", "b", "c") == ["from first", "second", None]


async def test_a_failure_is_no_news_when_another_knows_and_the_answer_when_none_does() -> None:
    found = await ask(desk(failing("first"), say(a="second")), ONE, "a", "b")
    assert found[0] == "second"
    assert isinstance(found[1], SourceError)
    assert found[1].source == "first"


async def test_a_question_may_go_to_one_instance_alone() -> None:
    first, asked_first = line(say(a="first"), name="first")
    second, asked_second = line(say(a="second"), name="second")
    both = SourceDesk([first, second])
    assert await ask(both, ONE, "a", source="second") == ["second"]
    assert (asked_first.asked, asked_second.asked) == ([], [("a",)])


async def test_a_port_that_nobody_serves_knows_nothing() -> None:
    nobody = SourceDesk([])
    assert await ask(nobody, ONE, "a", "b") == [None, None]
    assert await ask(nobody, MANY, "a") == [()]
    assert await ask(desk(say(a=("a1",))), MANY, "a", source="third") == [()]
    window = await nobody.list("tickets", "tickets", Page(5), call(), wanted=None)
    assert (window.records, window.has_next, window.total) == ((), False, 0)
    assert nobody.sources_of("tickets") == ()


async def test_a_listing_over_two_instances_is_refused_rather_than_wrong() -> None:
    with pytest.raises(SourceError) as caught:
        await desk(say(), say()).list("tickets", "tickets", Page(5), call(), wanted=None)
    assert caught.value.code == "SOURCE_REJECTED"


async def test_health_is_told_of_each_and_all_are_closed() -> None:
    lines = [line(say(), name=name) for name in ("first", "second")]
    both = SourceDesk([each for each, _ in lines])
    assert [each.name for each in both.health()] == ["first", "second"]
    await both.close()
    assert [source.closed for _, source in lines] == [True, True]
