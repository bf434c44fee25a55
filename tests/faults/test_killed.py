"""A system killed in mid-query: its socket closed and its connections aborted while it still owes an answer."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise

import pytest

from sources.kit.twin.faults import Fault
from tests.faults.card import SOURCES
from tests.faults.ward import Heard, Ward, judged, told

_THINKING = Fault("slow", latency=0.4)
"""Long enough to be killed before the answer, short of every timeout."""
NEIGHBOURS = [*pairwise(source for source in SOURCES if source not in ("directory", "devices"))]
"""Pairs that are asked at the same level: neither waits for what the other says."""


async def killed_under_way(ward: Ward, *sources: str) -> Heard:
    """An answer during which the sources are killed, each as soon as its first question has reached it."""
    # so that connections are open and the first thing each hears is a question
    assert not (wrong := await ward.recovered()), wrong
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
        await asyncio.gather(*(twin.stop() for twin in twins))
        return await asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        for twin in twins:
            await twin.stop()
            await twin.start(twin.port)
        await ward.mend()


async def case(ward: Ward, *sources: str) -> list[str]:
    """What was wrong with the answer during which these were killed."""
    broken = dict.fromkeys(sources, "cut")

    def judge(heard: Heard, broken: Mapping[str, str]) -> list[str]:
        named = {error["extensions"].get("source") for error in heard.body.get("errors", [])}
        unnamed = [f"{source} was killed and no error names it" for source in sources if source not in named]
        return ward.wrong(heard, broken) + unnamed

    what = f"killed: {told(broken)}"
    return await judged(what, lambda: killed_under_way(ward, *sources), judge, broken, within=ward.deadline)


@pytest.mark.parametrize("source", SOURCES)
async def test_a_system_killed_in_mid_query_takes_only_its_own_fields(ward: Ward, source: str) -> None:
    wrong = await case(ward, source)
    assert not wrong, "\n".join(wrong)
    assert not (still := await ward.recovered()), still


@pytest.mark.parametrize("pair", NEIGHBOURS, ids="+".join)
async def test_two_systems_killed_in_mid_query_take_only_their_own_fields(ward: Ward, pair: tuple[str, str]) -> None:
    wrong = await case(ward, *pair)
    assert not wrong, "\n".join(wrong)
