"""One system broken: every other field is there, in time, and what is missing says whose it is."""

import pytest

from sandbox.world import INSTALLATION, systems_of
from tests.faults.card import BLOCKS, SOURCES
from tests.faults.kinds import FAULTS
from tests.faults.ward import Ward


def test_every_source_of_the_sandbox_is_broken_here() -> None:
    assert set(systems_of(INSTALLATION)) == set(SOURCES)


def test_all_is_well_before_anything_is_broken(ward: Ward) -> None:
    assert ward.golden.keys() == BLOCKS.keys()
    assert [block for block in ward.golden if not ward.golden[block]] == ["disagreements"]
    told = {edge["node"]["source"] for edge in ward.golden["timeline"]["edges"]}
    assert told == BLOCKS["timeline"]


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("source", SOURCES)
async def test_one_broken_system_takes_only_its_own_fields(ward: Ward, source: str, kind: str) -> None:
    wrong = await ward.case({source: kind})
    assert not wrong, "\n".join(wrong)
    assert not (still := await ward.recovered()), still


@pytest.mark.parametrize("kind", ["hang", "slow"])
@pytest.mark.parametrize("source", SOURCES)
async def test_a_deadline_shorter_than_any_timeout_is_kept(hasty: Ward, source: str, kind: str) -> None:
    wrong = await hasty.case({source: kind})
    assert not wrong, "\n".join(wrong)
