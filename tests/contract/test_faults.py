"""Trouble is told, never turned into "there is none"; and it ends when its cause ends."""

import time
from typing import Any, Final

import pytest

from sources.kit.twin.faults import GARBAGE_KINDS, Fault
from sources.ports.errors import SourceError
from tests.contract.keys import known, unknown
from tests.contract.subjects import Subject

TIMEOUT: Final = 0.3
FAULTS: Final[dict[str, tuple[Fault, frozenset[str]]]] = {
    **{kind: (Fault("garbage", garbage=kind), frozenset({"BAD_SOURCE_DATA"})) for kind in GARBAGE_KINDS},
    "refused": (Fault("refused"), frozenset({"SOURCE_UNAVAILABLE"})),
    "cut": (Fault("cut"), frozenset({"SOURCE_UNAVAILABLE", "BAD_SOURCE_DATA"})),
    "busy": (Fault("busy", retry_after=2), frozenset({"SOURCE_UNAVAILABLE"})),
    "unavailable": (Fault("unavailable"), frozenset({"SOURCE_UNAVAILABLE"})),
    "denied": (Fault("denied"), frozenset({"SOURCE_REJECTED"})),
}


async def broken(subject: Subject, fault: Fault | None) -> None:
    """Switch a fault on or off."""
    if subject.source.standing.break_with is None:
        pytest.skip("faults cannot be switched at a real server")
    await subject.source.standing.break_with(fault)


async def some_keys(subject: Subject) -> dict[Any, Any]:
    """Three keys that are known and one that is not, with their answers in good times."""
    found = await known(subject)
    stranger = unknown(subject.question.key, 1, next(iter(found)))[0]
    return {**{key: found[key] for key in [*found][:3]}, stranger: subject.nothing}


def told(answers: list[Any]) -> list[str]:
    """How each key was answered: a code, or that there was no error."""
    return [f"{each.code}" if isinstance(each, SourceError) else f"answered {each!r}"[:80] for each in answers]


async def test_trouble_at_the_first_question_is_told(subject: Subject) -> None:
    expected = await some_keys(subject)
    wrong = {}
    for kind, (fault, codes) in FAULTS.items():
        await subject.source.desk.close()
        subject.source.reconnect()
        await broken(subject, fault)
        during = told(await subject.ask([*expected]))
        await broken(subject, None)
        if not set(during) <= codes:
            wrong[kind] = during
        if await subject.ask([*expected]) != [*expected.values()]:
            wrong[f"after {kind}"] = ["does not recover"]
    assert wrong == {}


async def test_trouble_after_good_answers_is_told_or_the_truth_is(subject: Subject) -> None:
    expected = await some_keys(subject)
    wrong = {}
    for kind, (fault, codes) in FAULTS.items():
        await broken(subject, fault)
        answers = await subject.ask([*expected])
        await broken(subject, None)
        truth = answers == [*expected.values()]  # a source may know without asking, from an index of its own
        if not truth and not set(told(answers)) <= codes:
            wrong[kind] = told(answers)
        if await subject.ask([*expected]) != [*expected.values()]:
            wrong[f"after {kind}"] = ["does not recover"]
    assert wrong == {}


async def test_silence_ends_at_the_timeout(subject: Subject) -> None:
    expected = await some_keys(subject)
    await subject.source.desk.close()
    subject.source.reconnect(TIMEOUT)
    await broken(subject, Fault("hang"))
    began = time.monotonic()
    answers = await subject.ask([*expected])
    assert time.monotonic() - began < TIMEOUT * 4
    assert set(told(answers)) == {"SOURCE_TIMEOUT"}
    await broken(subject, None)
    subject.source.reconnect()
    assert await subject.ask([*expected]) == [*expected.values()]


async def test_slow_answers_within_the_timeout_are_answers(subject: Subject) -> None:
    expected = await some_keys(subject)
    await subject.source.desk.close()
    subject.source.reconnect(None)
    await broken(subject, Fault("slow", latency=0.05))
    assert await subject.ask([*expected]) == [*expected.values()]
