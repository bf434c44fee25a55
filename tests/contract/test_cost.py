"""What a question costs, counted where the calls arrive."""

import math
from typing import Any

import pytest

from sources.kit.manifest import systems
from tests.contract.keys import known, known_keys, unknown
from tests.contract.subjects import Subject

KEYS = 120
EXCUSED = 2
"""Calls that a batch may cost where the manifest says why one is not enough; no reason given so far excuses more."""


async def spread(subject: Subject) -> list[Any]:
    """120 different keys; where the source knows fewer, strangers stand evenly between them."""
    await known(subject, 2)
    found = (await known_keys(subject))[:KEYS]
    strangers = iter(unknown(subject.question.key, KEYS, found[0]))
    places = {index * KEYS // len(found): key for index, key in enumerate(found)}
    keys = [places[place] if place in places else next(strangers) for place in range(KEYS)]
    assert len(set(keys)) == KEYS
    return keys


async def calls_for(subject: Subject, keys: list[Any]) -> int:
    """Calls that arrive for these keys; signing in and indexes are behind us."""
    count = subject.source.standing.calls
    if count is None:
        pytest.skip("calls cannot be counted at a real server")
    before = count()
    answers = await subject.ask(keys)
    assert [each for each in answers if isinstance(each, Exception)] == []
    return count() - before


async def test_120_keys_cost_a_call_a_batch(subject: Subject, record_property: Any) -> None:
    asked = subject.source.line.manifest.asked(subject.question.name)
    batches = math.ceil(KEYS / asked.batch)
    keys = await spread(subject)
    if asked.because is None:
        assert asked.batch >= 50
        assert await calls_for(subject, keys) == batches
        return
    record_property("because", asked.because)
    print(f"{subject.source.standing.instance.system}.{subject.question.name}, {asked.batch} a call: {asked.because}")
    assert await calls_for(subject, keys) <= batches * EXCUSED


async def test_one_key_costs_no_more_than_a_batch(subject: Subject) -> None:
    asked = subject.source.line.manifest.asked(subject.question.name)
    key = next(iter(await known(subject)))
    calls = await calls_for(subject, [key])
    assert calls <= EXCUSED if asked.because else calls == 1


def test_small_batches_say_why() -> None:
    silent = [
        f"{system}.{question}"
        for system, manifest in systems().items()
        for question, asked in manifest.questions.items()
        if asked.batch < 50 and not asked.because
    ]
    assert silent == []
