"""The floor: a stand in which employees are operators too. Named by test modules as a plugin, for the fixture alone."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from sources.ports.call import utc_now
from tests.operations.acting import OTHER, THIRD
from tests.operations.stand import _TEAM, DOER, PACE, Stand, hasten
from tests.sandbox import company_of, running, stand_back

_HALF: Final = """
title: {en: Half-seeing}
regions: all
members: [half.seeing]
clearance: [vip]
read:
  directory: {ceiling: restricted, scope: anyone}
run:
  - {operation: "*", scope: anyone}
"""


@pytest.fixture(scope="module")
async def floor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A stand in which employees are operators too, one of them in two teams, one sees little.

    One for each file: what an operator did within the hour counts, and a file must not use up another's.
    """
    folder = tmp_path_factory.mktemp("floor")
    company = company_of(120)
    working = ", ".join(each.login for each in company.people)
    doing = f"[{DOER}, {OTHER}, {THIRD}, {working}]"
    teams = {
        "all_doing": _TEAM.replace("[all.doing, other.doing]", doing),
        "also_doing": _TEAM.replace("[all.doing, other.doing]", f"[{DOER}, {OTHER}]"),
        "half_seeing": _HALF,
    }
    async with running(company, folder, clock=utc_now, pace=PACE, extra_teams=teams) as sandbox:
        hasten(sandbox)
        stand_back()
        yield Stand(sandbox, folder / "okno.db")
