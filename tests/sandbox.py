"""A whole sandbox in the test's own process: twins, installation and gateway, without HTTP in front."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from gateway.app import Gateway, close_gateway, open_gateway
from gateway.settings import load_installation
from operations.kit.sending import Pace
from resolvers.replies import Reply
from resolvers.request import Request
from sandbox.company.build import build_company
from sandbox.company.model import Company
from sandbox.installing import install
from sandbox.world import World

NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""The day on which the tests' company lives."""
ALL_SEEING: Final = "all.seeing"
"""A login from which nothing is withheld, of anybody: for tests that are not about rights."""
_TEAM: Final = """
title: {en: All-seeing}
regions: all
members: [all.seeing]
clearance: [vip]
read:
  "*": {ceiling: restricted, scope: anyone}
"""


def add_all_seeing(installation: Path) -> None:
    """Add the team from which nothing is withheld to an installation's folder."""
    (installation / "teams/all_seeing.yaml").write_text(_TEAM, encoding="utf-8")


def company_of(people: int) -> Company:
    """The company of the tests."""
    return build_company(people, now=NOW)


@dataclass(slots=True)
class Sandbox:
    """Twins and a gateway over them."""

    world: World
    gateway: Gateway

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        login: str = ALL_SEEING,
        team: str | None = None,
        scopes: frozenset[str] = frozenset(),
        fresh: bool = True,
    ) -> Reply:
        """The answer to one request, past every cache unless told otherwise."""
        viewer = self.gateway.viewers.viewer(login, team, scopes=scopes)
        assert viewer is not None, login
        return await self.gateway.road.answer(Request(query, variables or {}, None, fresh), viewer)

    def forget_calls(self) -> None:
        """Count the twins' calls from here on."""
        for twin in self.world.twins.values():
            twin.seen.clear()

    def calls(self) -> dict[str, int]:
        """Calls that reached each twin, those that were called at all."""
        return {name: twin.calls for name, twin in self.world.twins.items() if twin.calls}


def stand_back() -> None:
    """Take all that stands now out of the collector's sight, so that full collections are short from here on.

    For what stands until the tests end: a heap of thousands of tests and several sandboxes stops a process for a second.
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def running(
    company: Company,
    folder: Path,
    *,
    clock: Callable[[], datetime] = lambda: NOW,
    pace: Pace | None = None,
    extra_teams: Mapping[str, str] | None = None,
    **changes: object,
) -> AsyncIterator[Sandbox]:
    """A sandbox from its start to its end. Shape: `changes` replace keys of `okno.yaml`; `extra_teams` are files by name."""
    world = World.of(company)
    await world.start()
    try:
        files = {"database": f"sqlite:///{folder}/okno.db", "search_index": ":memory:"}
        files |= {"audit": {"keys": f"{folder}/audit-keys", "anchor": f"{folder}/anchor.txt", "detections": None}}
        files |= {
            "exposure": {"per_hour": 1_000_000, "searches": 1_000_000}
        }  # many tests look as one viewer, in one hour
        files |= {"demand": {"request": 1_000_000_000, "hour": 1_000_000_000}}  # for the same reason
        environment = install(folder / "installation", world.settings(), **{**files, **changes})
        add_all_seeing(folder / "installation")
        for name, text in (extra_teams or {}).items():
            (folder / f"installation/teams/{name}.yaml").write_text(text, encoding="utf-8")
        installation = load_installation(folder / "installation", environment)
        gateway = await open_gateway(installation, clock, pace)
        await gateway.sweeper.stop()  # the index has been filled; a sweep in the middle would be counted with the calls
        await gateway.operating.around.notifying.close()  # so would what is told of runs; tests of that begin it again
        try:
            yield Sandbox(world, gateway)
        finally:
            await close_gateway(gateway)
    finally:
        await world.stop()
