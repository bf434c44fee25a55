"""A run is cut short at every point, and the one that takes it over at every point again: nothing is done twice."""

import os
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from tests.crash.history import breaches
from tests.crash.shapes import id_of, root_of
from tests.crash.source import FAULTS, Fault
from tests.crash.world import Schedule, World, world

Met = tuple[Fault, ...]
_ALONE: Final[tuple[Met, ...]] = tuple((each,) for each in FAULTS)
_TWICE: Final[tuple[Met, ...]] = tuple(
    product(("request lost", "reply lost", "late"), ("reply lost", "late", "refused"))
)
MET: Final[dict[str, Sequence[Met]]] = {
    "idempotent": (("reply lost",), *_ALONE, *_TWICE),
    "readback": (("late",), *_ALONE, *_TWICE),
    "blind": (("reply lost",), *_ALONE),
    "made": (("reply lost",), *_ALONE),
    "denied": ((),),
    "secret": (("none",), ("reply lost",)),
    "scenario": (("none", "refused"), ("none", "none"), ("reply lost", "none"), ("none", "refused", "reply lost")),
    "halted": (("none", "reply lost"), ("none", "none"), ("none", "refused")),
    "denied midway": (("none",), ("none", "late")),
    "lent": (("none", "none"), ("none", "reply lost"), ("request lost", "none", "late")),
}
"""What the calls of each shape meet: cut at every single point; at the first also at pairs of points, with OKNO_SOAK=1 at all."""
MOST_PAIRS: Final = 40
WHOLE: Final = bool(os.environ.get("OKNO_SOAK"))


async def lived(here: World, schedules: Sequence[Schedule]) -> list[Sequence[int]]:
    """Carry schedules out and look at all that has happened. Returns: how many points each life of each had."""
    numbers: list[int] = []
    for start in range(0, len(schedules), 200):
        numbers += await here.live_through(schedules[start : start + 200])
    wrong = breaches(await here.history())
    told = [f"{each}\n    {here.begun[_number_in(each)]}" for each in wrong[:20]]
    assert not wrong, f"{len(wrong)} breaches\n" + "\n".join(told)
    return [here.fates[root_of(id_of(each))].lengths for each in numbers]


def _number_in(text: str) -> int:
    digits = next(
        part for part in text.replace("'", " ").replace(":", " ").replace("(", " ").split() if part[:20] == "0" * 20
    )
    return int(digits[:30])


@pytest.mark.parametrize("shape", MET)
async def test_wherever_one_or_two_processes_die_nothing_is_done_twice_and_every_run_ends(
    shape: str, tmp_path: Path
) -> None:
    async with world(tmp_path) as here:
        whole = [Schedule(shape, met) for met in dict.fromkeys(MET[shape])]
        lengths = await lived(here, whole)
        once = _cut_again(whole, lengths, 0)
        assert len(once) >= 2 * len(whole)
        lengths = await lived(here, once)
        twice = _cut_again(once, lengths, 1)
        if not WHOLE:
            twice = [each for each in twice if each.faults == MET[shape][0]]
            twice = random.Random(shape).sample(twice, min(len(twice), MOST_PAIRS))
        await lived(here, twice)


def _cut_again(schedules: Sequence[Schedule], lengths: Sequence[Sequence[int]], life: int) -> list[Schedule]:
    """Each schedule with a cut at every point of a life that it has."""
    return [
        replace(each, cuts=(*each.cuts, cut))
        for each, lives in zip(schedules, lengths, strict=True)
        if len(lives) > life
        for cut in range(lives[life])
    ]
