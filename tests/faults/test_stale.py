"""The directory broken after it has been heard: its last-known answer is given with its age, and all else is there."""

import random
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.faults.card import SOURCES
from tests.faults.kinds import FAULTS
from tests.faults.verdict import faults_of
from tests.faults.ward import Heard, Ward, judged, told

DIRECTORY: Final = "directory"
_DICE: Final = random.Random(13)
WITH_ANOTHER: Final = [
    (other, _DICE.choice([*FAULTS]), _DICE.choice([*FAULTS])) for other in SOURCES if other != DIRECTORY
]


async def heard_before(ward: Ward, broken: dict[str, str]) -> tuple[Heard, list[str]]:
    """An answer given while the directory is broken after all of it was heard, and what is wrong with it."""
    await ward.ask(fresh=False)
    at = datetime.now(UTC)
    for name, line in ward.sandbox.gateway.desk.lines.items():
        if name != DIRECTORY:
            line.forget()
    await ward.break_with(broken)
    try:
        heard = await ward.ask(fresh=False)
    finally:
        await ward.mend()
    return heard, wrong_with(ward, heard, at, broken)


def wrong_with(ward: Ward, heard: Heard, at: datetime, broken: dict[str, str]) -> list[str]:
    """What is wrong with the answer, the directory counting as well but stale."""
    account: dict[str, Any] = heard.body["extensions"]["sources"]
    entry = account.pop(DIRECTORY)
    others = {source: kind for source, kind in broken.items() if source != DIRECTORY}
    wrong = faults_of(heard.body, ward.golden, others) + ward.late(heard)
    if entry["state"] != "STALE" or not entry["codes"]:
        wrong.append(f"the directory is accounted {entry}")
    if entry["asOf"] is None or datetime.fromisoformat(entry["asOf"]) > at:
        wrong.append(f"data heard before {at} is dated {entry['asOf']}")
    return wrong


async def case(ward: Ward, broken: dict[str, str]) -> list[str]:
    """What was wrong with the answer of one case."""
    # the directory counts as well: it is told by what it said before, unless that came too late itself
    others = {source: kind for source, kind in broken.items() if source != DIRECTORY}
    return await judged(f"stale: {told(broken)}", lambda: heard_before(ward, broken), others)


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_broken_directory_heard_before_leaves_everything_there(ward: Ward, kind: str) -> None:
    wrong = await case(ward, {DIRECTORY: kind})
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("other", "kind", "others_kind"), WITH_ANOTHER)
async def test_beside_a_stale_directory_another_broken_system_takes_only_its_own(
    ward: Ward, other: str, kind: str, others_kind: str
) -> None:
    wrong = await case(ward, {DIRECTORY: kind, other: others_kind})
    assert not wrong, "\n".join(wrong)


async def test_who_asks_past_every_cache_is_not_given_the_last_known_answer(ward: Ward) -> None:
    await ward.ask(fresh=False)
    await ward.break_with({DIRECTORY: "refused"})
    try:
        body = (await ward.ask(fresh=True)).body
    finally:
        await ward.mend()
    assert body["data"] == {"employee": None}
    assert body["extensions"]["sources"][DIRECTORY]["state"] == "FAILED"
