"""The shop: a stand with people of many rights, for what is made of several operations or done to many. Named as a plugin."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from operations.kit.catalogue import shipped
from sources.ports.call import utc_now
from tests.operations.shopping import FEW, NO_WIPE
from tests.operations.stand import IN_FLIGHT, PACE, Stand
from tests.sandbox import company_of, running, stand_back

_ALL: Final = """
title: {en: Doing everything to many}
regions: all
members: [all.doing, other.doing]
clearance: [vip]
bulk: 150
read:
  "*": {ceiling: restricted, scope: anyone}
run:
  - {operation: "*", scope: anyone}
"""
_NO_WIPE: Final = """
title: {en: Doing all but erasing}
regions: all
members: [MEMBER]
clearance: [vip]
read:
  "*": {ceiling: restricted, scope: anyone}
run: [NAMES]
"""
_FEW: Final = """
title: {en: Doing everything to a few of one region}
regions: [br]
members: [MEMBER]
clearance: [vip]
bulk: 3
read:
  "*": {ceiling: restricted, scope: anyone}
run: ["*"]
"""


@pytest.fixture(scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    """A stand in which some may do everything, to many at once, some all but one thing, and some to a few."""
    folder = tmp_path_factory.mktemp("shop")
    names = ", ".join(f"{{operation: {name}, scope: anyone}}" for name in shipped() if name != "wipe_device")
    teams = {
        "all_doing": _ALL,
        "no_wiping": _NO_WIPE.replace("MEMBER", NO_WIPE).replace("NAMES", names),
        "few_at_once": _FEW.replace("MEMBER", FEW),
    }
    async with running(company_of(200), folder, clock=utc_now, pace=PACE, extra_teams=teams) as sandbox:
        for line in sandbox.gateway.desk.lines.values():
            line.manifest = line.manifest.model_copy(update={"in_flight": IN_FLIGHT})
        stand_back()
        yield Stand(sandbox, folder / "okno.db")
