"""When a case of these tests is put again: for lateness alone, never for a mistake in the answer."""

import asyncio
import gc
import math
import time
from typing import Any

import pytest

from tests.faults.stolen import Stood, standing_still
from tests.faults.test_verdict import FAILED, GOLDEN, OK, WITHOUT_MAIL, answer, error
from tests.faults.verdict import faults_of
from tests.faults.ward import GRACE, PUT, SPOILT_MOST, STILL, Heard, judged

MAIL = error("mail", "SOURCE_TIMEOUT")
HR = error("hr", "SOURCE_TIMEOUT", ("employee", "employment"))
PAUSED = error("hr", "CIRCUIT_OPEN", ("employee", "employment"))
UNREADABLE = error("hr", "BAD_SOURCE_DATA", ("employee", "employment"))
WITHOUT_BOTH = {**WITHOUT_MAIL, "employment": None}
OTHER_ACCOUNT = {**WITHOUT_MAIL, "accounts": [{"domain": "CORP"}, {"domain": "OTHER"}]}
RIGHT = answer(WITHOUT_MAIL, MAIL, mail=FAILED, hr=OK)
LATE = answer(WITHOUT_BOTH, MAIL, HR, mail=FAILED, hr=FAILED)


async def tried(
    *bodies: Any,
    seconds: float = 0.1,
    within: float = math.inf,
    kind: str = "hang",
    stood: Stood = Stood(),  # noqa: B008  # nobody changes it
) -> tuple[int, list[str]]:
    """How often a case is put that is answered so, the last answer staying, and what is wrong with it in the end."""
    times = 0

    async def hear() -> Heard:
        nonlocal times
        times += 1
        return Heard(bodies[min(times, len(bodies)) - 1], seconds, stood)

    def judge(heard: Heard, broken: Any) -> list[str]:
        return faults_of(heard.body, GOLDEN, broken)

    wrong = await judged("a case", hear, judge, {"mail": kind}, within=within)
    return times, wrong


async def test_a_right_answer_is_heard_once() -> None:
    assert await tried(RIGHT) == (1, [])


@pytest.mark.parametrize(
    "mistaken",
    [
        answer(OTHER_ACCOUNT, MAIL, mail=FAILED, hr=OK),
        answer(WITHOUT_MAIL, mail=FAILED, hr=OK),
        answer(WITHOUT_BOTH, MAIL, UNREADABLE, mail=FAILED, hr=FAILED),
        answer(WITHOUT_MAIL, error("mail", "BAD_SOURCE_DATA"), mail=FAILED, hr=OK),
        answer(WITHOUT_MAIL, MAIL, mail=OK, hr=OK),
        answer(WITHOUT_BOTH, MAIL, mail=FAILED, hr={"state": "FAILED", "codes": ["SOURCE_TIMEOUT"]}),
        answer(WITHOUT_BOTH, MAIL, PAUSED, mail=FAILED, hr={"state": "FAILED", "codes": ["CIRCUIT_OPEN"]}),
    ],
    ids=["value", "no error", "code of a well one", "code", "account", "late without an error", "pause for nothing"],
)
async def test_a_mistake_is_final_though_it_shows_only_once(mistaken: Any) -> None:
    times, wrong = await tried(mistaken, RIGHT)
    assert times == 1
    assert wrong != []


@pytest.mark.parametrize(
    "late",
    [
        LATE,
        answer(
            WITHOUT_BOTH, MAIL, PAUSED, mail=FAILED, hr={"state": "FAILED", "codes": ["CIRCUIT_OPEN", "SOURCE_TIMEOUT"]}
        ),
        answer(None, error("directory", "DEADLINE_EXCEEDED", ("employee",)), directory=FAILED),
    ],
    ids=["late", "late and given a pause", "late directory"],
)
async def test_lateness_of_a_well_system_is_put_again_and_told_when_it_stays(late: Any) -> None:
    assert await tried(late, RIGHT) == (2, [])
    assert await tried(late, late, RIGHT) == (3, [])
    times, wrong = await tried(late)
    assert times == 3
    assert wrong != []


async def test_a_broken_system_that_was_late_besides_is_put_again() -> None:
    """It was not in time for one part, and what it said of another was unreadable."""
    right = answer(WITHOUT_MAIL, error("mail", "BAD_SOURCE_DATA"), mail=FAILED, hr=OK)
    late = answer(WITHOUT_MAIL, error("mail", "BAD_SOURCE_DATA"), MAIL, mail=FAILED, hr=OK)
    assert await tried(late, right, kind="wrong_type") == (2, [])
    times, wrong = await tried(late, kind="wrong_type")
    assert times == 3
    assert any("wrong_type is no SOURCE_TIMEOUT" in text for text in wrong)


@pytest.mark.parametrize(
    "both",
    [
        answer({**OTHER_ACCOUNT, "employment": None}, MAIL, HR, mail=FAILED, hr=FAILED),
        answer({**WITHOUT_BOTH, "accounts": None}, MAIL, HR, mail=FAILED, hr=FAILED),
        answer(WITHOUT_BOTH, MAIL, HR, UNREADABLE, mail=FAILED, hr=FAILED),
        answer(WITHOUT_BOTH, MAIL, HR, mail=FAILED, hr=OK),
    ],
    ids=["value", "no error", "code", "account"],
)
async def test_a_mistake_beside_lateness_is_final(both: Any) -> None:
    times, wrong = await tried(both, RIGHT)
    assert times == 1
    assert wrong != []


async def test_an_overdue_answer_is_put_again_and_told_when_it_stays() -> None:
    times, wrong = await tried(RIGHT, seconds=2.0 + GRACE + 0.1, within=2.0)
    assert times == 3
    assert len(wrong) == 1
    assert "took 2.300 s, 2.0 s are allowed" in wrong[0]
    assert await tried(RIGHT, seconds=2.0 + GRACE - 0.1, within=2.0) == (1, [])


async def test_a_mistake_in_an_overdue_answer_is_final() -> None:
    times, wrong = await tried(answer(OTHER_ACCOUNT, MAIL, mail=FAILED, hr=OK), RIGHT, seconds=9.0, within=2.0)
    assert times == 1
    assert any("shows what is not there" in text for text in wrong)
    assert any("took 9.000 s" in text for text in wrong)


@pytest.mark.parametrize("stood", [Stood(queued=STILL + 0.1), Stood(collecting=STILL + 0.1)], ids=["queue", "heap"])
async def test_lateness_while_time_was_stolen_is_not_counted_a_few_times(stood: Stood) -> None:
    assert await tried(*[LATE] * SPOILT_MOST, RIGHT, stood=stood) == (SPOILT_MOST + 1, [])
    times, wrong = await tried(LATE, stood=stood)
    assert times == SPOILT_MOST + PUT
    assert wrong != []


async def test_a_loop_that_was_late_by_itself_excuses_no_more_than_any_lateness() -> None:
    times, wrong = await tried(LATE, stood=Stood(late=9.0, idle=9.0))
    assert times == PUT
    assert all("the loop 9.000 s late, 9.000 s of it idle" in text for text in wrong)


async def test_a_mistake_is_final_though_time_was_stolen() -> None:
    mistaken = answer(OTHER_ACCOUNT, MAIL, mail=FAILED, hr=OK)
    times, wrong = await tried(mistaken, RIGHT, stood=Stood(queued=9.0))
    assert times == 1
    assert wrong != []


async def test_a_call_that_blocks_the_loop_is_told_and_not_taken_for_stolen_time() -> None:
    with standing_still() as stood:
        await asyncio.sleep(0)
        time.sleep(0.3)  # noqa: ASYNC251  # this is what must be seen
    assert 0.25 < stood.idle <= stood.late
    assert stood.collecting == 0.0
    assert stood.stolen == stood.queued


async def test_full_collections_are_counted_as_stolen_time() -> None:
    with standing_still() as stood:
        gc.collect(0)
        assert stood.collecting == 0.0
        gc.collect()
    assert 0.0 < stood.collecting <= stood.stolen
