"""A system killed in mid-query: its socket closed and its connections aborted while it still owes an answer."""

import asyncio
from itertools import pairwise

import pytest

from sources.kit.twin.faults import Fault
from tests.faults.card import SOURCES
from tests.faults.verdict import faults_of
from tests.faults.ward import STARVED, Heard, Ward, told

_THINKING = Fault("slow", latency=0.3)
"""Long enough to be killed before the answer, short of every timeout."""


async def killed_under_way(ward: Ward, *sources: str) -> Heard:
    """An answer during which the sources are killed, each as soon as its first question has reached it."""
    twins = [ward.sandbox.world.twins[source] for source in sources]
    for twin in twins:
        twin.seen.clear()
        await twin.break_with(_THINKING)
    asked = asyncio.create_task(ward.ask())
    try:
        async with asyncio.timeout(ward.deadline):
            for twin in twins:
                while not twin.calls:
                    await asyncio.sleep(0.005)
        assert not asked.done()
        for twin in twins:
            await twin.stop()
        return await asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        for twin in twins:
            await twin.stop()
            await twin.start(twin.port)
        await ward.mend()


async def judged(ward: Ward, *sources: str) -> list[str]:
    """What was wrong, once the machine has let us run."""
    broken = dict.fromkeys(sources, "cut")
    for last in (False, False, True):
        heard = await killed_under_way(ward, *sources)
        wrong = faults_of(heard.body, ward.golden, broken) + ward.late(heard)
        if last or not wrong or heard.stolen < STARVED:
            break
    missing = set(sources) - {error["extensions"]["source"] for error in heard.body.get("errors", [])}
    wrong += [f"{source} was killed and no error names it" for source in missing]
    return [f"killed, {told(broken)}: {text}" for text in wrong]


@pytest.mark.parametrize("source", SOURCES)
async def test_a_system_killed_in_mid_query_takes_only_its_own_fields(ward: Ward, source: str) -> None:
    wrong = await judged(ward, source)
    assert not wrong, "\n".join(wrong)
    assert not (still := await ward.recovered()), still


@pytest.mark.parametrize(
    "pair", pairwise(source for source in SOURCES if source not in ("directory", "devices")), ids="+".join
)
async def test_two_systems_killed_in_mid_query_take_only_their_own_fields(ward: Ward, pair: tuple[str, str]) -> None:
    wrong = await judged(ward, *pair)
    assert not wrong, "\n".join(wrong)
