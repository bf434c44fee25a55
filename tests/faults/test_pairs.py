"""Two systems broken at once: all pairs, each in several combinations of faults; with OKNO_SOAK=1 in every one."""

import os
import random
from collections import Counter
from collections.abc import Mapping
from itertools import combinations, product
from typing import Final

import pytest

from tests.faults.card import SOURCES
from tests.faults.kinds import FAULTS
from tests.faults.ward import Ward

Pair = tuple[str, str]
PAIRS: Final[tuple[Pair, ...]] = tuple(combinations(SOURCES, 2))
_KINDS: Final[tuple[Pair, ...]] = tuple(product(FAULTS, FAULTS))
_EACH: Final = 2
"""Combinations per pair in an ordinary run."""


def _dealt() -> Mapping[Pair, tuple[Pair, ...]]:
    """Combinations dealt to the pairs like cards: none comes again before all have come."""
    dice = random.Random(20261101)
    deck: list[Pair] = []
    dealt: dict[Pair, tuple[Pair, ...]] = {}
    for pair in PAIRS:
        if len(deck) < _EACH:
            deck += dice.sample(_KINDS, len(_KINDS))
        dealt[pair] = tuple(deck[:_EACH])
        del deck[:_EACH]
    return dealt


_SOAK: Final = bool(os.environ.get("OKNO_SOAK"))
CASES: Final = dict.fromkeys(PAIRS, _KINDS) if _SOAK else _dealt()
SILENT: Final = PAIRS if _SOAK else random.Random(7).sample(PAIRS, 6)
"""Pairs of which none says anything within the request's deadline."""


def test_every_pair_and_every_combination_has_its_turn() -> None:
    assert len(CASES) == 14 * 13 // 2
    turns = Counter(frozenset(kinds) for dealt in CASES.values() for kinds in dealt)
    assert len(turns) == 10 * 11 // 2
    assert min(turns.values()) >= 1


@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
async def test_two_broken_systems_take_only_their_own_fields(ward: Ward, pair: Pair) -> None:
    wrong: list[str] = []
    for kinds in CASES[pair]:
        wrong += await ward.case(dict(zip(pair, kinds, strict=True)))
    wrong += await ward.recovered()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("pair", SILENT, ids="+".join)
async def test_two_silent_systems_do_not_delay_the_answer_past_the_deadline(hasty: Ward, pair: Pair) -> None:
    wrong = await hasty.case(dict.fromkeys(pair, "hang"))
    assert not wrong, "\n".join(wrong)
