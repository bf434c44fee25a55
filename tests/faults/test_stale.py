"""The directory broken after it has been heard: its last-known answer is given with its age, and all else is there."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from tests.faults.card import SOURCES
from tests.faults.kinds import FAULTS
from tests.faults.ward import Heard, Ward, judged, told

DIRECTORY: Final = "directory"
_DICE: Final = random.Random(13)
WITH_ANOTHER: Final = [
    (other, _DICE.choice([*FAULTS]), _DICE.choice([*FAULTS])) for other in SOURCES if other != DIRECTORY
]


async def heard_before(ward: Ward, broken: Mapping[str, str]) -> tuple[Heard, datetime]:
    """An answer given while these are broken after all of the directory was heard, and the time until which it was."""
    assert not (wrong := await ward.recovered(fresh=False)), wrong
    at = datetime.now(UTC)
    for name, line in ward.sandbox.gateway.desk.lines.items():
        if name != DIRECTORY:
            line.forget()
    await ward.break_with(broken)
    try:
        return await ward.ask(fresh=False), at
    finally:
        await ward.mend()


def wrong_with(ward: Ward, heard: Heard, at: datetime, broken: Mapping[str, str]) -> list[str]:
    """What is wrong with the answer, the directory counting as well but stale. Shape: `broken` are the others."""
    account: dict[str, Any] = heard.body["extensions"]["sources"]
    entry = account[DIRECTORY]
    wrong: list[str] = []
    if DIRECTORY in broken:
        # what is remembered is given in place of a late answer too; only who waits for another's call can come too late
        said = {
            each["code"] for error in heard.body["errors"] if (each := error["extensions"]).get("source") == DIRECTORY
        }
        wrong += [f"the directory is told {code} though it is remembered" for code in said - {"DEADLINE_EXCEEDED"}]
        wrong += ward.wrong(heard, broken)
    else:
        others = {source: of_it for source, of_it in account.items() if source != DIRECTORY}
        body = {**heard.body, "extensions": {**heard.body["extensions"], "sources": others}}
        wrong += ward.wrong(replace(heard, body=body), broken)
        if entry["state"] != "STALE" or not entry["codes"] or entry["asOf"] is None:
            wrong.append(f"the directory is accounted {entry}")
    if entry["asOf"] is not None and datetime.fromisoformat(entry["asOf"]) > at:
        wrong.append(f"data heard before {at} is dated {entry['asOf']}")
    return wrong


async def case(ward: Ward, broken: Mapping[str, str]) -> list[str]:
    """What was wrong with the answer of one case."""
    until: list[datetime] = []

    async def hear() -> Heard:
        heard, at = await heard_before(ward, broken)
        until.append(at)
        return heard

    def judge(heard: Heard, others: Mapping[str, str]) -> list[str]:
        return wrong_with(ward, heard, until[-1], others)

    others = {source: kind for source, kind in broken.items() if source != DIRECTORY}
    return await judged(f"stale: {told(broken)}", hear, judge, others, within=ward.deadline)


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
